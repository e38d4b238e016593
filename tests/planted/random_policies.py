"""Random policies so small that all their requests can be tried.

Everything is drawn from `random.Random`, so that a seed names a policy.  What they read are
bools, short ranges, small enums and sets, a string, and counts of three labels.
"""

from collections.abc import Iterator
from random import Random

TARGETS = (1, 2, 2, 2, 2, 3)
FACTS = {
    "bool": ("bool", ("true", "false")),
    "int": ("int in 0 .. 3", ("0", "1", "3")),
    "enum": ("enum { x, y, z }", ("x", "y")),
    "set": ("set { p, q }", ("{ }", "{ p }")),
    "string": ("string", ('"a"', '"b"')),
}
BELOW = ("", "", " below mask", " below tokenize", " below redact", " below drop")
TREATMENTS = ("mask", "generalize", "tokenize", "hash", "redact", "drop")
FLOWS = ("", "", "", "", "on any ", "on response ", "on tool_call ")


def random_policy(seed: int) -> str:
    """The policy of a seed; nearly all compile."""
    return "\n".join(_Maker(Random(seed)).lines()) + "\n"


class _Maker:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.facts: dict[str, list[str]] = {kind: [] for kind in FACTS}
        self.targets = rng.choice(TARGETS)
        self.has_labels = rng.random() < 0.75
        self.labels = ("l.a", "l.b", "m", "l", "any") if rng.random() < 0.4 else ("l.a", "l.b", "l")
        # Roles and counts together would be too many requests.
        self.asks = rng.choice(("found", "count", "roles"))
        self.has_fields = rng.random() < 0.5

    def lines(self) -> Iterator[str]:
        yield 'policy random version "1"'
        yield from self._fields()
        yield from self._facts()
        if self.has_labels:
            yield from ("label l.a", "label l.b")
            if "m" in self.labels:
                yield "label m" + self._pick("", " under l.a", " under l")
            yield "detector d1 -> l.a { match /AB[0-9]/ }"
            yield self._pick(
                "detector d2 -> l.b { match /CD[0-9]/ }",
                'detector d2 -> l.b { model "names" class PER }',
            )
        yield from (self._target(index) for index in range(self.targets))
        yield from (self._rule(index) for index in range(self.rng.randint(1, 5)))
        yield from self._together()

    def _pick(self, *options: str) -> str:
        return self.rng.choice(options)

    # --- declarations ------------------------------------------------------------------

    def _fields(self) -> Iterator[str]:
        if self.has_fields:
            yield "field level : int in 0 .. 4"
            yield "field open : bool default false"

    def _facts(self) -> Iterator[str]:
        for index in range(self.rng.randint(1, 2)):
            kind = self._pick("bool", "bool", *FACTS)
            written, defaults = FACTS[kind]
            default = self._pick("", "", f" default {self._pick(*defaults)}")
            if self.rng.random() < 0.1:
                default = f" stale after 5s = {self._pick(*defaults)}"
            word = "signal" if "stale" in default else "attr"
            self.facts[kind].append(f"a.{kind}{index}")
            yield f"{word} a.{kind}{index} : {written}{default}"

    def _target(self, index: int) -> str:
        parts = [f"at {self._pick('local', 'cloud')}"]
        if self.rng.random() < 0.5:
            parts.append(f'zone "{self._pick("a", "b")}"')
        if self.has_fields and self.rng.random() < 0.7:
            parts.append(f"level {self.rng.randint(0, 4)}")
        if self.has_fields and self.rng.random() < 0.5:
            parts.append("open true")
        return f"target t{index} {{ {'  '.join(parts)} }}"

    # --- conditions ----------------------------------------------------------------------

    def _condition(self, depth: int, *, target: bool, sends: bool) -> str:
        if depth > 0 and self.rng.random() < 0.55:
            one, other = (self._condition(depth - 1, target=target, sends=sends) for _ in "ab")
            return self._pick(f"({one} and {other})", f"({one} or {other})", f"not ({one})")
        leaves = list(self._leaves(target=target))
        if self.has_labels:
            label = self._pick(*self.labels)
            roles = self._pick("", " from user") if self.asks == "roles" else ""
            leaves += [f"found {label}{roles}"] * 2
            if self.asks == "count":
                leaves.append(f"count {label} {self._pick('>', '<', '==')} 1")
            if sends and target:
                leaves += [f"sends {label}{self._pick(*BELOW)}{roles}"] * 3
        return self.rng.choice(leaves)

    def _leaves(self, *, target: bool) -> Iterator[str]:
        op = self._pick("==", "!=", "<", "<=", ">", ">=")
        for name in self.facts["bool"]:
            yield from (name, f"not {name}")
        for name in self.facts["int"]:
            yield f"{name} {op} {self.rng.randint(0, 3)}"
            yield f"{name} in {self.rng.randint(0, 2)} .. 2"
            if target and self.has_fields:
                yield f"{name} + 1 {op} target.level"
        for name in self.facts["enum"]:
            yield f"{name} {self._pick('==', '!=')} {self._pick('x', 'y', 'z')}"
            yield f"{name} in {{ x, z }}"
        for name in self.facts["set"]:
            yield f"{name} has {self._pick('p', 'q')}"
        for name in self.facts["string"]:
            yield f'{name} {self._pick("==", "!=")} "{self._pick("a", "b")}"'
            yield f'{name} like "{self._pick("a*", "*b")}"'
            if target:
                yield f"{name} {self._pick('==', '!=')} target.zone"
        if target:
            yield f"target.at == {self._pick('local', 'cloud')}"
            yield f"target.name {self._pick('==', '!=')} t0"
            yield self._pick("target.up", "not target.up", "t0.up")
            if self.has_fields:
                yield self._pick("target.open", f"target.level {op} 2")

    # --- rules ---------------------------------------------------------------------------

    def _rule(self, index: int) -> str:
        kind = self._pick("restrict", "restrict", "prefer", "prefer", "block", "note")
        if self.has_labels and self.rng.random() < 0.4:
            kind = "treat"
        target, sends = kind != "block", kind not in ("treat", "block")
        parts: list[str] = []
        if self.rng.random() < (0.6 if kind == "treat" else 0.8):
            parts.append(f"when {self._condition(2, target=target, sends=sends)}")
        if self.rng.random() < 0.2:
            parts.append(f"unless {self._condition(0, target=target, sends=sends)}")
        parts.append(self._effect(kind))
        if kind != "block" and self.rng.random() < 0.15:
            parts.append(self._effect("note"))
        return f"rule r{index} {{ {self._pick(*FLOWS)}{' '.join(parts)} }}"

    def _together(self) -> Iterator[str]:
        """Rules that concern each other, which those drawn one by one seldom do."""
        if self.rng.random() < 0.4:
            yield f"rule rank {{ score if(target.name == t0, {self._pick('1', '2', '5')}, 3) }}"
        if self.has_labels and self.rng.random() < 0.3:
            label, below = self._pick(*self.labels), self._pick(*BELOW)
            yield f"rule raw {{ when sends {label}{below} and target.at == cloud deny }}"
            yield f"rule treat {{ when {self._simple()} {self._treatment()} }}"
        if self.rng.random() < 0.2:
            when, amount = self._simple(), self._pick("1", "4", "7")
            yield f"rule more {{ when {when} prefer {amount} }}"
            when = self._pick(when, when, self._simple())
            yield f"rule less {{ when {when} and {self._simple()} or {when} avoid {amount} }}"
        if self.rng.random() < 0.25:
            yield f"rule this {{ when {self._simple()} and target.name == t0 deny }}"
            yield f"rule that {{ when {self._simple()} and target.name != t0 deny }}"

    def _simple(self) -> str:
        return self._condition(0, target=True, sends=False)

    def _effect(self, kind: str) -> str:
        match kind:
            case "treat":
                return self._treatment()
            case "restrict":
                inner = self._condition(1, target=True, sends=False)
                return self._pick("deny", "deny", f"only {inner}", "hold")
            case "prefer":
                amounts = [str(self.rng.randint(0, 3)), "2", "2"]
                amounts += [f"{self.rng.randint(1, 2)} * {name}" for name in self.facts["int"]]
                return f"{self._pick('prefer', 'avoid', 'score')} {self._pick(*amounts)}"
            case "block":
                return "block"
            case _:
                return self._pick(
                    "cap max_output_tokens 5",
                    "cap max_output_tokens 9",
                    "cap reasoning_effort low",
                    'tools only "mail"',
                    "tools none",
                    'tag "seen"',
                )

    def _treatment(self) -> str:
        word, labels = self._pick(*TREATMENTS), self._pick(*self.labels)
        if self.rng.random() < 0.25:
            labels += f" except {self._pick('l.a', 'l.b')}"
        if word == "mask" and self.rng.random() < 0.4:
            labels += f" keep last {self._pick('2', '4')}"
        if word == "redact" and self.rng.random() < 0.4:
            labels += f' with "{self._pick("[a]", "[b]")}"'
        return f"{word} {labels}"
