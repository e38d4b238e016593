"""Claims of a build: what `epolc check` says of each."""

import time
from pathlib import Path

from epol.compiler.examine import Examination, examine, judge
from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.proving import prove_claims
from epol.lang.diagnostics import Diagnostic

HEAD = """policy p version "1"
attr a.n : int in 0 .. 100
label pii.name
target home { at local }
target far { at cloud }
rule busy { when a.n > 50 and target.at == cloud prefer 10 }
"""


def built(folder: Path, text: str) -> Compiled:
    """A policy, which must compile."""
    path = folder / "policy.epol"
    path.write_text(HEAD + text, encoding="utf-8")
    return compile_policy(path)


def refuted(examined: Examination) -> list[Diagnostic]:
    """What is said of claims that do not hold."""
    return [each for each in examined.diagnostics if each.name == "claim-refuted"]


def test_each_claim_has_its_outcome(tmp_path: Path) -> None:
    compiled = built(
        tmp_path,
        "prove yes { chooses target.at == cloud when a.n > 50 }\n"
        "prove no { never found pii and target.at == cloud }\n",
    )
    examined = judge(compiled)
    assert [(c.name, c.outcome) for c in examined.claims] == [("yes", "proved"), ("no", "refuted")]
    assert all(claim.milliseconds > 0 for claim in examined.claims)
    [diagnostic] = refuted(examined)
    assert diagnostic.witness is not None
    assert "set label pii.name = 1\n  expect route home" in diagnostic.witness


def test_a_pair_is_shown_as_two_tests_that_pass(tmp_path: Path) -> None:
    text = "prove up { raising a.n never chooses target.at == cloud }\n"
    [diagnostic] = refuted(judge(built(tmp_path, text)))
    assert diagnostic.witness is not None
    assert diagnostic.witness.count("test ") == 2
    pasted = judge(built(tmp_path, text + diagnostic.witness))
    assert len(refuted(pasted)) == 1
    assert [outcome.status for outcome in pasted.tests] == ["passed", "passed"]


def test_without_time_nothing_is_proved(tmp_path: Path) -> None:
    compiled = built(tmp_path, "prove yes { always target.at in { local, cloud } }\n")
    [claim] = prove_claims(compiled, deadline=time.monotonic() - 1)
    assert (claim.outcome, claim.reason) == ("undecided", "the budget is used up")


def test_the_other_policy_is_read_beside_this_one(tmp_path: Path) -> None:
    other = tmp_path / "other.epol"
    claim = 'prove same { same as "./other.epol" when a.n < 80 }\n'
    for limit, outcome in ((50, "proved"), (60, "refuted")):
        other.write_text(HEAD.replace("> 50", f"> {limit}"), encoding="utf-8")
        [proved] = prove_claims(built(tmp_path, claim))
        assert proved.outcome == outcome
    other.write_text(HEAD.replace("target far", "target away"), encoding="utf-8")
    [proved] = prove_claims(built(tmp_path, claim))
    assert (proved.outcome, proved.reason) == (
        "undecided",
        "the other policy cannot be compared with this one",
    )
    names = {d.name for d in examine(tmp_path / "policy.epol").diagnostics}
    assert names >= {"claim-policies-differ", "claim-undecided"}
