"""Random typed expressions, as text: every node of the tree, every type."""

from random import Random

MEMBERS = ("x", "y", "z")
SET_MEMBERS = ("p", "q", "r")
STRINGS = ("", "eu", "eu-west", "us", "t0", "t1", "a*b", "x", "é")
GLOBS = ("eu*", "*west", "?", "*-*", "a\\\\*b", "u?", "*", "e*t", "??*", "é*")
ROLES = ("", "", " from user", " from { user, tool }", " from system")
LABELS = ("l.a", "l.a.x", "l.a.y", "l.b", "l.c", "l", "any")
BELOW = ("", "", " below mask", " below tokenize", " below redact", " below drop", " below keep")

LITERALS = {
    "int": ("-7", "-1", "0", "1", "2", "3", "10", "1k"),
    "number": ("-1.5", "0.35", "0.000001", "50%", "2.5", "-0.333333", "7"),
    "duration": ("0s", "5ms", "80ms", "1s", "-3us", "7us"),
    "money": ("$0", "$0.01", "$1", "$0.000003", "$10"),
    "size": ("0B", "7B", "4KiB", "512MiB"),
}
UNITS = {"duration": "1ms", "money": "$0.01", "size": "3KiB"}
SIGNALS = {
    "int": ("target.queue", "t0.queue", "target.rate_left", "target.context", "target.speed"),
    "number": ("target.errors", "t0.errors", "target.weight"),
    "duration": ("target.rtt", "target.latency", "t0.rtt"),
    "money": ("target.cost", "t0.cost", "target.fee"),
    "size": (),
}
KINDS = tuple(LITERALS)


