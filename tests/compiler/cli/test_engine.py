"""`epolc warm`, `epolc bench`, and `epolc decide --evaluator engine`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

POLICY = (
    HEAD
    + WARD
    + CLOUDY
    + """label phi.mrn
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
rule private { when found phi and target.at == cloud deny because "PHI stays" }
rule hard { when task.complexity >= 0.7 and target.at == cloud prefer 1.5 }
"""
)
BROKEN = HEAD + "rule r { when nobody deny }"
REQUESTS: tuple[dict[str, object], ...] = (
    {},
    {"attributes": {"task.complexity": 0.9}},
    {"attributes": {"task.complexity": 0.9}, "text": [{"text": "MRN 00482913"}]},
    {"labels": {"phi.mrn": None}, "attributes": {"request.tokens": 7000}},
    {"flow": "response", "target": "cloudy", "text": [{"role": "assistant", "text": "Hello."}]},
)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write(tmp_path, POLICY)


@pytest.fixture
def bundle(policy: Path, tmp_path: Path) -> Path:
    path = tmp_path / "t.epolb"
    assert epolc("build", policy, "-o", path).status == 0
    return path


# --- decide ---------------------------------------------------------------------------


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_the_engine_decides_as_the_reference_evaluator(
    policy: Path, bundle: Path, request_: dict[str, object]
) -> None:
    said = json.dumps(request_)
    wanted = epolc("decide", policy, "--request", "-", stdin=said).json()
    for path in (policy, bundle):
        ran = epolc("decide", path, "--request", "-", "--evaluator", "engine", stdin=said)
        assert ran.status == 0
        decision = ran.json()
        # What the engine need not know it does not call unknown.
        skipped = decision.pop("skipped")
        del (expected := dict(wanted))["skipped"]
        expected["unknown"] = [name for name in expected["unknown"] if name not in skipped]
        assert decision == expected


def test_the_engine_decides_a_stream(policy: Path) -> None:
    lines = [json.dumps(each) for each in REQUESTS] + ["", "{", '{"attributes": {"CANARY x": 1}}']
    arguments = ("decide", policy, "--requests", "-", "--evaluator", "engine")
    ran = epolc(*arguments, stdin="\n".join(lines))
    assert ran.status == 1
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [each.get("status") for each in answers] == ["route"] * len(REQUESTS) + [None, None]
    assert [each["line"] for each in answers[-2:]] == [7, 8]
    assert "CANARY" not in ran.out + ran.err
    assert epolc(*arguments, stdin="{}\n{}\n").status == 0


def test_the_engine_explains_too(policy: Path) -> None:
    ran = epolc(
        "decide", policy, "--request", "-", "--evaluator", "engine", "--explain", "--json",
        stdin=json.dumps(REQUESTS[1]),
    )  # fmt: skip
    assert ran.status == 0
    assert ran.json()["target"] == "cloudy"
    assert any("hard" in line for line in ran.json()["explanation"])


@pytest.mark.parametrize(
    "said", ["", "[]", '{"x": 1}', '{"attributes": {"CANARY": 1}}', '{"flow": "CANARY"}']
)
def test_the_engine_refuses_a_bad_request(policy: Path, said: str) -> None:
    ran = epolc("decide", policy, "--request", "-", "--evaluator", "engine", stdin=said)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err
    assert "CANARY" not in ran.err


def test_the_engine_decides_nothing_by_a_bad_policy(tmp_path: Path, bundle: Path) -> None:
    engine = ("--request", "-", "--evaluator", "engine")
    assert epolc("decide", write(tmp_path, BROKEN), *engine, stdin="{}").status == 1
    assert epolc("decide", tmp_path / "no.epol", *engine, stdin="{}").status == 2
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    assert epolc("decide", bundle, *engine, stdin="{}").status == 2


def test_wrong_usage_of_the_evaluator(policy: Path) -> None:
    assert epolc("decide", policy, "--request", "-", "--evaluator", "nobody").status == 2
    ran = epolc("decide", policy, "--request", "-", "--evaluator", "engine", "--no-models")
    assert ran.status == 2
    assert "--no-models" in ran.err


# --- bench ----------------------------------------------------------------------------


def test_bench_measures_decisions_and_scans(policy: Path, bundle: Path) -> None:
    for path in (policy, bundle):
        ran = epolc("bench", path, "--time", "0.1s", "--format", "json")
        assert ran.status == 0
        measured = ran.json()
        assert measured.keys() == {"decide", "scan_1kb"}
        assert all(each["per_second"] > 0 < each["microseconds"] for each in measured.values())
    lines = epolc("bench", policy, "--time", "0.1s").out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["decide", "scan_1kb"]


def test_bench_takes_a_request(policy: Path, tmp_path: Path) -> None:
    request = tmp_path / "r.json"
    request.write_text(json.dumps(REQUESTS[2]), encoding="utf-8")
    ran = epolc("bench", policy, "--request", request, "--time", "0.1s", "--format", "json")
    assert ran.status == 0
    request.write_text('{"attributes": {"CANARY": 1}}', encoding="utf-8")
    ran = epolc("bench", policy, "--request", request, "--time", "0.1s")
    assert (ran.status, ran.out) == (2, "")
    assert "r.json" in ran.err
    assert "CANARY" not in ran.err


def test_what_bench_refuses(policy: Path, tmp_path: Path) -> None:
    assert epolc("bench", tmp_path / "no.epol").status == 2
    assert epolc("bench", policy, "--request", tmp_path / "no.json").status == 2
    assert epolc("bench", policy, "--format", "xml").status == 2
    assert epolc("bench", policy, "--time", "soon").status == 2
    assert epolc("bench").status == 2
    assert epolc("bench", write(tmp_path, BROKEN)).status == 1


# --- warm -----------------------------------------------------------------------------


def warm(cache: Path | str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """`epolc warm` in a process of its own, for a process loads the kernel once."""
    return subprocess.run(
        [sys.executable, "-c", "from epol.compiler.cli import main; main()", "warm",
         *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "EPOL_CACHE": str(cache)},
    )  # fmt: skip


def test_warm_fills_the_cache_once(policy: Path, bundle: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = warm(cache, policy)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == [
        "kernel: compiled",
        f"{policy}: pattern databases are there",
        f"cache: {cache}",
    ]
    files = {each.name: each.stat().st_mtime_ns for each in cache.iterdir()}
    again = warm(cache, policy, bundle)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[0] == "kernel: was there"
    assert {name: (cache / name).stat().st_mtime_ns for name in files} == files


def test_what_warm_refuses(tmp_path: Path) -> None:
    broken = write(tmp_path, BROKEN)
    ran = epolc("warm", broken)
    assert ran.status == 1
    assert "unknown-attribute" in ran.err
    assert epolc("warm", tmp_path / "no.epol").status == 2
    (tmp_path / "x.epolb").write_bytes(b"no bundle")
    assert epolc("warm", tmp_path / "x.epolb").status == 2


def test_warm_says_where_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOL_CACHE", "")
    ran = epolc("warm")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("cache: none")
