"""What the documentation says of one standard module: its own text and what it declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

from tools.markdown import code, fenced, table

from epol.compiler.test_policies import test_policy_of
from epol.lang import ast
from epol.lang.parser import parse
from epol.lang.source import Source

Node = TypeVar("Node", bound=ast.Node)

CREDENTIAL = re.compile(r"(?P<issuer>.+?): (?P<what>.+)\. (?P<url>https?://\S+)")
"""The comment above a detector that tools/secret_types.py has written."""

ALONE = "_alone"
"""How detectors end that find what another one finds, where a text is nothing else."""

_WAYS: dict[type[ast.Node], str] = {
    ast.Match: "patterns",
    ast.WordList: "words",
    ast.DetectorModel: "a model",
    ast.Near: "words nearby",
}
_NO_EFFECTS = ast.OnFlow | ast.When | ast.Because


class Section:
    """One module: its text and tree."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self.source = Source(name, path.read_text(encoding="utf-8"))
        self.declarations = parse(self.source).file.declarations

    def nodes(self, kind: type[Node]) -> list[Node]:
        """The declarations of a kind."""
        return [node for node in self.declarations if isinstance(node, kind)]

    def imports(self) -> set[str]:
        """The standard modules that it imports."""
        return {n.target.text for n in self.nodes(ast.Import) if isinstance(n.target, ast.Name)}

    def tests(self) -> Path | None:
        """The policy that tests it."""
        return test_policy_of(self.path)

    def parts(self) -> Iterator[str]:
        """What the page says below the name of the module."""
        lines = self.source.text.splitlines()
        yield _prose(takewhile(lambda line: line.startswith("#"), lines))
        imported = ", ".join(f"`{name}`" for name in sorted(self.imports()))
        yield f"Imports {imported}." if imported else ""
        credentials = self._credentials()
        for title, columns, rows in self._tables(listed=bool(credentials)):
            if rows:
                yield f"### {title} of {self.name}"
                yield table(columns, rows)
        if credentials:
            yield f"### Credentials that {self.name} finds"
            yield table("issuer | label | credentials, and where the issuer describes them",
                        credentials)  # fmt: skip
        yield self._left_out()
        for title, spans in (
            ("Rules", [node.span for node in self.nodes(ast.Rule)]),
            ("Claims", [node.span for node in self.nodes(ast.Prove)]),
        ):
            if spans:
                yield f"### {title} of {self.name}, as they are written"
                yield fenced("\n\n".join(span.text for span in spans).splitlines())

    def _tables(self, *, listed: bool) -> Iterator[tuple[str, str, list[str]]]:
        """The tables; where credentials are `listed`, without labels and detectors."""
        yield "Params", "param | type | default | ", self._rows(ast.Param, self._typed)
        facts = self._rows(ast.InputDecl, self._fact)
        yield "Facts", "name | type | where it is not given | ", facts
        yield "Target fields", "field | type | default | ", self._rows(ast.Field, self._typed)
        if not listed:
            labels = self._rows(ast.LabelDecl, _label)
            yield "Labels", "label | description | further parents | generalized by", labels
            shown = (node for node in self.nodes(ast.Detector) if not self._is_repeated(node))
            yield "Detectors", "detector | finds | with | source", [*map(self._detector, shown)]
        yield "Rules", "rule | flow | does | source", self._rows(ast.Rule, self._rule)

    def _rows(self, kind: type[Node], row: Callable[[Node], str]) -> list[str]:
        return [row(node) for node in self.nodes(kind)]

    def _typed(self, node: ast.Param | ast.Field) -> str:
        default = code(node.default.span) if node.default else "none"
        return _cells(f"`{node.name.text}`", code(node.type.span), default, self._said(node))

    def _fact(self, node: ast.InputDecl) -> str:
        missing = [f"{code(s.value.span)}, stale after {s.after.text}" for s in node.stales]
        missing += [code(default.span) for default in node.defaults]
        origin = code(node.origin.span) if node.origin else ""
        name = f"{node.keyword} `{node.name.text}`"
        default = missing[0] if missing else "unknown"
        return _cells(name, code(node.type.span), default, self._said(node) or origin)

    def _detector(self, node: ast.Detector) -> str:
        checks = [n.text for item in node.items if isinstance(item, ast.Check) for n in item.names]
        used = [way for kind, way in _WAYS.items() if any(isinstance(i, kind) for i in node.items)]
        used += [f"check {name}" for name in checks]
        finds = f"`{node.label.text}`"
        return _cells(f"`{node.name.text}`", finds, ", ".join(used), self._above(node))

    def _rule(self, node: ast.Rule) -> str:
        flows = [item.flow.text for item in node.items if isinstance(item, ast.OnFlow)]
        effects = [code(item.span) for item in node.items if not isinstance(item, _NO_EFFECTS)]
        reasons = [item.text.value for item in node.items if isinstance(item, ast.Because)]
        said = [*reasons, self._above(node)]
        told = ". ".join(each.rstrip(".") for each in said if each)
        return _cells(f"`{node.name.text}`", flows[0] if flows else "request",
                      ", ".join(effects), told)  # fmt: skip

    def _credentials(self) -> list[str]:
        """A row for each issuer, where each detector says which credential of whose it finds."""
        found: dict[tuple[str, str], list[str]] = {}
        for node in self.nodes(ast.Detector):
            told = CREDENTIAL.fullmatch(self._above(node))
            if told is None:
                return []
            row = found.setdefault((told["issuer"], node.label.text), [])
            row.append(f"[{told['what']}]({told['url']})")
        return [_cells(issuer, f"`{label}`", ", ".join(what))
                for (issuer, label), what in found.items()]  # fmt: skip

    def _is_repeated(self, node: ast.Detector) -> bool:
        names = {each.name.text for each in self.nodes(ast.Detector)}
        return node.name.text.endswith(ALONE) and node.name.text.removesuffix(ALONE) in names

    def _left_out(self) -> str:
        count = sum(self._is_repeated(node) for node in self.nodes(ast.Detector))
        if not count:
            return ""
        what = "One more detector finds" if count == 1 else f"{count} more detectors find"
        return f"{what} the same where a text is nothing else, as in a form's field (`…{ALONE}`)."

    def _said(self, node: ast.Node) -> str:
        """The comment behind a declaration, on its last line, or that above it."""
        line = self.source.text[node.span.end :].split("\n", 1)[0].strip()
        return _prose([line]) if line.startswith("#") else self._above(node)

    def _above(self, node: ast.Node) -> str:
        """The comment lines directly above a declaration; lines between parts are none."""
        before = self.source.text[: node.span.start].splitlines()
        lines = list(takewhile(lambda line: line.startswith("#"), reversed(before)))
        return _prose(line for line in reversed(lines) if "# ---" not in line).replace("\n", " ")


def _label(node: ast.LabelDecl) -> str:
    description = node.description.value if node.description else ""
    under = ", ".join(f"`{name.text}`" for name in node.under)
    methods = ", ".join(" ".join(m.span.text.split()) for m in node.generalize)
    return _cells(f"`{node.name.text}`", description, under, methods)


def _cells(*cells: str) -> str:
    return " | ".join(cells)


def _prose(lines: Iterable[str]) -> str:
    """Comment lines as text; an empty one separates paragraphs."""
    text = "\n".join(line.lstrip("#").strip() for line in lines)
    return re.sub(r"\.  +", ". ", text).strip()
