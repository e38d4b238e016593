"""`cases.yaml`: requests with what is expected of them, as data for any implementation.

The format is described in docs/conformance.md.  A file stands beside its
`policy.epol`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import yaml

from epol.compiler.pipeline import Compiled, compile_policy, compile_with_tests
from epol.compiler.resolve.loader import UnreadableError
from epol.compiler.scanning import scanned
from epol.compiler.testing import run_test
from epol.engine.bundle.service import ScanLimitError
from epol.lang import ast
from epol.lang.builtins import Treatment
from epol.lang.claims import is_counterexample
from epol.lang.decision import Decision, Detail, to_json
from epol.lang.diagnostics import Severity
from epol.lang.model import Policy
from epol.lang.request import Request, RequestError, read_request
from epol.lang.semantics import Lane, decide
from epol.lang.source import Source
from epol.lang.treating import FoundSpan, Keys, count_spans, regions, treat

TOP_KEYS = {"policy", "covers", "cases", "claims", "texts", "tests", "diagnostics"}
CASE_KEYS = {"name", "covers", "request", "expect", "error"}
TEXT_KEYS = {"name", "covers", "request", "target", "text", "spans", "treated", "counts"}
CLAIM_KEYS = {"name", "covers", "claim", "request", "second", "counterexample"}


class CasesError(ValueError):
    """A cases file that cannot be read; str() says what is wrong with it."""


ENTRIES = {
    "cases": (CASE_KEYS, ("name",), ("expect", "error")),
    "claims": (CLAIM_KEYS, ("name", "claim"), ("counterexample",)),
    "texts": (TEXT_KEYS, ("name", "target", "text"), ("treated",)),
}
"""The kinds of entries: their keys, those that must be there, and those of which one must."""


@dataclass(frozen=True)
class CaseResult:
    """One case: `problem` is None where it passed."""

    path: Path
    name: str
    covers: tuple[str, ...]
    problem: str | None


def run_cases(path: Path) -> list[CaseResult]:
    """Run a `cases.yaml` against the policy that it names, or `policy.epol` beside it.

    Raises `CasesError`.
    """
    data = read_cases(path)
    policy_path = policy_of(path, data)
    if not policy_path.is_file():
        beside = "there is no policy.epol beside it"
        named = f"its policy, {data['policy']}, is no file" if "policy" in data else beside
        raise CasesError(f"{path}: {named}")
    tests = Source(str(path), data.get("tests") or "")
    compiled = compile_with_tests(policy_path, tests)
    _check_tests(path, compiled, tests)
    covers = tuple(cast(list[str], data.get("covers") or []))
    results = [CaseResult(path, "diagnostics", covers, _diagnostics_problem(compiled, data))]
    if compiled.policy is not None:
        results += _decisions(path, data, compiled.policy, covers)
        results += _claims(path, data, compiled.policy, covers)
        results += _texts(path, data, compiled.policy, covers)
        results += _tests(path, compiled.policy, tests, covers)
        return results
    for kind in ENTRIES:
        for entry in cast(list[dict[str, Any]], data.get(kind) or []):
            problem = "not run, as the policy has errors"
            results.append(CaseResult(path, str(entry["name"]), covers, problem))
    return results


def read_cases(path: Path) -> dict[str, Any]:
    """A cases file, its keys checked.  Raises `CasesError`."""
    try:
        loaded: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CasesError(f"{path}: {error}") from None
    data = _mapping(path, loaded, TOP_KEYS, "the file")
    for key in ("policy", "tests"):
        if not isinstance(data.get(key, ""), str):
            raise CasesError(f"{path}: `{key}` is not a text")
    for kind, (keys, needed, one_of) in ENTRIES.items():
        entries: object = data.get(kind) or []
        if not isinstance(entries, list):
            raise CasesError(f"{path}: `{kind}` is not a list")
        for i, case in enumerate(cast(list[object], entries)):
            entry = _mapping(path, case, keys, f"{kind}[{i}]")
            if not entry.keys() >= set(needed) or not entry.keys() & set(one_of):
                listed = f"{', '.join(needed)} and {' or '.join(one_of)}"
                raise CasesError(f"{path}: {kind}[{i}] needs {listed}")
    return data


def policy_of(path: Path, data: Mapping[str, Any]) -> Path:
    """The policy that a cases file is about."""
    return path.parent / str(data.get("policy", "policy.epol"))


def _check_tests(path: Path, compiled: Compiled, tests: Source) -> None:
    """Raises `CasesError` for `tests` that hold anything but tests."""
    [file] = [each for each in compiled.unit.files if each.tree.source is tests]
    wrong = [d for d in compiled.diagnostics if d.span.source is tests]
    if wrong:
        line = wrong[0].span.first.line
        raise CasesError(f"{path}: tests, line {line}: {wrong[0].message}")
    if any(not isinstance(node, ast.Test) for node in file.tree.declarations):
        raise CasesError(f"{path}: `tests` has something else than `test` blocks")


def _mapping(path: Path, value: object, keys: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CasesError(f"{path}: {what} is not a mapping")
    mapping = cast(dict[str, Any], value)
    for key in mapping:
        if key not in keys:
            raise CasesError(f"{path}: {what} has an unknown key `{key}`")
    return mapping


def _diagnostics_problem(compiled: Compiled, data: dict[str, Any]) -> str | None:
    wanted = sorted(set(cast(list[str], data.get("diagnostics") or [])))
    got = sorted({d.name for d in compiled.diagnostics if d.severity == Severity.ERROR})
    return None if got == wanted else f"errors: expected {wanted}, got {got}"


def _decisions(
    path: Path, data: dict[str, Any], policy: Policy, covers: tuple[str, ...]
) -> Iterator[CaseResult]:
    for case in cast(list[dict[str, Any]], data.get("cases") or []):
        own = covers + tuple(case.get("covers") or [])
        yield CaseResult(path, str(case["name"]), own, _case_problem(case, policy))


def _case_problem(case: dict[str, Any], policy: Policy) -> str | None:
    try:
        decision = decide(policy, _request(case, policy))
    except (RequestError, ScanLimitError) as error:
        wanted = case.get("error")
        if wanted is None:
            return f"refused: {error}"
        texts = cast(list[str], wanted if isinstance(wanted, list) else [wanted])
        missing = [text for text in texts if text not in str(error)]
        return f"the error `{error}` does not say {missing}" if missing else None
    if "error" in case:
        return "expected an error, got a decision"
    return _difference(case, decision, policy)


def _request(case: dict[str, Any], policy: Policy) -> Request:
    return scanned(read_request(_exact(case.get("request") or {}), policy), policy)


def _difference(case: dict[str, Any], decision: Decision, policy: Policy) -> str | None:
    return "; ".join(compare("", _exact(case["expect"]), shown(decision, policy))) or None


@dataclass(frozen=True)
class DecidedCase:
    """A case with its request, read and scanned, to be tried on changes of its policy's rules."""

    name: str
    request: Request
    case: dict[str, Any]

    def fails(self, policy: Policy, decision: Decision) -> bool:
        """Whether a decision is not what is expected."""
        return _difference(self.case, decision, policy) is not None


