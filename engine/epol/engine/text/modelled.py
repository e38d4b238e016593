"""The detectors of a request that are models, run when somebody asks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from epol.engine.bundle.findings import ORIGINAL, Finding, RequestScan, Scan
from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan
from epol.engine.errors import EpolError, ModelLimitError
from epol.engine.models.catalogue import TokenModel
from epol.engine.models.classifier import Allowance, Classifier, classifier
from epol.engine.models.find import find
from epol.engine.models.overlaps import trimmed
from epol.engine.models.readable import is_latin
from epol.engine.models.spans import Span
from epol.engine.text.segments import NOT_RUN, Segment, together
from epol.engine.text.views import View, undone


@dataclass(frozen=True)
class _Job:
    """A detector and the classes that it means."""

    plan: ModelDetectorPlan
    members: frozenset[int]


def run_models(
    plan: TextPlan,
    segments: Sequence[Segment],
    scan: RequestScan,
    names: Collection[str] | None,
    allowance: Allowance,
) -> RequestScan:
    """The scan of a request, with what its model detectors of some names (or all) find.

    Whatever goes wrong in a model makes the labels of its detectors unknown; what it found
    until then stays.  Those that are not named stay unknown.
    """
    failed = {each.name: NOT_RUN for each in plan.models}
    wanted = [each for each in plan.models if names is None or each.name in names]
    found: list[list[Finding]] = [[] for _ in segments]
    for model in dict.fromkeys(each.model for each in wanted):
        detectors = [each for each in wanted if each.model == model]
        for each in detectors:
            del failed[each.name]
        failed |= _run(model, detectors, segments, allowance, found)
    scans = tuple(map(_merged, segments, scan.scans, found))
    return together(plan, segments, scans, failed)


def problems(detectors: Sequence[ModelDetectorPlan]) -> dict[str, str]:
    """Why detectors cannot be run here, by name; nothing for those that can."""
    return {
        name: why
        for model in dict.fromkeys(each.model for each in detectors)
        for name, why in _run(
            model, [each for each in detectors if each.model == model], (), Allowance(), []
        ).items()
    }


def _run(
    model: str,
    detectors: Sequence[ModelDetectorPlan],
    segments: Sequence[Segment],
    allowance: Allowance,
    found: Sequence[list[Finding]],
) -> Mapping[str, str]:
    """Add what a model finds in each text; the detectors that failed, with the reason.

    A text in which it fails does not keep it from the others: what is found can be treated.
    """
    everything = [each.name for each in detectors]
    try:
        loaded = classifier(model)
    except EpolError as error:
        return dict.fromkeys(everything, str(error))
    jobs, failed = _jobs(loaded.model, detectors)
    for (_, text), findings in zip(segments, found, strict=True):
        try:
            # One by one, so that those before an error stay.
            for finding in _findings(loaded, jobs, text, allowance):
                findings.append(finding)
        except EpolError as error:
            failed = dict.fromkeys(everything, str(error)) | failed
        except Exception as error:  # noqa: BLE001 (a model that fails, however it does, knows nothing)
            # The words of the error may repeat the text.
            why = f"the model failed ({type(error).__name__})"
            failed = dict.fromkeys(everything, why) | failed
    return failed


def _jobs(
    model: TokenModel, detectors: Sequence[ModelDetectorPlan]
) -> tuple[list[_Job], dict[str, str]]:
    jobs: list[_Job] = []
    failed: dict[str, str] = {}
    for plan in detectors:
        members = model.members(plan.classes)
        if members is not None:
            jobs.append(_Job(plan, members))
        else:
            known = ", ".join((*model.groups, *model.classes))
            failed[plan.name] = f"the model `{model.name}` has the classes {known}, and no others"
    return jobs, failed


def _findings(
    model: Classifier, jobs: Sequence[_Job], text: str, allowance: Allowance
) -> Iterator[Finding]:
    if not text or not jobs:
        return
    view = undone(text)
    words = model.read(view.text, allowance)
    for job in jobs:
        found = find(model.model, view.text, words, job.members, job.plan.threshold)
        yield from (_finding(text, view, each, job.plan) for each in found)
    if not is_latin(view.text):
        raise ModelLimitError("a text is in a script that the model does not read")


def _finding(text: str, view: View, span: Span, plan: ModelDetectorPlan) -> Finding:
    start, end = view.span(span.start, span.end)
    seen = view.text[span.start : span.end]
    kinds = ORIGINAL if text[start:end] == seen else view.kinds(span.start, span.end)
    return Finding(plan.label, plan.name, start, end, span.confidence, kinds)


def _merged(segment: Segment, scan: Scan, found: Sequence[Finding]) -> Scan:
    """A text's scan with what models found in it; see `overlaps` for who wins."""
    if not found:
        return scan
    rest = trimmed(segment[1], found, scan.findings)
    findings = {(f.detector, f.start, f.end): f for f in (*scan.findings, *rest)}
    in_order = sorted(findings.values(), key=lambda f: (f.start, f.end, f.label, f.detector))
    return replace(scan, findings=tuple(in_order))
