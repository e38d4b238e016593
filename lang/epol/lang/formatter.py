"""The canonical form of a file: its tree printed, every comment kept.

A block (`rule`, `target`, `detector`, `test`, `prove`) stays on one line if it was
written on one, holds no comment and fits; else each of its items has its own line.
A blank line between two things stays one blank line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from epol.lang import ast
from epol.lang import printing as p
from epol.lang.lexer import Comment
from epol.lang.parser import Parsed, parse
from epol.lang.source import Source, Span

WIDTH = 100
INDENT = "  "


def format_source(source: Source) -> str | None:
    """The canonical text of a file, or None if it does not parse."""
    parsed = parse(source)
    return None if parsed.diagnostics else format_file(parsed)


def format_file(parsed: Parsed) -> str:
    """The canonical text of a file that parsed without errors."""
    run = _Run(parsed)
    for node in parsed.file.declarations:
        run.declaration(node)
    run.comments_before(len(parsed.file.source.text) + 1, "")
    return "".join(f"{line}\n" for line in run.lines)


@dataclass
class _Run:
    """One formatting: lines so far, comments still to come, the last source line reached."""

    parsed: Parsed
    lines: list[str] = field(default_factory=list[str])
    last_line: int | None = None

    def __post_init__(self) -> None:
        self.waiting = sorted(self.parsed.comments, key=lambda comment: comment.start)

    # --- comments and blank lines ----------------------------------------------------

    def line_of(self, offset: int) -> int:
        return self.parsed.file.source.position(offset).line

    def gap(self, start_line: int) -> None:
        """Keep one blank line where the source has any before `start_line`."""
        if self.last_line is not None and start_line - self.last_line > 1:
            self.lines.append("")

    def take(self, before: int) -> list[Comment]:
        """The waiting comments that begin before an offset."""
        taken = [comment for comment in self.waiting if comment.start < before]
        self.waiting = self.waiting[len(taken) :]
        return taken

    def comments_before(self, offset: int, indent: str) -> None:
        """Print the waiting comments that stand before an offset, each on its line."""
        for comment in self.take(offset):
            line = self.line_of(comment.start)
            self.gap(line)
            self.lines.append(indent + comment.text)
            self.last_line = line

    def inside(self, span: Span) -> bool:
        return any(span.start <= comment.start < span.end for comment in self.waiting)

    def trailing(self, end: int) -> None:
        """Put a comment that stands behind `end` on its line behind the last line printed."""
        line = self.line_of(max(end - 1, 0))
        first = self.waiting[0] if self.waiting else None
        if first is not None and self.line_of(first.start) == line:
            between = self.parsed.file.source.text[end : first.start]
            if not between.strip(" \t,}"):
                self.waiting = self.waiting[1:]
                self.lines[-1] += f"  {first.text}"

    def hoist(self, span: Span, indent: str) -> None:
        """Comments in the middle of something that is printed whole go before it."""
        for comment in self.take(span.end):
            self.lines.append(indent + comment.text)

    # --- declarations ----------------------------------------------------------------

    def declaration(self, node: ast.Declaration) -> None:
        self.comments_before(node.span.start, "")
        self.gap(self.line_of(node.span.start))
        block = _block(node)
        if block is None:
            self.hoist(node.span, "")
            self.lines += layout(_line(node), "")
        else:
            self.block(node.span, *block)
        self.last_line = self.line_of(node.span.end - 1)
        self.trailing(node.span.end)

    def block(self, span: Span, head: str, items: Sequence[tuple[Span, str]]) -> None:
        source = self.parsed.file.source
        brace = source.text.find("{", span.start)
        after = source.text[brace + 1 : items[0][0].start] if items else ""
        one_line = " ".join([head, "{", *(text for _, text in items), "}"]).replace(p.BREAK, " ")
        fits = len(one_line) <= WIDTH and "\n" not in after
        if fits and not self.inside(span):
            self.lines.append(one_line)
            return
        if not items:
            self.hoist(span, "")
            self.lines.append(f"{head} {{ }}")
            return
        self.hoist(source.span(span.start, brace), "")
        self.lines.append(f"{head} {{")
        self.last_line = self.line_of(brace)
        self.trailing(brace + 1)
        self.last_line = None
        for item, text in items:
            self.item(item, text)
        self.last_line = None if not self.inside(span) else self.last_line
        self.comments_before(span.end, INDENT)
        self.lines.append("}")

    def item(self, span: Span, text: str) -> None:
        self.comments_before(span.start, INDENT)
        self.gap(self.line_of(span.start))
        self.hoist(span, INDENT)
        self.lines += layout(text, INDENT)
        self.last_line = self.line_of(span.end - 1)
        self.trailing(span.end)


def layout(text: str, indent: str) -> list[str]:
    """A text with possible breaks as one line if it fits, else filled lines."""
    whole = indent + text.replace(p.BREAK, " ")
    if len(whole) <= WIDTH or p.BREAK not in text:
        return [whole]
    lines = [indent]
    for i, piece in enumerate(text.split(p.BREAK)):
        joined = f"{lines[-1]} {piece}" if i else lines[-1] + piece
        if i and len(joined) > WIDTH:
            lines.append(f"{indent}{INDENT}{piece}")
        else:
            lines[-1] = joined
    return lines


def _block(node: ast.Declaration) -> tuple[str, list[tuple[Span, str]]] | None:
    """The head and items of a declaration in braces."""
    match node:
        case ast.Detector(name=name, label=label, items=items):
            head = f"detector {name.text} -> {label.text}"
            return head, [(item.span, p.detector_item(item)) for item in items]
        case ast.Target(name=name, fields=fields):
            return f"target {name.text}", [(item.span, p.target_field(item)) for item in fields]
        case ast.Rule(name=name, items=items):
            return f"rule {name.text}", [(item.span, p.rule_item(item)) for item in items]
        case ast.Prove(name=name, flow=flow, claim=claim):
            on = [(flow.span, f"on {flow.text}")] if flow else []
            return f"prove {name.text}", [*on, (claim.span, p.claim(claim))]
        case ast.Test(title=title, items=items):
            head = f"test {p.string(title.value)}"
            return head, [(item.span, p.test_item(item)) for item in items]
        case _:
            return None


def _head(node: ast.PolicyHead | ast.ModuleHead) -> str:
    keyword = "policy" if isinstance(node, ast.PolicyHead) else "module"
    version = f" version {p.string(node.version.value)}" if node.version else ""
    language = f" language {node.language.text}" if node.language else ""
    return f"{keyword} {node.name.text}{version}{language}"


def _import(node: ast.Import) -> str:
    target = node.target.text if isinstance(node.target, ast.Name) else p.string(node.target.value)
    settings = p.listed(f"{s.name.text} = {p.constant(s.value)}" for s in node.settings)
    return f"import {target}" + (f" with {{ {settings} }}" if settings else "")


def _typed(keyword: str, node: ast.Param | ast.Field) -> str:
    default = f" default {p.constant(node.default)}" if node.default is not None else ""
    return f"{keyword} {node.name.text} : {p.type_(node.type)}{default}"


def _input(node: ast.InputDecl) -> str:
    parts = [f"{node.keyword} {node.name.text} : {p.type_(node.type)}"]
    parts += [p.origin(node.origin)] if node.origin else []
    parts += [f"default {p.constant(value)}" for value in node.defaults]
    parts += [f"stale after {s.after.text} = {p.constant(s.value)}" for s in node.stales]
    return p.BREAK.join(parts)


def _label(node: ast.LabelDecl) -> str:
    description = f" {p.string(node.description.value)}" if node.description else ""
    under = f" under {p.names(node.under)}" if node.under else ""
    methods = "".join(f" generalize by {p.method(method)}" for method in node.generalize)
    return f"label {node.name.text}{description}{under}{methods}"


def _line(node: ast.Declaration) -> str:
    """A declaration that has no braces of its own."""
    match node:
        case ast.PolicyHead() | ast.ModuleHead():
            return _head(node)
        case ast.Import():
            return _import(node)
        case ast.Param():
            return _typed("param", node)
        case ast.Field():
            return _typed("field", node)
        case ast.InputDecl():
            return _input(node)
        case ast.Let(name=name, value=value):
            return f"let {name.text} = {p.expression(value)}"
        case ast.LabelDecl():
            return _label(node)
        case _:
            raise TypeError(f"{type(node).__name__} is printed as a block")