class Expressions:
    """Makes expressions over the inputs that a policy declares, by their type.

    Without `target`, they do not speak of the target being decided; `sends` may be used
    only where the rule treats nothing.
    """

    def __init__(self, rng: Random, inputs: dict[str, list[str]]) -> None:
        self.rng, self.inputs = rng, inputs
        self.target, self.sends = True, True

    def pick(self, *options: str) -> str:
        """One of some words."""
        return self.rng.choice(options)

    def condition(self, depth: int = 3) -> str:
        """A bool."""
        if depth <= 0 or self.rng.random() < 0.15:
            return self._leaf()
        inner = depth - 1
        match self.rng.randrange(9):
            case 0 | 1:
                return f"({self.condition(inner)} and {self.condition(inner)})"
            case 2 | 3:
                return f"({self.condition(inner)} or {self.condition(inner)})"
            case 4:
                return f"not ({self.condition(inner)})"
            case 5:
                return f"if({', '.join(self.condition(inner) for _ in range(3))})"
            case 6:
                op = self.pick("==", "!=")
                return f"({self.condition(inner)}) {op} ({self.condition(inner)})"
            case _:
                return self._leaf()

    def _leaf(self) -> str:
        makers = (self._bool, self._numeric, self._numeric, self._enum, self._set, self._string)
        return self.rng.choice((*makers, self._labels))()

    def _bool(self) -> str:
        names = [*self.inputs["bool"], "t0.up", "true", "false"]
        if self.target:
            names += ["target.up", "target.flag", "target.on"]
        return self.rng.choice(names)

    def _numeric(self) -> str:
        kind = self.pick(*KINDS)
        left = self.number(kind, 2)
        match self.rng.randrange(8):
            case 0:
                return f"{left} in {self.literal(kind)} .. {self.literal(kind)}"
            case 1:
                members = ", ".join(self.literal(kind) for _ in range(self.rng.randint(1, 3)))
                return f"{left} in {{ {members} }}"
            case 2:
                return f"{left} {self._op()} {self.number(kind, 2)}"
            case _:
                return f"{left} {self._op()} {self.literal(kind)}"

    def _op(self) -> str:
        return self.pick("==", "!=", "<", "<=", ">", ">=")

    def _enum(self) -> str:
        names = [*self.inputs["enum"], *(["target.kind"] if self.target else [])]
        left = self._maybe_if(names)
        match self.rng.randrange(4):
            case 0:
                return f"{left} {self.pick('==', '!=')} {self.rng.choice(names)}"
            case 1:
                return f"{left} in {{ {', '.join(self.rng.sample(MEMBERS, 2))} }}"
            case 2 if self.target:
                return f"target.at {self.pick('==', '!=')} {self.pick('local', 'cloud')}"
            case _:
                return f"{left} {self.pick('==', '!=')} {self.pick(*MEMBERS)}"

    def _set(self) -> str:
        names = [*self.inputs["set"], *(["target.able"] if self.target else [])]
        if self.rng.random() < 0.2:
            return f"{self.rng.choice(names)} {self.pick('==', '!=')} {self.rng.choice(names)}"
        return f"{self._maybe_if(names)} has {self.pick(*SET_MEMBERS)}"

    def _maybe_if(self, names: list[str]) -> str:
        """One of some names, or an `if` between two."""
        one, other = self.rng.choice(names), self.rng.choice(names)
        return f"if({self.condition(0)}, {one}, {other})" if self.rng.random() < 0.15 else one

    def _string(self) -> str:
        names = [*self.inputs["string"], *(["target.tenant"] if self.target else [])]
        left = self._maybe_if([*names, *self.inputs["string"]])
        constants = [f'"{text}"' for text in STRINGS]
        if self.target:
            constants += ["target.zone", "target.tenant", "target.name"]
        match self.rng.randrange(4):
            case 0:
                return f'{left} like "{self.pick(*GLOBS)}"'
            case 1:
                members = ", ".join(self.rng.sample(constants, self.rng.randint(1, 3)))
                return f"{left} in {{ {members} }}"
            case 2 if self.target:
                return f"target.name {self.pick('==', '!=')} t0"
            case _:
                pair = [left, self.rng.choice(constants)]
                self.rng.shuffle(pair)
                return f" {self.pick('==', '!=')} ".join(pair)

    def _labels(self) -> str:
        label, roles = self.pick(*LABELS), self.pick(*ROLES)
        if self.sends and self.target and self.rng.random() < 0.6:
            return f"sends {label}{self.pick(*BELOW)}{roles}"
        return f"found {label}{roles}"

    # --- numbers ---------------------------------------------------------------------

    def literal(self, kind: str) -> str:
        """A literal of a kind."""
        return self.pick(*LITERALS[kind])

    def number(self, kind: str, depth: int) -> str:
        """A numeric expression of a kind; an int may stand for a number."""
        if depth <= 0 or self.rng.random() < 0.3:
            return self._number_leaf(kind)
        inner = depth - 1
        match self.rng.randrange(8):
            case 0 | 1:
                op = self.pick("+", "-")
                return f"({self.number(kind, inner)} {op} {self.number(kind, inner)})"
            case 2:
                factor = self.pick("2", "-3", "0", *(["target.speed"] if self.target else []))
                return f"({self.number(kind, inner)} * {factor})"
            case 3 if kind != "int":
                factor = self.pick("0.5", "-0.3", "1.000001")
                return f"({factor} * {self.number(kind, inner)})"
            case 4 if kind != "int":
                by = self.pick("3", "7", "0.3", *(["target.speed"] if self.target else []))
                return f"({self.number(kind, inner)} / {by})"
            case 5:
                items = ", ".join(self.number(kind, inner) for _ in range(self.rng.randint(2, 3)))
                return f"{self.pick('min', 'max')}({items})"
            case 6:
                return f"if({self.condition(0)}, {self.number(kind, inner)}, {self.literal(kind)})"
            case 7 if kind == "number":
                unit = self.pick(*UNITS)
                return f"({self.number(unit, inner)} / {UNITS[unit]})"
            case _:
                return self._number_leaf(kind)

    def _number_leaf(self, kind: str) -> str:
        names = [*self.inputs[kind], self.literal(kind)]
        names += [each for each in SIGNALS[kind] if self.target or not each.startswith("target.")]
        if kind == "int":
            names.append(f"count {self.pick(*LABELS)}{self.pick(*ROLES)}")
        if kind == "number":
            names += self.inputs["int"]
        return self.rng.choice(names)