def decided_cases(path: Path, policy: Policy) -> Iterator[DecidedCase]:
    """The cases of a file that expect a decision and get it.  Raises `CasesError`."""
    for case in cast(list[dict[str, Any]], read_cases(path).get("cases") or []):
        if "expect" in case and _case_problem(case, policy) is None:
            yield DecidedCase(str(case["name"]), _request(case, policy), case)


def failing_text(path: Path, policy: Policy) -> str | None:
    """The name of the first entry whose text becomes something else.  Raises `CasesError`."""
    results = _texts(path, read_cases(path), policy, ())
    return next((result.name for result in results if result.problem is not None), None)


def shown(decision: Decision, policy: Policy) -> dict[str, Any]:
    """The JSON of a decision, with the details of treatments beside them."""
    obj: dict[str, Any] = to_json(decision, policy)
    for name, target in decision.targets.items():
        details = {label: _detail(detail) for label, detail in target.treatments.items()}
        obj["targets"][name]["details"] = details
    return obj


def _detail(detail: Detail) -> dict[str, object]:
    if detail.treatment == Treatment.MASK:
        return {"keep_last": detail.keep_last}
    if detail.treatment == Treatment.REDACT and detail.replacement is not None:
        return {"with": detail.replacement}
    if detail.treatment == Treatment.GENERALIZE:
        return {"by": None if detail.method is None else str(detail.method)}
    return {}


WHOLE = ("treatments", "caps")
"""Mappings that compare as a whole; others compare only the keys that are given."""


