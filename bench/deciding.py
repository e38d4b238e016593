"""What `decide.py` measures in its own process: single decisions, batches, reloads."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from common_policy import Request as Plain
from common_policy import cedar, cel, epol, epol_request, python, requests, targets
from corpus import clean_texts
from peers import DECIDERS, run_decider
from policies import LIBRARY, policy
from timing import each, summary

from epol.compiler.emit.bundle import contents_of
from epol.compiler.examine import Examination
from epol.compiler.pipeline import compile_policy
from epol.engine import Engine, OnScale, Request
from epol.engine.bundle.contents import write_bundle
from epol.engine.bundle.dsse import sign
from epol.engine.bundle.ed25519 import generate

TARGETS = 8
ROWS = 100_000
OTHER = "label own.other\ndetector other -> own.other { match /other-[0-9]{6}/ }\n"
_UNEXAMINED = Examination("policy.epol", True, frozenset(), (), (), ())


def bundle_of(text: str) -> bytes:
    """The bundle of a policy, without the tests and proofs of a build."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(text, encoding="utf-8")
        compiled = compile_policy(path)
        assert compiled.policy is not None, [each.message for each in compiled.diagnostics]
        return write_bundle(contents_of(compiled, _UNEXAMINED))


def attributes(rng: Random) -> dict[str, object]:
    """What a request of the policy of `policies.py` says; its lets are true of some."""
    return {
        "request.tokens": rng.randint(0, 60_000),
        "task.complexity": rng.randint(0, 100) / 100,
        "net.jitter": f"{rng.randint(0, 150)}ms",
        "net.online": True,
        "budget.remaining": f"${rng.randint(0, 900) / 100}",
    }


def mixed(count: int) -> list[Request]:
    """Requests without text: half of them with a label."""
    rng = Random(7)
    return [
        Request(attributes(rng), labels={"phi.mrn": 1} if rng.random() < 0.5 else {})
        for _ in range(count)
    ]


def kernel_calls(engine: Engine, asked: list[Request]) -> dict[str, float]:
    """The call of the kernel alone, for requests that are read already."""
    decider = engine._policy._decider
    targets_ = decider.asked("request", None)
    ready = [decider.features(each.attributes, decider.labels.read(each.labels)) for each in asked]
    # What `Decider.decide` does before the call, so that the call sees other requests.
    decider.decide(ready[0], {}, "request", targets_)
    arena, _ = decider._local.ready["request"]
    seconds: list[float] = []
    cpu = 0.0
    for turn in range(20_000):
        features = ready[turn % len(ready)]
        decider.give(arena, features)
        start = time.perf_counter()
        arena.run(targets_)
        seconds.append(time.perf_counter() - start)
    for features in ready:
        decider.give(arena, features)
        start = time.thread_time()
        for _ in range(500):
            arena.run(targets_)
        cpu += (time.thread_time() - start) / 500
    return {**summary(seconds), "cpu": round(cpu / len(ready) * 1e6, 3)}


def patterns(count: int) -> str:
    """Labels with so many patterns, as a policy's own file has them."""
    kinds = (
        r"\b{p}-[0-9]{{6}}\b",
        r"\b{p}[a-f0-9]{{16,32}}\b",
        r"(?:{p}_id|{p} no\.) ?[0-9]{{4,8}}",
    )
    lines = ["label own.thing"]
    for i in range(count):
        prefix = f"{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{i % 10}"
        pattern = kinds[i % len(kinds)].format(p=prefix)
        lines.append(f"detector own{i} -> own.thing {{ match /{pattern}/i }}")
    return "\n".join(lines) + "\n"


def single(rules: int) -> dict[str, Any]:
    """One request at a time, some rules and eight targets."""
    engine = Engine.load(bundle_of(policy(rules, TARGETS)))
    asked = mixed(64)
    return {
        "kernel call": kernel_calls(engine, asked),
        "Engine.decide": each(engine.decide, asked, 20_000),
        "Engine.decide and to_json": each(lambda r: engine.decide(r).to_json(), asked, 4_000),
    }


def against_peers(rules: int, *, quick: bool) -> dict[str, Any]:
    """The same policy elsewhere: first that all answer the same, then how long each takes."""
    asked = requests(64)
    lanes = targets(TARGETS)
    engine = Engine.load(bundle_of(epol(rules, TARGETS)))
    ours = [Request(epol_request(each)) for each in asked]
    wanted = [_permitted(engine, each) for each in ours]
    denied = sum(not may for row in wanted for may in row)
    assert 0.05 < denied / (len(asked) * TARGETS) < 0.95, "the requests tell the policies apart"
    plain = python(rules)

    def by_ifs(request: Plain) -> list[bool]:
        return [plain(request, target) for target in lanes]

    assert [by_ifs(each) for each in asked] == wanted, "Python's ifs decide otherwise"
    results: dict[str, Any] = {
        "denied": round(denied / (len(asked) * TARGETS), 3),
        "kernel call": kernel_calls(engine, ours),
        "Engine.decide": each(engine.decide, ours, 20_000),
        "python ifs": each(by_ifs, asked, 4_000),
    }
    for name in () if quick else DECIDERS:
        text = {"cedar": cedar, "cel": cel}.get(name, cedar)(rules)
        question = {"policy": text, "targets": lanes, "requests": asked, "repeat": 20}
        answer = run_decider(name, question)
        if "reason" in answer:
            results[name] = answer
            continue
        assert answer["permitted"] == wanted, f"{name} decides otherwise"
        times = {**summary(answer["seconds"]), "cpu": round(answer["cpu"] * 1e6, 3)}
        results[name] = {**times, "version": answer["version"]}
    return results


