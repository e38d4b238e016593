"""Model detectors of a request: run when asked for, unknown when they are not or fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from epol.engine.bundle.findings import RequestScan
from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan
from epol.engine.models.classifier import Classifier
from epol.engine.text.service import TextService
from tests.engine.text.plans import EMAIL

PEOPLE = ModelDetectorPlan("people", "pii.name", "names", ("PER",))
TOWNS = ModelDetectorPlan("towns", "pii.town", "names", ("LOC",))
SERVICE = TextService(TextPlan((EMAIL,), models=(PEOPLE, TOWNS)))

TEXT = "My colleague Maria Gonzalez lives in Rotterdam; write to maria.gonzalez@example.org."


def run(*texts: str, names: tuple[str, ...] | None = None, **bounds: float) -> RequestScan:
    segments = [("user", text) for text in texts]
    scan = SERVICE.scan_segments(segments)
    if "windows" in bounds:
        return SERVICE.run_models(segments, scan, names, windows=int(bounds["windows"]))
    if "seconds" in bounds:
        return SERVICE.run_models(segments, scan, names, seconds=bounds["seconds"])
    return SERVICE.run_models(segments, scan, names)


def found(scan: RequestScan, text: str, label: str, place: int = 0) -> list[str]:
    return [text[f.start : f.end] for f in scan.scans[place].findings if f.label == label]


def test_without_being_asked_no_model_is_run() -> None:
    scan = SERVICE.scan_segments([("user", TEXT)])
    assert scan.labels == {"pii.email": {"user": 1}}
    assert scan.unknown == {
        "pii.name": "the model was not run",
        "pii.town": "the model was not run",
    }


def test_all_models_add_to_what_patterns_found() -> None:
    scan = run(TEXT)
    assert found(scan, TEXT, "pii.name") == ["Maria Gonzalez"]
    assert found(scan, TEXT, "pii.town") == ["Rotterdam"]
    assert found(scan, TEXT, "pii.email") == ["maria.gonzalez@example.org"]
    assert scan.labels == {label: {"user": 1} for label in ("pii.email", "pii.name", "pii.town")}
    assert not scan.unknown


def test_those_that_are_not_named_stay_unknown() -> None:
    scan = run(TEXT, names=("towns",))
    assert found(scan, TEXT, "pii.town") == ["Rotterdam"]
    assert not found(scan, TEXT, "pii.name")
    assert scan.unknown == {"pii.name": "the model was not run"}


def test_each_text_has_its_own_findings() -> None:
    other = "Please call Peter Johansson tomorrow."
    scan = run("", other, "nothing here", TEXT)
    assert [len(each.findings) for each in scan.scans] == [0, 1, 0, 3]
    assert found(scan, other, "pii.name", 1) == ["Peter Johansson"]
    assert scan.labels["pii.name"] == {"user": 2}


NAME = "Maria Gonzalez"
WIDE = "".join(each if each == " " else chr(ord(each) + 0xFEE0) for each in NAME)


@pytest.mark.parametrize(
    ("wanted", "view"),
    [
        ("Mar\u200bia Gon\u200bzalez", "folded"),
        (WIDE, "folded"),
        ("Mari\u0301a Gonza\u0301lez", "folded"),
        ("M\\u0061ria Gonzalez", "json"),
        ("M%61ria Gonzalez", "percent"),
        (NAME, "original"),
    ],
)
def test_a_disguise_is_undone_and_offsets_are_those_of_the_text(wanted: str, view: str) -> None:
    text = f"\U0001f600\ud800 My colleague {wanted} lives here."
    [finding] = [f for f in run(text).scans[0].findings if f.label == "pii.name"]
    assert text[finding.start : finding.end] == wanted
    assert finding.view == view
    assert 50 <= finding.confidence <= 100


def test_a_long_text_is_read_to_its_end() -> None:
    filler = "The meeting about the budget was moved to the other room again. "
    text = filler * 40 + "My colleague Maria Gonzalez said so. " + filler * 40 + TEXT
    names = found(run(text, seconds=60.0), text, "pii.name")
    assert names == ["Maria Gonzalez", "Maria Gonzalez"]


def test_more_windows_than_there_may_be_make_labels_unknown() -> None:
    filler = "The meeting about the budget was moved to the other room again. "
    for text in (filler * 40, "x" * 5000):
        scan = run(TEXT, text, windows=3)
        assert set(scan.unknown) == {"pii.name", "pii.town"}
        assert "longer than models may read" in scan.unknown["pii.name"]
        assert found(scan, TEXT, "pii.name") == ["Maria Gonzalez"]


@pytest.mark.parametrize(
    "text", ["Меня зовут Иван Петров.", "我叫王小明", "私の名前は山田太郎です。OK", "王小"]
)
def test_a_script_that_the_model_does_not_read_makes_labels_unknown(text: str) -> None:
    scan = run(text, TEXT)
    assert set(scan.unknown) == {"pii.name", "pii.town"}
    assert "script" in scan.unknown["pii.name"]
    assert found(scan, TEXT, "pii.name", 1) == ["Maria Gonzalez"]


def test_what_is_found_in_such_a_text_stays() -> None:
    text = "Позвоните завтра, пожалуйста: Maria Gonzalez"
    scan = run(text)
    assert found(scan, text, "pii.name") == ["Maria Gonzalez"]
    assert "pii.name" in scan.unknown


@pytest.mark.parametrize(
    "text", ["Nguyễn Văn Ước", "λ = 3?", "😀 12", "Łukasz Ðorđe", "Tokyo (東京)"]
)
def test_other_characters_among_latin_ones_do_not(text: str) -> None:
    assert not run(text).unknown


def test_no_time_makes_labels_unknown() -> None:
    scan = run(TEXT, seconds=0)
    assert "did not finish" in scan.unknown["pii.name"]
    assert scan.labels == {"pii.email": {"user": 1}}


def test_a_model_that_fails_makes_labels_unknown_and_shows_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_: Classifier, text: str, allowance: object) -> object:
        raise ValueError(text)

    monkeypatch.setattr(Classifier, "read", fails)
    assert run(TEXT).unknown == dict.fromkeys(
        ("pii.name", "pii.town"), "the model failed (ValueError)"
    )


def test_a_model_or_class_that_there_is_not_makes_its_own_label_unknown() -> None:
    strange = ModelDetectorPlan("strange", "a", "nemo", ("PER",))
    odd = ModelDetectorPlan("odd", "b", "names", ("PET",))
    service = TextService(TextPlan(models=(strange, odd, PEOPLE)))
    segments = [("user", TEXT)]
    scan = service.run_models(segments, service.scan_segments(segments))
    assert set(scan.unknown) == {"a", "b"}
    assert scan.labels == {"pii.name": {"user": 1}}
    assert service.model_problems() == {"strange": scan.unknown["a"], "odd": scan.unknown["b"]}


def test_threads_share_a_model() -> None:
    with ThreadPoolExecutor(4) as pool:
        scans = list(pool.map(run, [TEXT] * 8))
    assert all(scan == scans[0] for scan in scans)
