"""How `epolc scan` treats text: all labels alike, or as a policy does on the way to a target."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from epol.compiler.scanning import scanned
from epol.engine.bundle.findings import Finding
from epol.engine.bundle.service import Keys, TextService
from epol.engine.bundle.treatment import Detail, Method, Treatment
from epol.lang.decision import Detail as DecidedDetail
from epol.lang.model import Method as DeclaredMethod
from epol.lang.model import Policy
from epol.lang.request import Request, complete
from epol.lang.semantics import decide

KEY_VARIABLE = "EPOL_KEY"
POLICY = "policy"


class RefusedError(Exception):
    """The policy does not let a text go to the target; str() says which rules."""


@dataclass(frozen=True)
class Treater:
    """Treats texts one way; the same value gets the same token in all of them."""

    service: TextService
    policy: Policy
    treatment: str
    target: str | None
    keys: Keys = field(repr=False)
    models: bool = False

    @property
    def needs_whole(self) -> bool:
        """Whether a text must be there whole, because a rule may count what is in it."""
        return self.treatment == POLICY

    def treat(self, text: str, findings: Iterable[Finding]) -> str | None:
        """The treated text; None where it is dropped.  Raises `RefusedError`, `ScanLimitError`."""
        found = tuple(findings)
        plan = self._decided(text) if self.needs_whole else self._alike()
        return self.service.treat(text, plan, self.keys, found)

    def _alike(self) -> Mapping[str, Detail]:
        treatment = Treatment[self.treatment.upper()]
        generalizes = treatment == Treatment.GENERALIZE
        return {
            name: Detail(treatment, method=_method(info.generalize) if generalizes else None)
            for name, info in self.policy.labels.items()
        }

    def _decided(self, text: str) -> Mapping[str, Detail]:
        """What the policy does with a request of the user that has just this text."""
        request = complete(Request(text=(("user", text),)), self.policy)
        decision = decide(self.policy, scanned(request, self.policy, models=self.models))
        assert self.target is not None
        verdict = decision.targets[self.target]
        if not verdict.permitted or verdict.hold:
            reasons = [r.rule for r in decision.reasons if r.target == self.target]
            raise RefusedError(", ".join(reasons))
        return {label: _detail(detail) for label, detail in verdict.treatments.items()}


def treater(
    service: TextService,
    policy: Policy,
    treatment: str,
    target: str | None,
    *,
    models: bool = False,
) -> tuple[Treater, bool]:
    """The treater that options ask for, and whether its key is a passing one.

    With `models`, the policy decides with what model detectors find.

    Raises ValueError, with words for the user, where they ask for what is not there.
    """
    names = [str(each) for each in Treatment if each != Treatment.KEEP]
    if treatment not in (*names, POLICY):
        raise ValueError(f"--treat takes {', '.join(names)} or {POLICY}")
    if treatment == POLICY:
        targets = [each.name for each in policy.targets]
        if target not in targets:
            listed = ", ".join(targets) or "none: it is a module"
            raise ValueError(f"--treat policy needs --target, one of the policy's ({listed})")
    elif target is not None:
        raise ValueError("--target belongs to --treat policy")
    key = os.environ.get(KEY_VARIABLE, "")
    if key and len(key.encode()) < 16:
        raise ValueError(f"{KEY_VARIABLE} needs 16 bytes at least")
    keys = service.keys(key.encode() if key else secrets.token_bytes(32))
    keyed = treatment in ("tokenize", "hash", POLICY)
    return Treater(service, policy, treatment, target, keys, models), keyed and not key


def _method(method: DeclaredMethod | None) -> Method | None:
    return None if method is None else Method(method.name, method.amount)


def _detail(detail: DecidedDetail) -> Detail:
    treatment = Treatment(int(detail.treatment))
    return Detail(treatment, detail.keep_last, detail.replacement, _method(detail.method))