def _permitted(engine: Engine, request: Request) -> list[bool]:
    return [target.permitted for target in engine.decide(request).targets.values()]


def with_text() -> dict[str, Any]:
    """Deciding and scanning a chat body of 1 KB, with all patterns of the library."""
    engine = Engine.load(bundle_of(policy(100, TARGETS, LIBRARY)))
    rng = Random(8)
    texts = [text.encode("ascii", "ignore").decode() for text in clean_texts(1024, 64)]
    asked = [Request(attributes(rng), [("user", text)]) for text in texts]
    assert all(engine.decide(request).failure is None for request in asked)
    scanner = engine._policy.scanner
    return {
        "Engine.decide": each(engine.decide, asked, 4_000),
        "scan alone": each(lambda r: scanner.scan_segments(r.text), asked, 4_000),
        "with a finding": sum(bool(engine.decide(request).labels) for request in asked),
    }


def batch(rules: int = 100) -> dict[str, Any]:
    """Many requests as columns of NumPy numbers on their scale."""
    engine = Engine.load(bundle_of(policy(rules, TARGETS)))
    rng = np.random.default_rng(9)
    columns = {
        "request.tokens": rng.integers(0, 60_000, ROWS),
        "task.complexity": OnScale(rng.integers(0, 1_000_001, ROWS)),
        "net.jitter": OnScale(rng.integers(0, 150_001, ROWS)),
    }
    one = engine.decide_batch(columns)
    rows = [0, 17, ROWS - 1]
    for row in rows:
        alone = engine.decide(_row(columns, row))
        place = one.target[row]
        assert alone.target == (one.targets[place] if place >= 0 else None)
    wall, cpu = _rounds(lambda: engine.decide_batch(columns))
    return {
        "rows": ROWS,
        "requests_per_second": round(ROWS / wall),
        "requests_per_cpu_second": round(ROWS / cpu),
        "rule_evaluations_per_second": round(ROWS * rules * TARGETS / wall),
        "rule_evaluations_per_cpu_second": round(ROWS * rules * TARGETS / cpu),
        "nanoseconds_per_request": round(cpu / ROWS * 1e9, 1),
    }


def _row(columns: dict[str, Any], row: int) -> Request:
    return Request(
        {
            "request.tokens": int(columns["request.tokens"][row]),
            "task.complexity": int(columns["task.complexity"].values[row]) / 1_000_000,
            "net.jitter": f"{columns['net.jitter'].values[row]}us",
        }
    )


def _rounds(work: Callable[[], object], rounds: int = 7) -> tuple[float, float]:
    """The least wall and processor time of some rounds."""
    work()
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.thread_time()
        work()
        times.append((time.perf_counter() - wall, time.thread_time() - cpu))
    return min(wall for wall, _ in times), min(cpu for _, cpu in times)


def reloading() -> dict[str, Any]:
    """Milliseconds that `swap` takes for 100 rules, by what is scanned for and who signed.

    Two policies by turns, each with a pattern that the other has not; or the same one again, of
    which the scanner is kept.
    """
    key = generate()
    results: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        public = Path(folder) / "k.pub"
        public.write_bytes(key.public.pem)
        for name, text in (
            ("no patterns", policy(100, TARGETS, ("edge",), labels=False)),
            ("std.hipaa, std.secrets", policy(100, TARGETS)),
            ("the whole library", policy(100, TARGETS, LIBRARY)),
        ):
            data = sign(bundle_of(text), key)
            other = sign(bundle_of(text + OTHER), key)
            for how, trust, turns in (
                ("as it is", None, [other, data]),
                ("signed", [public], [other, data]),
                ("signed, the same patterns", [public], [data]),
            ):
                engine = Engine.load(data, trust)
                times: list[float] = []
                cpus: list[float] = []
                for turn in range(12):
                    wall, cpu = time.perf_counter(), time.process_time()
                    engine.swap(turns[turn % len(turns)])
                    times.append((time.perf_counter() - wall) * 1e3)
                    cpus.append((time.process_time() - cpu) * 1e3)
                results[f"{name}, {how}"] = {
                    "median": round(median(times), 1),
                    "least": round(min(times), 1),
                    "cpu": round(median(cpus), 1),
                }
    return results
