"""Random well-typed policies, as text: every effect, flow and declaration that decides.

`random.Random` is all that is drawn from, so that a seed names a policy, and hypothesis
can shrink one (`strategies.randoms`).  A few do not compile, because a random sum may
leave 64 bits; `compiled` gives None for those.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from epol.compiler.pipeline import compile_policy
from epol.lang.model import Policy
from tests.differential.expressions import (
    LITERALS,
    MEMBERS,
    SET_MEMBERS,
    STRINGS,
    Expressions,
)

TYPES = {
    "bool": ("bool",),
    "int": ("int", "int in -5 .. 20", "int in 0 .. 10k", "int in -1k .. 1k"),
    "number": ("ratio", "number in -3 .. 5", "number in -1k .. 1k"),
    "duration": ("duration", "duration in 0s .. 200ms"),
    "money": ("money in $0 .. $100",),
    "size": ("size in 0B .. 1GiB",),
    "enum": (f"enum {{ {', '.join(MEMBERS)} }}",),
    "set": (f"set {{ {', '.join(SET_MEMBERS)} }}",),
    "string": ("string",),
}
DEFAULTS = {
    "bool": ("true", "false"),
    "int": ("0", "3", "1"),
    "number": ("0.5", "1", "0"),
    "duration": ("0s", "5ms"),
    "money": ("$0", "$0.01"),
    "size": ("0B", "4KiB"),
    "enum": MEMBERS,
    "set": ("{ }", "{ p }", "{ p, q, r }"),
    "string": tuple(f'"{text}"' for text in STRINGS),
}
HEAD = """policy random version "1"
field speed : int in 1 .. 9
field weight : number
field fee : money
field flag : bool default false
field on : bool
field kind : enum { x, y, z }
field able : set { p, q, r } default { q }
field tenant : string
"""
FIELDS = {
    "zone": ('"eu"', '"us"'),
    "context": ("1k", "10"),
    "speed": ("1", "3", "7"),
    "weight": ("-0.3", "2.5", "0"),
    "fee": ("$0.01", "$3"),
    "flag": ("true",),
    "on": ("true", "false"),
    "kind": MEMBERS,
    "able": ("{ p }", "{ }", "{ p, q }"),
    "tenant": ('"eu-west"', '"x"'),
}
PRICES = ("in $0.10 out $0.30 per 1M", "in $1.25 out $10 per 7", "in $0 out $0.000001 per 3")
GENERALIZE = ("year", "month", "decade", "zip3", "network", "round 10", "round 0.5")
TREATED = ("l.a", "l.a.x", "l.b", "l.c", "l", "any", "l.a, l.c")
FLOWS = ("", "", "", "on any ", "on response ", "on tool_call ")


def compiled(text: str) -> Policy | None:
    """The policy of a text; None if it does not compile."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(text, encoding="utf-8")
        return compile_policy(path).policy


def policy_text(
    rng: Random,
    most_rules: int = 8,
    claims: int = 0,
    *,
    targets: tuple[int, int] = (1, 4),
    more_labels: int = 0,
) -> str:
    """A policy with so many claims, from so few to so many targets, and labels that few name."""
    maker = _Maker(rng, targets, more_labels)
    lines = [HEAD, *maker.declarations(), *maker.targets()]
    lines += [maker.rule(index) for index in range(rng.randint(1, most_rules))]
    lines += [maker.claim(index) for index in range(claims)]
    return "\n".join(lines)