def compare(where: str, wanted: Any, got: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """What differs between an expectation and a value, in words."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        expected, actual = cast(dict[str, Any], wanted), cast(dict[str, Any], got)
        whole = where.rpartition(".")[2] in WHOLE
        if (whole or not expected) and expected.keys() != actual.keys():
            yield f"{where}: expected {wanted}, got {got}"
            return
        for key, value in expected.items():
            place = f"{where}.{key}".lstrip(".")
            if key not in actual:
                yield f"{place} is missing"
            else:
                yield from compare(place, value, actual[key])
    elif where == "reasons" and isinstance(wanted, list) and isinstance(got, list):
        wanted_list, got_list = cast(list[Any], wanted), cast(list[Any], got)
        if len(wanted_list) != len(got_list):
            yield f"{where}: expected {wanted}, got {got}"
        else:
            for i, pair in enumerate(zip(wanted_list, got_list, strict=True)):
                yield from compare(f"{where}[{i}]", *pair)
    elif wanted != got or isinstance(wanted, bool) != isinstance(got, bool):
        yield f"{where}: expected {wanted!r}, got {got!r}"


def _exact(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """YAML's floats as the decimals they were written as."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {k: _exact(v) for k, v in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [_exact(v) for v in cast(list[Any], value)]
    return value


def _claims(
    path: Path, data: dict[str, Any], policy: Policy, covers: tuple[str, ...]
) -> Iterator[CaseResult]:
    for case in cast(list[dict[str, Any]], data.get("claims") or []):
        own = covers + tuple(case.get("covers") or [])
        yield CaseResult(path, str(case["name"]), own, _claim_problem(path, case, policy))


def _claim_problem(path: Path, case: dict[str, Any], policy: Policy) -> str | None:
    claim = next((claim for claim in policy.claims if claim.name == case["claim"]), None)
    if claim is None:
        return f"there is no claim `{case['claim']}`"
    try:
        request = read_request(_exact(case.get("request") or {}), policy)
        second = case.get("second")
        pair = None if second is None else read_request(_exact(second), policy)
        other = None if claim.other is None else compile_policy(path.parent / claim.other).policy
        got = is_counterexample(policy, claim, request, pair, other)
    except (RequestError, ValueError, UnreadableError) as error:
        return str(error)
    return None if got == case["counterexample"] else f"counterexample: got {got}"


def _texts(
    path: Path, data: dict[str, Any], policy: Policy, covers: tuple[str, ...]
) -> Iterator[CaseResult]:
    for case in cast(list[dict[str, Any]], data.get("texts") or []):
        own = covers + tuple(case.get("covers") or [])
        yield CaseResult(path, str(case["name"]), own, _text_problem(case, policy))


def _tests(
    path: Path, policy: Policy, tests: Source, covers: tuple[str, ...]
) -> Iterator[CaseResult]:
    """Run the `test` blocks of the file; as in all cases, no model is run."""
    for test in policy.tests:
        if test.span.source is tests:
            outcome = run_test(policy, test, models=False)
            problems = [problem.message for problem in outcome.problems]
            problem = outcome.reason or "; ".join(problems) or None
            yield CaseResult(path, test.title, covers, problem)


HASH_KEY = b"conformance"


def _text_problem(case: dict[str, Any], policy: Policy) -> str | None:
    """Treat a text whose spans are given, as on the way to a target."""
    try:
        spans = [FoundSpan(**span) for span in cast(list[dict[str, Any]], case.get("spans") or [])]
        counts = count_spans(spans)
        body = {"labels": counts, **_exact(case.get("request") or {})}
        lane = Lane(policy, read_request(body, policy), policy.target(case["target"]))
    except (RequestError, KeyError, TypeError) as error:
        return f"the entry cannot be run: {error}"
    got = treat(case["text"], regions(lane, spans), Keys(HASH_KEY, _numbered_tokens()))
    if got != case["treated"]:
        return f"treated: expected {case['treated']!r}, got {got!r}"
    wanted = case.get("counts", counts)
    return None if wanted == counts else f"counts: expected {wanted}, got {counts}"


def _numbered_tokens() -> Callable[[str, str], str]:
    """Tokens `<label#n>`, n counting a label's distinct values from 1."""
    values: dict[str, list[str]] = {}

    def token(label: str, value: str) -> str:
        known = values.setdefault(label, [])
        if value not in known:
            known.append(value)
        return f"<{label}#{known.index(value) + 1}>"

    return token
