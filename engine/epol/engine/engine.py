"""The engine: a policy that decides requests, and can be exchanged while it does."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from os import PathLike
from typing import TypedDict, Unpack, cast

from epol.engine.bundle.contents import Bundle
from epol.engine.bundle.manifest import Manifest
from epol.engine.bundle.pausing import uncollected
from epol.engine.bundle.versions import check_not_older
from epol.engine.deciding.batch import Batch
from epol.engine.deciding.columns import Columns
from epol.engine.deciding.thresholds import thresholds_of
from epol.engine.decision import (
    INTERNAL_ERROR,
    LOG_FAILURE,
    SCAN_LIMIT,
    Decision,
    PolicyName,
)
from epol.engine.enforcing.batches import BatchSource, EnforcedBatch
from epol.engine.enforcing.enforce import Facts, Tools, enforce
from epol.engine.enforcing.enforced import Enforced
from epol.engine.enforcing.forms import Body, bytes_of
from epol.engine.enforcing.judge import Judge
from epol.engine.errors import EpolError, LogError, RequestError, ScanLimitError
from epol.engine.forks import renewed_after_fork
from epol.engine.loading import Source, TrustedFiles, TrustedKeys, compiled, loaded, open_bundle
from epol.engine.log.decision_log import DecisionLog
from epol.engine.policy import Policy
from epol.engine.request import Request
from epol.engine.seen import NOBODY, About, Seen
from epol.engine.signals.board import SignalBoard
from epol.engine.signals.model import SignalModel
from epol.engine.text.treatments.keys import Keys, derived
from epol.engine.text.treatments.tokens import Tokens, key_of
from epol.engine.vault.memory import MemoryVault
from epol.engine.vault.vault import Vault

_log = logging.getLogger("epol.engine")
_NO_MODELS: Mapping[str, SignalModel] = {}
_NOTHING: Mapping[str, object] = {}
_NO_TOOLS: Tools = {}


class Options(TypedDict, total=False):
    """What a program says of a request beside its body; see `Engine.enforce`."""

    attributes: Mapping[str, object]
    signals: Mapping[str, object]
    session: str | None
    subject: str | None
    tools: Tools
    strict: bool
    about: About


class Engine:
    """Decides requests under one policy.  Safe to share between threads and event loops.

    `signals` takes readings of the world.  A request is decided under the policy that was
    there when it began, whatever is swapped meanwhile.  A forked child goes on with its own
    copy.
    """

    def __init__(
        self,
        bundle: Bundle,
        trust: TrustedFiles | None,
        models: Mapping[str, SignalModel],
        vault: Vault | None = None,
        key: bytes | None = None,
        log: DecisionLog | None = None,
    ) -> None:
        """Use `load` or `compile`."""
        self._models = models
        self._decisions = log
        self._trust = trust
        self._manifest = bundle.manifest
        self._loaded = loaded(bundle, models, None, log)
        self._policy: Policy = self._loaded.policy
        self._swapping = threading.Lock()
        self._vault = vault
        self._key = key_of(secrets.token_bytes(32) if key is None else key)
        self._hash_key = derived(self._key, b"hash")
        self.signals = SignalBoard()
        renewed_after_fork(self)

    @classmethod
    def load(
        cls,
        bundle: Source,
        trust: TrustedKeys | None = None,
        *,
        models: Mapping[str, SignalModel] = _NO_MODELS,
        vault: Vault | None = None,
        key: bytes | None = None,
        log: DecisionLog | None = None,
    ) -> Engine:
        """The engine of a bundle: the path of its file, or its bytes.

        `trust` names public keys, one of which must have signed it; without, the bundle
        may be unsigned, and then only damage is told.  `models` compute signals, by the
        name that the policy has for the model.  `vault` keeps what tokens stand for, in the
        memory of this process unless another is given.  `key` (16 bytes or more) is the
        deployment's, of which `hash` makes the same digest everywhere; without, it is random
        and lives as long as the engine.  With a `log`, each decision is a line of it.
        Raises `BundleError`, `KernelError`, and ValueError
        for a key that is too short.
        """
        keys = None if trust is None else tuple(trust)
        return cls(open_bundle(bundle, keys), keys, models, vault, key, log)

    @classmethod
    def compile(
        cls,
        policy: str | PathLike[str],
        *,
        models: Mapping[str, SignalModel] = _NO_MODELS,
        vault: Vault | None = None,
        key: bytes | None = None,
        log: DecisionLog | None = None,
    ) -> Engine:
        """The engine of a policy's source, where the compiler is installed.

        The rest is as for `load`.  Raises `BundleError` for a policy with errors.
        """
        return cls(open_bundle(compiled(policy), None), None, models, vault, key, log)

    @property
    def policy(self) -> PolicyName:
        """Which policy decides now."""
        return self._policy.name

    @property
    def manifest(self) -> Manifest:
        """What the bundle of the policy that decides now says of itself."""
        return self._manifest

    def thresholds(self) -> Mapping[str, tuple[int, ...]]:
        """The attributes and signals that requests are decided by, and where a verdict may turn.

        Of each the numbers that it is compared with, on the scale of its type; those of what is no
        number mean nothing.
        """
        policy = self._policy
        compared = thresholds_of(policy.program, policy.program.request)
        return {name: compared.get(name, ()) for name in policy.reads("request").inputs}

    def swap(self, bundle: Source, *, allow_downgrade: bool = False) -> PolicyName:
        """Exchange the policy; requests that have begun finish on the one they began with.

        The bundle is trusted as the first one was.  An older version, or another policy,
        is refused unless `allow_downgrade`.  Raises `BundleError`, and then nothing has
        changed.
        """
        with uncollected():  # which would hold up requests that are decided meanwhile
            opened = open_bundle(bundle, self._trust)
            check_not_older(self._manifest, opened.manifest, allow=allow_downgrade)
            new = loaded(opened, self._models, self._loaded, self._decisions)
        with self._swapping:
            # Once more, for another swap may have come first.
            check_not_older(self._manifest, opened.manifest, allow=allow_downgrade)
            self._manifest = opened.manifest
            self._loaded = new
            self._policy = new.policy
        return new.policy.name

    def decide(self, request: Request, *, strict: bool = True, about: About = NOBODY) -> Decision:
        """The decision on a request.

        Not `strict` ignores attributes and labels that the policy does not declare.
        Raises `RequestError` for a request that cannot be read.  Whatever else fails, the
        decision is `block`.  Models run in the caller's thread; see `adecide`.  `about` is for
        the log, which has digests of what it says.
        """
        policy = self._policy
        if self._decisions is None:
            return self._decide(policy, request, None, strict=strict)
        started, seen = time.perf_counter(), Seen()
        decision = self._decide(policy, request, seen, strict=strict)
        return self._logged(policy, request, decision, seen, about, started)

    def _decide(
        self, policy: Policy, request: Request, seen: Seen | None, *, strict: bool
    ) -> Decision:
        try:
            signals = self.signals.fresh(policy.stale_after)
            return policy.decide(request, signals, strict=strict, seen=seen)
        except RequestError:
            raise
        except ScanLimitError:
            return policy.blocked(request, SCAN_LIMIT)
        except Exception as error:  # noqa: BLE001 (no request goes on because of a defect)
            # Its words may be the request's, so only its kind is told.
            _log.error("a request could not be decided: %s", type(error).__name__)
            return policy.blocked(request, INTERNAL_ERROR)

    def _logged(
        self,
        policy: Policy,
        request: Request,
        decision: Decision,
        seen: Seen,
        about: About,
        started: float,
    ) -> Decision:
        """A decision once it is in the log; one that cannot be logged is `block`."""
        log, recorder = self._decisions, policy.recorder
        if log is None or recorder is None:
            return decision
        took = (time.perf_counter() - started) * 1e6
        try:
            log.decision(recorder, decision, request, seen, about, took)
        except LogError as error:
            _log.error("a decision could not be logged: %s", error)
            return policy.blocked(request, LOG_FAILURE)
        except Exception as error:  # noqa: BLE001 (no request goes on because of a defect)
            _log.error("a decision could not be logged: %s", type(error).__name__)
            return policy.blocked(request, LOG_FAILURE)
        return decision

    async def adecide(
        self, request: Request, *, strict: bool = True, about: About = NOBODY
    ) -> Decision:
        """As `decide`, off the event loop, which stays free while text is read and models run."""
        return await asyncio.to_thread(self.decide, request, strict=strict, about=about)

    def enforce(
        self,
        body: Body,
        api: str,
        *,
        attributes: Mapping[str, object] = _NOTHING,
        signals: Mapping[str, object] = _NOTHING,
        session: str | None = None,
        subject: str | None = None,
        tools: Tools = _NO_TOOLS,
        strict: bool = True,
        about: About = NOBODY,
    ) -> Enforced:
        """The verdict on a request's body, and the means to carry it out.

        `api` is openai.chat, openai.responses, openai.embeddings, anthropic.messages or mcp, or,
        for one request of a batch, openai.batch or anthropic.batch (see `enforce_batch`).  `body`
        is bytes, a string or JSON values, and bodies come back in the same form.
        `attributes` and `signals` are as in a `Request`; what the body says of itself
        (`request.kind`, `tokens`, `max_output_tokens`, `stream`, `tools`, `images`, `opaque`)
        need not be given.  Within a `session` a value has one token; without, in this request
        only.  `subject` is whom the data is about, for erasing.  `tools` says of a tool, by
        name, where it runs (`at`, `server`).  `about` is for the log.

        Raises `RequestError` for what cannot be read.  Whatever else fails, the decision is
        `block` and there is no body.
        """
        _check_given(attributes, signals, tools, session, subject)
        now = self._loaded
        fresh = {**self.signals.fresh(now.policy.stale_after), **signals}
        logged = None if self._decisions is None else self._logged
        if logged is not None:
            about = replace(about, body=bytes_of(body), session=about.session or session)
        judge = Judge(now.policy, fresh, strict, about, logged)
        keys = partial(self._keys, session, subject)
        return enforce(judge, now.scanner, body, api, Facts(attributes, tools), keys)

    def rehearse(
        self,
        body: Body,
        api: str,
        *,
        attributes: Mapping[str, object] = _NOTHING,
        signals: Mapping[str, object] = _NOTHING,
        tools: Tools = _NO_TOOLS,
        strict: bool = True,
    ) -> Enforced:
        """What `enforce` would say, for asking "what if": nothing of it is kept.

        It is in no log, and its tokens are of no session, so that no vault has them.  A signal
        that is given as None counts as not read.  The rest is as for `enforce`.
        """
        _check_given(attributes, signals, tools, None, None)
        now = self._loaded
        fresh = {**self.signals.fresh(now.policy.stale_after), **signals}
        judge = Judge(now.policy, fresh, strict, NOBODY, None)
        keys = partial(self._keys, None, None)
        return enforce(judge, now.scanner, body, api, Facts(attributes, tools), keys)

    def enforce_batch(
        self, source: BatchSource, api: str, **options: Unpack[Options]
    ) -> EnforcedBatch:
        """The verdicts on the requests of a batch file, each by itself, as they are read.

        `api` is openai.batch (a JSON object on each line) or anthropic.batch (an object with
        `requests`); `source` is the file's bytes, a file that is open in binary mode, or chunks.
        The rest is as for `enforce`, and holds for each request.  Without a `session`, a value has
        another token in each of them.  Raises `RequestError` for another `api`.
        """
        return EnforcedBatch(api, source, partial(self.enforce, api=api, **options))

    def _keys(self, session: str | None, subject: str | None) -> Keys:
        """What a request is treated with.  Raises `VaultError`."""
        if session is None:
            return Keys(self._hash_key, Tokens(secrets.token_bytes(32)))
        return Keys(self._hash_key, self._vaulted().session(session, subject))

    def _vaulted(self) -> Vault:
        with self._swapping:
            if self._vault is None:
                self._vault = MemoryVault(derived(self._key, b"tokenize"))
            return self._vault

    async def aenforce(self, body: Body, api: str, **options: Unpack[Options]) -> Enforced:
        """As `enforce`, off the event loop, which stays free while text is read and models run."""
        return await asyncio.to_thread(self.enforce, body, api, **options)

    def decide_batch(self, columns: Columns, *, strict: bool = True, fired: bool = False) -> Batch:
        """The decisions on many requests of the flow `request`, as columns.

        `columns` are NumPy arrays or lists by attribute, or an Arrow table; one named
        `label:` and a label has its counts, in text of the user.  Numbers mean what they
        mean in JSON, `OnScale` and timedelta64 what they say.  With `fired`, the result
        says which rules fired.  Models are not run: what they would compute is unknown.
        A log has one line for them all.  Raises `RequestError`, and `LogError` where that line
        cannot be written; whatever else fails is an `EpolError` that tells nothing of
        the requests, and none of them is decided.
        """
        policy = self._policy
        started = time.perf_counter()
        signals = self.signals.fresh(policy.stale_after)
        try:
            batch = policy.decide_batch(columns, signals, strict=strict, fired=fired)
            if self._decisions is not None and policy.recorder is not None:
                took = (time.perf_counter() - started) * 1e6
                self._decisions.batch(policy.recorder, batch, policy.name, took)
            return batch
        except (RequestError, LogError):
            raise
        except Exception as error:  # noqa: BLE001 (its words may be the requests')
            _log.error("a batch could not be decided: %s", type(error).__name__)
            raise EpolError(f"the batch could not be decided ({type(error).__name__})") from None

    def after_fork(self) -> None:
        """In the child, no other thread is there to give a lock back."""
        self._swapping = threading.Lock()
        self.signals.after_fork()


def _check_given(
    attributes: object, signals: object, tools: object, session: object, subject: object
) -> None:
    """Raise `RequestError` for what a program gives that is none of what is wanted."""
    for name, given in (("attributes", attributes), ("signals", signals), ("tools", tools)):
        if not isinstance(given, Mapping):
            raise RequestError(f"{name}: a mapping by name is wanted here")
    if not all(isinstance(each, Mapping) for each in cast(Mapping[str, object], tools).values()):
        raise RequestError("tools: of each tool, a mapping with `at` or `server` is wanted")
    for name, given in (("session", session), ("subject", subject)):
        if given is not None and not (isinstance(given, str) and given):
            raise RequestError(f"{name}: a name that is not empty, or None, is wanted here")