class _Maker:
    def __init__(self, rng: Random, targets: tuple[int, int], more_labels: int) -> None:
        self.rng, self.how_many, self.more_labels = rng, targets, more_labels
        self.inputs: dict[str, list[str]] = {kind: [] for kind in TYPES}
        self.expressions = Expressions(rng, self.inputs)

    # --- declarations ----------------------------------------------------------------

    def declarations(self) -> Iterator[str]:
        for kind, types in TYPES.items():
            for index in range(self.rng.randint(1, 2)):
                self.inputs[kind].append(f"a.{kind}{index}")
                yield self._input(f"a.{kind}{index}", kind, self.rng.choice(types))
        self.inputs["int"] += ["request.tokens", "request.max_output_tokens", "text.digits"]
        for name in ("request.tokens", "request.max_output_tokens"):
            yield self._input(name, "int", "int in 0 .. 10k")
        yield "signal text.digits : int from count /[0-9]/ from user"
        yield from self._labels()
        self.expressions.target = True
        yield f"let shared = {self._without_sends(self.expressions.condition)}"
        yield f"let scaled = {self._without_sends(lambda: self.expressions.number('number', 3))}"
        self.inputs["bool"].append("shared")
        self.inputs["number"].append("scaled")

    def _input(self, name: str, kind: str, type_: str) -> str:
        default = self.rng.choice(DEFAULTS[kind])
        match self.rng.randrange(4):
            case 0:
                return f"attr {name} : {type_} default {default}"
            case 1:
                return f"signal {name} : {type_} stale after 5s = {default}"
            case _:
                return f"attr {name} : {type_}"

    def _labels(self) -> Iterator[str]:
        for name in ("l.a", "l.a.x", "l.a.y", "l.b", "l.c"):
            under = " under l.b" if name == "l.c" else ""
            by = f" generalize by {self.rng.choice(GENERALIZE)}" if self.rng.random() < 0.5 else ""
            yield f"label {name}{under}{by}"
        yield from (f"label l.m{index}" for index in range(self.more_labels))
        yield 'detector people -> l.a.x { model "names" class PER }'

    def _without_sends(self, make: Callable[[], str]) -> str:
        """An expression that any rule may use, `block` rules among them."""
        target, sends = self.expressions.target, self.expressions.sends
        self.expressions.target = self.expressions.sends = False
        made = make()
        self.expressions.target, self.expressions.sends = target, sends
        return made

    def targets(self) -> Iterator[str]:
        for index in range(self.rng.randint(*self.how_many)):
            chosen = self.rng.sample(list(FIELDS), self.rng.randint(0, len(FIELDS)))
            fields = [f"{name} {self.rng.choice(FIELDS[name])}" for name in sorted(chosen)]
            if self.rng.random() < 0.7:
                fields.append(f"price {self.rng.choice(PRICES)}")
            place = self.rng.choice(("local", "premises", "cloud"))
            yield f"target t{index} {{ at {place} {'  '.join(fields)} }}"

    # --- rules -----------------------------------------------------------------------

    def rule(self, index: int) -> str:
        """One rule; what it may ask depends on what it does."""
        kind = self.rng.choice(("treat", "treat", "restrict", "restrict", "prefer", "any", "block"))
        self.expressions.target = kind != "block"
        self.expressions.sends = kind not in ("treat", "block")
        parts: list[str] = []
        if self.rng.random() < (0.5 if kind == "treat" else 0.85):
            parts.append(f"when {self.expressions.condition()}")
        if self.rng.random() < 0.25:
            parts.append(f"unless {self.expressions.condition(1)}")
        parts += [self._effect(kind) for _ in range(self.rng.randint(1, 3))]
        if self.rng.random() < 0.5:
            parts.append(f'because "reason {index}"')
        flow = self.rng.choice(FLOWS)
        return f"rule r{index} {{ {flow}{' '.join(parts)} }}"

    def _effect(self, kind: str) -> str:
        if kind == "block":
            return self.rng.choice(("block", self._note()))
        if kind == "treat":
            return self._treatment() if self.rng.random() < 0.8 else self._restriction()
        if kind == "restrict":
            return self._restriction()
        if kind == "prefer":
            return self._preference()
        return self.rng.choice((self._restriction, self._preference, self._note))()

    def _restriction(self) -> str:
        inner = self.expressions.condition(2)
        return self.rng.choice(("deny", f"only {inner}", f"only {inner}", "hold", self._note()))

    def _preference(self) -> str:
        word = self.rng.choice(("prefer", "avoid", "score"))
        return f"{word} {self.expressions.number('number', 3)}"

    def _treatment(self) -> str:
        labels = self.rng.choice(TREATED)
        if self.rng.random() < 0.2:
            labels += " except l.a.y"
        match self.rng.randrange(7):
            case 0:
                return f"mask {labels} keep last {self.rng.choice(('2', '4', '0'))}"
            case 1:
                return f'redact {labels} with "{self.rng.choice(("[b]", "[a]", ""))}"'
            case 2 | 3:
                return f"generalize {labels} by {self.rng.choice(GENERALIZE)}"
            case _:
                words = ("redact", "mask", "generalize", "tokenize", "hash", "drop")
                return f"{self.rng.choice(words)} {labels}"

    def _note(self) -> str:
        match self.rng.randrange(6):
            case 0:
                return f"cap max_output_tokens {self.rng.choice(LITERALS['int'][2:])}"
            case 1:
                return f"cap reasoning_effort {self.rng.choice(('none', 'low', 'high'))}"
            case 2:
                return f"cap temperature {self.rng.choice(('0.9', '0', '1'))}"
            case 3:
                tools = self.rng.sample(("mail", "search", "clock"), self.rng.randint(1, 3))
                named = (f'"{tool}"' for tool in tools)
                return f"tools only {', '.join(named)}"
            case 4:
                return "tools none"
            case _:
                return f'tag "{self.rng.choice(("a", "b"))}"'

    # --- claims ----------------------------------------------------------------------

    def claim(self, index: int) -> str:
        """One claim, of any kind but `same as`, which needs another policy."""
        self.expressions.target = self.expressions.sends = True
        expression = self.expressions.condition(2)
        when = ""
        if self.rng.random() < 0.5:
            when = f" when {self._without_sends(lambda: self.expressions.condition(2))}"
        numbers = (kind for kind in ("bool", "int", "number", "duration", "money", "size"))
        subject = self.rng.choice([self.inputs[kind][0] for kind in numbers])
        word = self.rng.choice(("raising", "lowering"))
        flow = self.rng.choice(("", "", "", "on response ", "on tool_call "))
        claim = self.rng.choice(
            (
                f"never {expression}",
                f"always {expression}",
                f"served{when}" if when else f"never {expression}",
                f"chooses {expression}{when}",
                f"never chooses {expression}{when}",
                f"{word} {subject} never chooses {expression}",
                f"{word} {subject} never chooses {expression}",
            )
        )
        return f"prove c{index} {{ {flow}{claim} }}"
