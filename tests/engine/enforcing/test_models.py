"""Labels that a model finds: treated where it works, and nothing goes out where it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from epol.compiler.embedding import compile_bundle
from epol.engine import Enforced, Engine, ModelUnavailableError, RefusedTargetError
from epol.engine.models.classifier import classifier
from epol.engine.text import modelled

POLICY = """
policy modelled
label pii.name
detector people -> pii.name { model "names" class PER cost 18ms threshold 80 }
target ward { at local }
target azure { at cloud }
rule nameless { when target.at == cloud  redact pii.name }
rule away { when target.at == cloud  prefer 10 }
"""
KEPT = POLICY.replace("prefer 10", "avoid 10")
BODY: dict[str, object] = {
    "messages": [{"role": "user", "content": "Ask Wilhelmina Featherstone about it."}]
}


def unavailable(_name: str) -> object:
    raise ModelUnavailableError("the model is not installed")


def breaks(name: str) -> object:
    raise RuntimeError(f"{name} broke on Wilhelmina")


def enforced(folder: Path, policy: str) -> Enforced:
    path = folder / "modelled.epol"
    path.write_text(policy, encoding="utf-8")
    return Engine.load(compile_bundle(path)).enforce(BODY, "openai.chat")


@pytest.mark.parametrize(
    ("broken", "reason"), [(unavailable, "label-unread"), (breaks, "internal-error")]
)
def test_what_needs_a_model_that_fails_is_blocked(
    broken: Callable[[str], object], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modelled, "classifier", broken)
    done = enforced(tmp_path, POLICY)
    assert done.decision.status == "block"
    assert done.decision.failure == reason
    assert {each.rule for each in done.decision.reasons} == {reason}
    for target in ("ward", "azure"):
        with pytest.raises(RefusedTargetError) as told:
            done.body_for(target)
        assert "Wilhelmina" not in str(told.value)


def test_what_needs_no_model_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modelled, "classifier", unavailable)
    done = enforced(tmp_path, KEPT)
    assert done.decision.order == ("ward", "azure")
    assert done.body_for("ward") == BODY
    with pytest.raises(RefusedTargetError, match="label-unread"):
        done.body_for("azure")


def test_names_are_treated_where_the_model_is(tmp_path: Path) -> None:
    try:
        classifier("names")
    except ModelUnavailableError:
        pytest.skip("the model of the extra `names` is not installed here")
    sent: Any = enforced(tmp_path, POLICY).body_for("azure")
    assert "Wilhelmina" not in json.dumps(sent)
