"""What the compiler puts into a bundle: the same bytes wherever and whenever it is built."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from epol.compiler.emit.bundle import contents_of
from epol.compiler.examine import judge
from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve.loader import UnreadableError
from epol.engine.bundle.contents import Contents, read_bundle, write_bundle
from epol.engine.bundle.manifest import Attribute, Endpoint, Generalization
from epol.engine.bundle.plan_codec import decode_plan
from epol.engine.bundle.program_codec import decode_program
from tests.compiler.building import EDGE, HEAD, WARD, write

ROOT = Path(__file__).resolve().parents[3]


def contents(path: Path) -> Contents:
    compiled = compile_policy(path)
    assert compiled.policy is not None, compiled.diagnostics
    return contents_of(compiled, judge(compiled))


def build_elsewhere(folder: Path, seed: str) -> bytes:
    """A build by another process, in another folder, with another order of sets."""
    source = ROOT / "examples" / "hospital"
    folder.mkdir()
    text = (source / "hospital.epol").read_text().partition("\nprove ")[0]
    (folder / "hospital.epol").write_text(text)
    (folder / "ward_staff.epol").write_bytes((source / "ward_staff.epol").read_bytes())
    subprocess.run(
        [sys.executable, "-c", "from epol.compiler.cli import main; main()", "build",
         str(folder / "hospital.epol"), "-o", "hospital.epolb"],
        cwd=folder, check=True, capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed}", "USER": f"nobody{seed}"},
    )  # fmt: skip
    return (folder / "hospital.epolb").read_bytes()


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    first = build_elsewhere(tmp_path / "here", "1")
    second = build_elsewhere(tmp_path / "some where else", "2")
    assert first == second
    for private in (str(tmp_path), "some where", str(ROOT), "nobody1", "nobody2", os.sep + "tmp"):
        assert private.encode() not in first


def test_the_manifest_says_what_a_request_may_say(tmp_path: Path) -> None:
    text = (
        HEAD.replace('"1"', '"1.2.3"')
        + "attr caller.roles : set { nurse, doctor } default { nurse }\n"
        + 'signal task.hard : number in 0 .. 1 from model "m" cost 3ms\n'
        + "signal net.lag : duration in 1ms .. 5s stale after 2s = 9ms\n"
        + "attr caller.area : enum { b, a } default a\n"
        + 'signal text.long : int from count /x{9}/\n'
        + 'label a.age "Age"  generalize by round 10\n'
        + "detector names -> a.name { model \"n\" cost 2ms }\nlabel a.name\n"
        + 'target ward { at local price in $1 out $2 per 1M key env "K" url "http://x/" }\n'
        + 'rule r { on response when found a mask a because "no" }\n'
    )  # fmt: skip
    made = contents(write(tmp_path, text)).manifest
    assert (made.name, made.version, made.language) == ("example", "1.2.3", 1)
    by_name = {each.name: each for each in made.attributes}
    assert by_name["caller.roles"] == Attribute(
        "caller.roles", "attr", "set", ("nurse", "doctor"), fallback=("nurse",)
    )
    assert by_name["caller.area"].members == ("b", "a")
    assert by_name["caller.area"].fallback == "a"
    hard, lag = by_name["task.hard"], by_name["net.lag"]
    assert (hard.model, hard.cost, hard.low, hard.high) == ("m", 3_000, 0, 1_000_000)
    assert (lag.low, lag.high, lag.stale_after, lag.stale_value) == (
        1_000,
        5 * 10**6,
        2 * 10**6,
        9_000,
    )
    assert by_name["text.long"].text == "count"
    assert by_name["ward.up"].keyword == "signal"
    labels = {each.name: each for each in made.labels}
    assert labels["a"].below == ("a", "a.age", "a.name")
    assert labels["a.age"].generalize == Generalization("round", 10_000_000)
    (ward,) = made.targets
    assert ward.fields == {"at": "local"}
    assert (ward.price_in, ward.price_out, ward.price_unit) == (10**6, 2 * 10**6, 10**6)
    assert ward.endpoints == {"key": Endpoint("K", True), "url": Endpoint("http://x/", False)}
    (model,) = made.models
    assert (model.name, model.label, model.model, model.cost) == ("names", "a.name", "n", 2_000)
    (rule,) = made.rules
    assert (rule.name, rule.flows, rule.because) == ("r", ("response",), "no")


def test_files_keep_their_places_below_what_holds_them_all(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "m.epol").write_text('module m\nimport "../a/n.epol"\n')
    (tmp_path / "a" / "n.epol").write_text("module n\n")
    path = write(tmp_path / "a" / "b", EDGE + 'import "../../c/m.epol"\nimport "./../n.epol"\n')
    sources = contents(path).sources
    assert [file.name for file in sources.files] == [
        "policy/a/b/policy.epol", "policy/a/n.epol", "policy/c/m.epol", "std/edge/edge.epol"
    ]  # fmt: skip
    assert sources.root == "policy/a/b/policy.epol"


def test_files_of_one_folder_have_no_other_folder(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + WARD + 'import "./m.epol"\n', m="module m\n")
    names = [file.name for file in contents(path).sources.files]
    assert names == ["policy/m.epol", "policy/policy.epol"]


def test_the_policy_of_a_claim_is_carried_too(tmp_path: Path) -> None:
    other = 'policy other version "1"\nimport "./m.epol"\n' + WARD
    path = write(
        tmp_path, HEAD + WARD + 'prove p { same as "./other.epol" }\n', other=other, m="module m\n"
    )
    made = contents(path)
    names = [file.name for file in made.sources.files]
    assert names == ["policy/m.epol", "policy/other.epol", "policy/policy.epol"]
    out = tmp_path / "x.epolb"
    out.write_bytes(write_bundle(made))
    for each in ("m", "other", "policy"):
        (tmp_path / f"{each}.epol").unlink()
    compiled = compile_policy(out)
    assert [claim.outcome for claim in judge(compiled).claims] == ["proved"]
    assert compile_policy(out / "policy" / "other.epol").policy is not None
    with pytest.raises(UnreadableError, match="the bundle has no such file"):
        compile_policy(out / "policy" / "else.epol")


def test_an_import_of_a_bundle_stays_in_the_bundle(tmp_path: Path) -> None:
    """What the bundle does not have is not looked for on the disk."""
    made = contents(write(tmp_path, HEAD + WARD + 'import "./m.epol"\n', m="module m\n"))
    fewer = tuple(file for file in made.sources.files if "m.epol" not in file.name)
    digests = tuple(each for each in made.manifest.sources if "m.epol" not in each.name)
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "m.epol").write_text("module m\n")
    out = tmp_path / "x.epolb"
    out.write_bytes(
        write_bundle(
            replace(
                made,
                sources=replace(made.sources, files=fewer),
                manifest=replace(made.manifest, sources=digests),
            )
        )
    )
    assert [d.name for d in compile_policy(out).diagnostics] == ["import-not-found"]


def test_sources_that_the_manifest_does_not_name_are_refused(tmp_path: Path) -> None:
    made = contents(write(tmp_path, EDGE))
    out = tmp_path / "x.epolb"
    out.write_bytes(write_bundle(replace(made, manifest=replace(made.manifest, sources=()))))
    with pytest.raises(UnreadableError, match="not those of its manifest"):
        compile_policy(out)


def test_a_bundle_keeps_the_digest_of_its_policy(tmp_path: Path) -> None:
    made = contents(write(tmp_path, EDGE))
    out = tmp_path / "x.epolb"
    out.write_bytes(write_bundle(made))
    compiled = compile_policy(out)
    assert compiled.policy is not None
    assert compiled.policy.digest == made.manifest.digest


def test_a_bundle_has_what_the_engine_decides_by(tmp_path: Path) -> None:
    path = write(
        tmp_path, EDGE + "label a.b\ndetector d -> a.b { match /x1y/ }\nrule r { redact a }"
    )
    read = read_bundle(write_bundle(contents(path)), trust=None)
    assert read.program is not None
    assert read.text is not None
    assert decode_program(read.program).targets == ("ward",)
    assert [detector.name for detector in decode_plan(read.text).detectors] == ["d"]
    assert [name for name in read.sections if name.startswith("databases/")]
