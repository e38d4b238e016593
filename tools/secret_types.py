"""Writes the modules of `std.secrets` that are lists of issuers from `secret_types.txt`.

    python tools/secret_types.py            write stdlib-policies/secrets/<module>.epol
    python tools/secret_types.py --check    say which of them are not as they would be written

Examples are drawn from the pattern itself by a generator seeded with the type's name, so they
have an issuer's form and nobody issued them.  Near misses are made of an example: too short,
too long, all one character, another mark, no name before it; each is tried on the scanner, and
only what it does not find is written.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from epol.compiler.emit.text import regex
from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.tree import Alternation, Chars, Group, Node, Repeat, Sequence
from epol.compiler.patterns.width import width
from epol.engine.bundle.exact import Exact
from epol.engine.bundle.textplan import DetectorPlan
from epol.engine.text.candidates import Search
from epol.engine.text.encoded import Encoded
from epol.engine.text.evidence import Detector, entropy_of
from epol.engine.text.limits import Budget
from epol.lang.formatter import format_source
from epol.lang.source import Source

TABLE = Path(__file__).with_suffix(".txt")
FOLDER = Path(__file__).parents[1] / "stdlib-policies" / "secrets"

AREAS = {
    "ai": "AI providers",
    "analytics": "Analytics",
    "chain": "Block chains",
    "ci": "Continuous integration and code quality",
    "cloud": "Clouds, hosting and networks",
    "content": "Content and publishing",
    "crm": "Customers and support",
    "data": "Databases and warehouses",
    "dev": "Tools of developers",
    "devices": "Devices",
    "exchange": "Crypto exchanges",
    "flags": "Feature flags",
    "games": "Games",
    "identity": "Identity providers",
    "maps": "Maps, weather and places",
    "messaging": "Mail, messages and calls",
    "monitoring": "Monitoring and incidents",
    "office": "Office and automation",
    "payment": "Payment and banking",
    "registry": "Package registries",
    "school": "Schools",
    "search": "Search",
    "security": "Security services",
    "shipping": "Shipping",
    "shop": "Shops",
    "social": "Social networks",
    "trade": "Markets and trade",
    "travel": "Travel",
    "url": "Addresses with a password",
    "vcs": "Version control",
}

CLASSES = {
    "NAME": "[A-Za-z0-9._%+-]",
    "HOST": r"[A-Za-z0-9.\[-]",
    "URL64": "[A-Za-z0-9_-]",
    "ALNUM": "[A-Za-z0-9]",
    "UPPER": "[A-Z0-9]",
    "HEX": "[a-f0-9]",
    "B64": r"[A-Za-z0-9+\/]",
}
UUID = "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}"
PASSWORD = "(?P<value>[A-Za-z0-9!#&*+.~^_-][A-Za-z0-9!#$%&*+,.~=^()?_-]{2,99})"

LINK = r"""[\w .-]{0,40}["'`\])]{0,2}\s{0,4}(?:[=:>|?,(]{1,5}|is|key|token|secret)[\s"'`]{0,9}"""
"""What may stand between an issuer's name and the value: the rest of the name, and `=`, `:`,
`:=`, `=>`, `>`, `,`, a call's `(`, or the words of a sentence."""

STOPWORDS = ("example", "placeholder", "changeme", "redacted", "abcdefgh", "xxxx", "your")
SHORT_NAME = 5
MOST_ENTROPY = 3.5
SHARE = 0.8
DRAWS = 100
TRIES = 400
WIDTH = 100


class Draw:
    """Strings that match a pattern."""

    def __init__(self, seed: str, filler: str | None = None) -> None:
        self.random = random.Random(seed)
        self.filler = filler

    def text(self, node: Node) -> str:
        """One string; with a filler its classes are that character wherever they can be."""
        match node:
            case Chars(set=chars):
                return self._char(_printable(chars))
            case Sequence(items=items):
                return "".join(map(self.text, items))
            case Alternation(options=options):
                return self.text(options[0] if self.filler else self.random.choice(options))
            case Group(item=item):
                return self.text(item)
            case Repeat(item=item, low=low, high=high):
                most = low + 12 if high is None else min(high, low + 12)
                times = low if self.filler else self.random.randint(low, most)
                return "".join(self.text(item) for _ in range(times))
            case _:
                return ""

    def _char(self, characters: str) -> str:
        if self.filler and len(characters) > 2:
            wanted = (self.filler, self.filler.upper(), "0", "1")
            return next((c for c in wanted if c in characters), characters[0])
        if len(characters) > 40 and self.random.random() < 0.9:
            return self.random.choice(_plain(characters))
        return self.random.choice(characters)


@cache
def _printable(chars: CharSet) -> str:
    return "".join(chr(point) for point in range(0x20, 0x7F) if chars.has(point))


@cache
def _plain(characters: str) -> str:
    return "".join(filter(str.isalnum, characters))


@dataclass(frozen=True)
class Type:
    """A line of the table."""

    name: str
    label: str
    pattern: str
    url: str
    title: str

    @property
    def issuer(self) -> str:
        """Who issues it."""
        return self.title.partition(":")[0]

    @property
    def names(self) -> str | None:
        """The issuer's names as a pattern, if the value has no mark of its own."""
        return self.pattern.split("@", 2)[1] if self.pattern.startswith("@") else None

    @cached_property
    def value(self) -> str:
        """The pattern of the credential, classes written out."""
        value = self.pattern.split("@", 2)[2] if self.names else self.pattern
        for name, chars in CLASSES.items():
            value = value.replace(name + "{", chars + "{")
        return value.replace("UUID", UUID).replace("PASSWORD", PASSWORD)

    @cached_property
    def match(self) -> str:
        """The whole pattern."""
        end = r"\b" if self._ends_in_word else ""
        if self.names:
            names = f"(?:{self.names})" if "|" in self.names else self.names
            return f"(?i:{names}{LINK})(?P<value>{self.value}){end}"
        start = r"\b" if all(map(_is_word, _edge(self.value_tree, 0))) else ""
        whole = f"(?:{self.value})" if _alternatives(self.value) > 1 else self.value
        return f"{start}{whole}{end}"

    @property
    def left(self) -> bool:
        """Whether the name is so short that it could end a longer word."""
        if self.names is None:
            return False
        runs = [re.match("[a-z0-9]*", each) for each in _options(self.names)]
        return any(run is not None and run.end() <= SHORT_NAME for run in runs)

    @property
    def right(self) -> bool:
        r"""Whether the end may be no word character, so that `\b` would not do there."""
        return not self._ends_in_word and any(map(_is_word, _edge(self.value_tree, -1)))

    @cached_property
    def _ends_in_word(self) -> bool:
        return all(map(_is_word, _edge(self.value_tree, -1)))

    @cached_property
    def entropy(self) -> float:
        """So much that nearly every random value has it, a tenth of a bit rounded down."""
        least = min(entropy_of(self._value_of(self.drawn(i))) for i in range(DRAWS))
        return min(MOST_ENTROPY, int(SHARE * least * 10) / 10)

    def _value_of(self, drawn: str) -> str:
        """What is judged of a drawn string."""
        if "(?P<value>" not in self.value:
            return drawn
        found = re.search(self.value, drawn)
        assert found is not None, self.name
        return found["value"]

    @property
    def stopwords(self) -> tuple[str, ...]:
        """None where a value has no letters for them."""
        letters = "".join(self.drawn(i) for i in range(20)).lower()
        return STOPWORDS if {"x", "y", "m"} <= set(letters) else ()

    @property
    def checks(self) -> tuple[str, ...]:
        """A password in a URL is whatever its user chose, so it may be a placeholder."""
        return ("secret",) if "PASSWORD@" in self.pattern else ()

    def drawn(self, number: int, filler: str | None = None) -> str:
        """The credential, drawn; each number gives another."""
        return Draw(f"{self.name} {number}", filler).text(self.value_tree)

    @cached_property
    def value_tree(self) -> Node:
        """The credential."""
        return parse(self.value, "")

    @cached_property
    def tree(self) -> Node:
        """The issuer's names."""
        return parse(self.names or self.name, "i")

    @property
    def variable(self) -> str:
        """What a program would call it."""
        kind = "_" + self.name.rsplit("_", 1)[-1]
        if not self.names or re.match(rf"(?:{self.names})", self.name, re.IGNORECASE):
            return self.name
        name = re.sub(r"[^a-z0-9_]+", "_", Draw(self.name, "_").text(self.tree).lower())
        return name.strip("_") + ("" if name.strip("_").endswith(kind) else kind)

    def written(self, number: int, value: str, *, named: bool = True) -> str:
        """A credential as it stands in somebody's text."""
        name = self.variable if named else "checksum"
        host = "https://acme" if value.startswith(".") else ""
        shapes: tuple[str, ...] = ("{upper}={value}", "{name}: '{value}'", "use {value} here")
        if not named:
            shapes = ("{name} of the build {value}",)
        elif self.names:
            shapes = ("{upper} = '{value}'", "{name}: {value}", "my {name} is {value}")
        shape = shapes[number % len(shapes)]
        if "'" in value or '"' in value:
            shape = "{value}"
        return shape.format(upper=name.upper(), name=name, value=host + value)

    @cached_property
    def detector(self) -> Detector:
        """The detector as the scanner has it."""
        plan = DetectorPlan(
            self.name,
            "secret",
            (regex(self.match, ""),),
            checks=self.checks,
            stopwords=self.stopwords,
            entropy=self.entropy,
            left=("letter",) if self.left else (),
            right=("word",) if self.right else (),
        )
        return Detector(plan)

    @cached_property
    def exact(self) -> Exact:
        """The pattern, compiled."""
        return Exact(self.detector.plan.regexes[0].exact)

    def finds(self, text: str) -> bool:
        """Whether the detector finds something."""
        encoded, budget = Encoded(text), Budget()

        judge = self.detector.judging(bounded=False)
        search = Search(self.exact, judge, self.detector.plan.regexes[0].reach)
        return any(True for _ in search.spans(encoded, 0, budget))

    def examples(self) -> list[str]:
        """Three that are found."""
        texts = (self.written(i, self.drawn(i)) for i in range(TRIES))
        return _first(3, (text for text in texts if self.finds(text)), self.name)

    def counterexamples(self) -> list[str]:
        """Three that nearly are."""
        texts = (text for text in self._near_misses() if not self.finds(text))
        return _first(3, texts, self.name)

    def _near_misses(self) -> Iterator[str]:
        value = self.drawn(7)
        for cut in range(1, len(value) - 2):
            text = self.written(0, value[:-cut])
            if not self.finds(text):
                yield text
                break
        yield self.written(1, self.drawn(0, "x"))
        if self.names:
            yield self.written(0, self.drawn(8), named=False)
        yield from (self.written(2, each) for each in _otherwise_marked(self.drawn(9)))
        yield self.written(0, value + "Z9")
        yield self.written(2, value[: len(value) // 2] + "..." + value[-2:])


def _edge(node: Node, which: int) -> str:
    """The characters that may stand first (0) or last (-1)."""
    match node:
        case Chars(set=chars):
            return _printable(chars)
        case Alternation(options=options):
            return "".join(_edge(option, which) for option in options)
        case Group(item=item) | Repeat(item=item):
            return _edge(item, which)
        case Sequence(items=items):
            ordered = items if which == 0 else items[::-1]
            inner = [item for item in ordered if width(item)[1] != 0]
            needed = next((i for i, item in enumerate(inner) if width(item)[0]), len(inner))
            return "".join(_edge(item, which) for item in inner[: needed + 1])
        case _:
            return ""


def _otherwise_marked(value: str) -> Iterator[str]:
    """The value with its mark in other letters."""
    for at, char in enumerate(value[:12]):
        if char.isalpha():
            yield value[:at] + ("q" if char.islower() else "Q") + value[at + 1 :]


def _first(number: int, texts: Iterator[str], name: str) -> list[str]:
    found: list[str] = []
    for text in texts:
        if text not in found:
            found.append(text)
        if len(found) == number:
            return found
    raise SystemExit(f"{name}: {len(found)} texts, not {number}")


def _is_word(char: str) -> bool:
    return char == "_" or char.isalnum()


def _alternatives(pattern: str) -> int:
    return len(_options(pattern))


def _options(pattern: str) -> list[str]:
    """What stands between the outermost `|`, without a group's parentheses in front."""
    node = parse(pattern, "")
    options = node.options if isinstance(node, Alternation) else (node,)
    return [pattern[o.start : o.end].removeprefix("(?:") for o in options]


@dataclass
class Module:
    """A section of the table."""

    name: str
    about: str
    types: list[Type] = field(default_factory=list[Type])

    def text(self) -> str:
        """The module as epol."""
        lines = [*self._head(), *self._labels(), *self._detectors()]
        formatted = format_source(Source(self.name, "\n".join(lines)))
        assert formatted is not None, self.name
        return formatted

    def _head(self) -> Iterator[str]:
        yield f"# {self.about}."
        yield "#"
        yield "# Above each detector is where the issuer describes the credential.  What has a mark"
        yield "# of its own is found by the mark; what has none is found by the issuer's name"
        yield "# before it, as in `NAME_TOKEN = …`, `name: …`, `<name>…` or `my name key is …`."
        yield "# Examples are random and were never issued.  Written by tools/secret_types.py from"
        yield "# the table beside it; change them there."
        yield f"module std.secrets.{self.name}"
        yield ""
        yield "import std.secrets.labels"
        yield ""

    def _labels(self) -> Iterator[str]:
        issuers: dict[str, str] = {}
        kinds: dict[str, set[str]] = {}
        for each in self.types:
            issuers.setdefault(each.label, each.issuer)
            kinds.setdefault(each.label, set()).add(_kind(each.name))
        for area in sorted({label.partition(".")[0] for label in issuers}):
            yield f'label secret.{area} "{AREAS[area]}"'
        for label in sorted(issuers):
            under = ", ".join(f"secret.{kind}" for kind in sorted(kinds[label]))
            yield f'label secret.{label} "{issuers[label]}" under {under}'

    def _detectors(self) -> Iterator[str]:
        for each in self.types:
            yield ""
            yield f"# {each.title}."
            yield f"# https://{each.url}"
            yield f"detector {each.name} -> secret.{each.label} {{"
            yield f"  match /{each.match}/"
            if each.left:
                yield "  left not letter"
            if each.right:
                yield "  right not word"
            if each.stopwords:
                yield "  stopwords " + ", ".join(f'"{word}"' for word in each.stopwords)
            yield from (f"  check {check}" for check in each.checks)
            yield f"  entropy {each.entropy:g}"
            if each.names:
                yield "  score 80"
            yield from _listed("example", each.examples())
            yield from _listed("counterexample", each.counterexamples())
            yield "}"
        yield ""


def _kind(name: str) -> str:
    """Which of the labels of kinds a type is under."""
    last = name.rsplit("_", 1)[-1]
    return {"password": "password", "key": "key", "secret": "key"}.get(last, "token")


def _listed(word: str, texts: list[str]) -> Iterator[str]:
    literals = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    one_line = f"  {word} {', '.join(literals)}"
    if len(one_line) <= WIDTH:
        yield one_line
        return
    yield f"  {word}"
    yield from (f"    {each}," for each in literals[:-1])
    yield f"    {literals[-1]}"


def modules() -> Iterator[Module]:
    """The table, read."""
    module: Module | None = None
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            if module is not None:
                yield module
            name, _, about = line[1:].partition("] ")
            module = Module(name, about)
            continue
        assert module is not None
        module.types.append(Type(*re.split(" {2,}", line.strip())))
    if module is not None:
        yield module


def main(arguments: list[str]) -> int:
    """Write the modules, or compare them."""
    stale = 0
    for module in modules():
        path = FOLDER / f"{module.name}.epol"
        text = module.text()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale += 1
            print(f"{path.name}: not as it would be written")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
