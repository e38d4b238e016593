"""Each kind of vault against plain dicts, in sequences that hypothesis makes up."""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from epol.engine import VaultFullError
from epol.engine.vault.vault import Counts, Limits, Vault
from tests.engine.vault.making import Hand, every_kind, made

SECONDS = 160.0
MOST = 4
SESSIONS = st.sampled_from(["a", "b", "ab", "\ud800"])
SUBJECTS = st.sampled_from(["Ann", "Bob", "a"])
LABELS = st.sampled_from(["l", "phi.mrn"])
VALUES = st.sampled_from(["x", "y", "xy", "", "Ann\0", "\U0001f600"]) | st.text(max_size=3)


@dataclass
class Session:
    """What a session has issued, and when it is over."""

    ends: float
    tokens: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    subjects: set[str] = field(default_factory=set[str])


class Model(RuleBasedStateMachine):
    kind = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.hand = Hand()
        self.exits = ExitStack()
        self.folder = Path(self.exits.enter_context(tempfile.TemporaryDirectory()))
        self.opened = ExitStack()
        self.vault = self.opened.enter_context(self._made())
        self.sessions: dict[str, Session] = {}
        self.issued: dict[str, set[str]] = {}

    def _made(self) -> AbstractContextManager[Vault]:
        return made(self.kind, self.folder, Limits(SECONDS, session_values=MOST), self.hand)

    def teardown(self) -> None:
        self.opened.close()
        self.exits.close()

    def _live(self, name: str) -> Session | None:
        """A session whose time is not over, and begins anew."""
        found = self.sessions.get(name)
        if found is None or found.ends <= self.hand.now:
            return None
        self._use(found)
        return found

    def _use(self, session: Session) -> None:
        # A sealed vault does not write every time.
        slack = 0 if self.kind == "memory" else SECONDS / 16
        if session.ends < self.hand.now + SECONDS:
            session.ends = self.hand.now + SECONDS + slack

    @rule(name=SESSIONS, subject=st.none() | SUBJECTS, label=LABELS, value=VALUES)
    def issue(self, name: str, subject: str | None, label: str, value: str) -> None:
        turn = self.vault.session(name, subject)
        model = self._live(name)
        if model is None:
            model = Session(0)
            self._use(model)
        if subject is not None:
            model.subjects.add(subject)
        known = model.tokens.get((label, value))
        if known is None and len(model.tokens) >= MOST:
            with pytest.raises(VaultFullError):
                turn.token(label, value)
            return
        token = turn.token(label, value)
        assert known in (None, token)
        assert token.startswith(f"[{label}:")
        model.tokens[label, value] = token
        self.sessions[name] = model
        self.issued.setdefault(name, set()).add(token)

    @rule(name=SESSIONS, pairs=st.lists(st.tuples(LABELS, VALUES), max_size=MOST))
    def issue_together(self, name: str, pairs: list[tuple[str, str]]) -> None:
        turn = self.vault.session(name)
        model = self._live(name)
        held: set[tuple[str, str]] = set() if model is None else set(model.tokens)
        made: dict[tuple[str, str], str] = {}
        full = len({*held, *pairs}) > MOST
        with pytest.raises(VaultFullError) if full else nullcontext(), turn.batch():
            for pair in pairs:
                made[pair] = turn.token(*pair)
        if made:
            # Of a batch that fails a sealed vault keeps nothing, though the session has begun.
            self._keep(name, model, {} if full and self.kind != "memory" else made)

    def _keep(self, name: str, model: Session | None, made: dict[tuple[str, str], str]) -> None:
        if model is None:
            model = self.sessions[name] = Session(0)
            self._use(model)
        assert made | model.tokens == model.tokens | made
        model.tokens |= made
        self.issued.setdefault(name, set()).update(made.values())

    @rule(name=SESSIONS)
    def read(self, name: str) -> None:
        turn = self.vault.session(name)
        model = self._live(name)
        mine = {} if model is None else {token: pair for pair, token in model.tokens.items()}
        for session, tokens in self.issued.items():
            for token in tokens:
                label, value = mine.get(token, (None, None))
                assert turn.original(token) == value, (session, name)
                assert turn.restore(f"<{token}>") == f"<{token if value is None else value}>"
                assert turn.value(token[-17:-1]) == (None if label is None else (label, value))
                assert list(turn.find(token)) == ([] if value is None else [(0, len(token))])

    @rule(name=SESSIONS)
    def erase_session(self, name: str) -> None:
        model = self.sessions.pop(name, None)
        self._check_erased(self.vault.erase_session(name), [model] if model else [])

    @rule(subject=SUBJECTS)
    def erase_subject(self, subject: str) -> None:
        about = [name for name, each in self.sessions.items() if subject in each.subjects]
        models = [self.sessions.pop(name) for name in about]
        self._check_erased(self.vault.erase_subject(subject), models)

    def _check_erased(self, erased: int, models: list[Session]) -> None:
        live = sum(len(each.tokens) for each in models if each.ends > self.hand.now)
        # What is over may have been forgotten before.
        assert live <= erased <= sum(len(each.tokens) for each in models)

    @rule(seconds=st.sampled_from([1, 40, 150, 165, 400]))
    def wait(self, seconds: int) -> None:
        self.hand.now += seconds

    @rule()
    def expire(self) -> None:
        self.vault.expire()

    @rule()
    def open_again(self) -> None:
        self.opened.close()
        self.vault = self.opened.enter_context(self._made())
        if self.kind == "memory":
            self.sessions.clear()

    @invariant()
    def counts(self) -> None:
        all_sessions = self.sessions.values()
        live = [each for each in all_sessions if each.tokens and each.ends > self.hand.now]
        assert self.vault.count() == Counts(len(live), sum(len(each.tokens) for each in live))


@every_kind
def test_a_vault_is_what_plain_dicts_are(kind: str) -> None:
    machine = type(f"{kind.title()}Model", (Model,), {"kind": kind})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
    )
