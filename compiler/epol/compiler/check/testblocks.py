"""`test` blocks: what is given, and what is expected of the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from epol.compiler.check.arithmetic import TYPE_MISMATCH
from epol.compiler.check.comparisons import UNKNOWN_TARGET
from epol.compiler.check.constants import read_constant
from epol.compiler.check.expressions import Expressions
from epol.compiler.check.labels import expand
from epol.compiler.check.references import UNKNOWN_ATTRIBUTE
from epol.compiler.check.words import word
from epol.compiler.resolve.loader import LoadedFile
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.build import DUPLICATE_ITEM
from epol.lang.builtins import CAPS, EFFORTS, FLOWS, ROLES, TREATMENTS
from epol.lang.diagnostics import define
from epol.lang.literals import Kind, parse_number
from epol.lang.model import Counts, Expectation, TestInfo, Value
from epol.lang.types import MAX_INT, NumericType

UNKNOWN_RULE = define(
    "unknown-rule",
    "a test expects a rule that does not exist",
    "A rule of the policy is named as it is declared, a module's rule with the module's name "
    "before it: `std.edge.fits_context`.",
    bad='rule a { when not net.online deny }\ntest "t" { expect fired b }',
    good='rule a { when not net.online deny }\ntest "t" { expect fired a }',
)
UNKNOWN_HAS_DEFAULT = define(
    "unknown-has-default",
    "a test sets something unknown that never is",
    "An attribute or signal with a `default` or a stale value is never unknown: that value "
    "stands in. Only one with neither can be set unknown.",
    bad='test "t" { set request.tokens unknown expect route ward }',
    good='test "t" { set task.complexity unknown expect route ward }',
)
TEST_INCOMPLETE = define(
    "test-incomplete",
    "a test expects nothing, or does not say what it needs to",
    "A test has at least one `expect`. Off the flow `request` it begins with `on FLOW from "
    "TARGET`, the target that produced the content; on it, no target is named.",
    bad='test "t" { set request.tokens = 5 }',
    good='test "t" { set request.tokens = 5 expect route ward }',
)


def check_tests(expressions: Expressions) -> tuple[TestInfo, ...]:
    """All tests of the build; one with an error is left out."""
    nodes = expressions.scope.nodes(ast.Test)
    return read_tests(expressions, ((f, n) for f, n in nodes if isinstance(n, ast.Test)))


def read_tests(
    expressions: Expressions, nodes: Iterable[tuple[LoadedFile, ast.Test]]
) -> tuple[TestInfo, ...]:
    """Tests as if they stood in files of the build; one with an error is left out."""
    rules = frozenset(
        file.qualified(node.name.text)
        for file, node in expressions.scope.nodes(ast.Rule)
        if isinstance(node, ast.Rule)
    )
    tests = [_Test(expressions, file, node, rules).read() for file, node in nodes]
    return tuple(test for test in tests if test is not None)


class _Test:
    """The reading of one test."""

    def __init__(
        self, expressions: Expressions, file: LoadedFile, node: ast.Test, rules: frozenset[str]
    ) -> None:
        self.expressions = expressions
        self.scope: Scope = expressions.scope
        self.file = file
        self.node = node
        self.rules = rules
        self.inputs: dict[str, Value] = {}
        self.unknown: set[str] = set()
        self.labels: dict[str, Counts] = {}
        self.assigned: set[str] = set()

    def read(self) -> TestInfo | None:
        before = len(self.scope.diagnostics)
        flow, target = self._flow()
        texts = [self._text(item) for item in self.node.items if isinstance(item, ast.TestText)]
        for item in self.node.items:
            if isinstance(item, ast.TestSet):
                for assignment in item.assignments:
                    self._assign(assignment)
        expects = [item for item in self.node.items if isinstance(item, ast.Expect)]
        if not expects:
            self.scope.report(TEST_INCOMPLETE, self.node.title.span, "this test expects nothing")
        expectations = tuple(self._expectation(item) for item in expects)
        if len(self.scope.diagnostics) > before:
            return None
        return TestInfo(
            self.node.title.value, flow, target, tuple(texts), self.inputs, self.labels,
            expectations, self.node.title.span, frozenset(self.unknown),
        )  # fmt: skip

    def _flow(self) -> tuple[str, str | None]:
        items = [item for item in self.node.items if isinstance(item, ast.TestFlow)]
        for extra in items[1:]:
            self.scope.report(DUPLICATE_ITEM, extra.span, "a test has one `on`")
        if not items:
            return "request", None
        flow = word(self.scope, items[0].flow, FLOWS, "a flow")
        source = items[0].target
        if flow is not None and (flow == "request") == (source is not None):
            need = "names no target" if source else "needs `from TARGET`"
            message = f"a test of the flow `{flow}` {need}"
            self.scope.report(TEST_INCOMPLETE, items[0].span, message)
        return flow or "request", None if source is None else self._target(source)

    def _text(self, item: ast.TestText) -> tuple[str, str]:
        role = "user" if item.role is None else word(self.scope, item.role, ROLES, "a role")
        return role or "user", item.text.value

    def _target(self, name: ast.Name) -> str:
        if name.text not in self.scope.targets:
            message = f"`{name.text}` is not a target"
            self.scope.unknown(UNKNOWN_TARGET, name, message, self.scope.targets)
        return name.text

    # --- set -------------------------------------------------------------------------

    def _assign(self, node: ast.Assign | ast.AssignLabel) -> None:
        if isinstance(node, ast.AssignLabel):
            self._assign_label(node)
            return
        self._once(node.name.text, node)
        info = self.scope.inputs.get(node.name.text)
        if info is None:
            message = f"`{node.name.text}` is not an attribute or signal"
            self.scope.unknown(UNKNOWN_ATTRIBUTE, node.name, message, self.scope.inputs)
        elif node.value is not None:
            value = read_constant(self.expressions, node.value, info.type)
            if value is not None:
                self.inputs[info.name] = value
        elif info.fallback is not None:
            message = f"`{info.name}` has a default, so it is never unknown"
            self.scope.report(UNKNOWN_HAS_DEFAULT, node.span, message)
        else:
            self.unknown.add(info.name)

    def _assign_label(self, node: ast.AssignLabel) -> None:
        name = node.label.text
        roles = tuple(r.text for r in node.roles) if node.roles else ("user",)
        for role in node.roles or ():
            word(self.scope, role, ROLES, "a role")
        expand(self.scope, node.label)
        if name not in self.scope.labels:
            if name == "any":
                message = "a test sets one label at a time"
                self.scope.report(TYPE_MISMATCH, node.label.span, message)
            return
        if name in self.labels and (node.count is None or self.labels[name] is None):
            self.scope.report(DUPLICATE_ITEM, node.span, f"`{name}` is set already")
            return
        if node.count is None:
            self.labels[name] = None
            return
        quantity = parse_number(node.count.text)
        if quantity.kind != Kind.INT or quantity.value > MAX_INT:
            message = "a count of spans is a whole number"
            self.scope.report(TYPE_MISMATCH, node.count.span, message)
            return
        known = self.labels.get(name) or {}
        for word_ in roles:
            self._once(f"{name} from {word_}", node)
        self.labels[name] = {**known, **dict.fromkeys(roles, quantity.value)}

    def _once(self, name: str, node: ast.Assign | ast.AssignLabel) -> None:
        if name in self.assigned:
            self.scope.report(DUPLICATE_ITEM, node.span, f"`{name}` is set already")
        self.assigned.add(name)

    # --- expect ----------------------------------------------------------------------

    def _expectation(self, node: ast.Expect) -> Expectation:
        names = tuple(name.text for name in node.names)
        match node.kind:
            case "route" | "hold" | "order" | "score":
                for name in node.names:
                    self._target(name)
            case "treatment":
                expand(self.scope, node.names[0])
            case "fired" | "not-fired":
                names = tuple(self._rule(name) for name in node.names)
            case _:
                pass
        on = None if node.on is None else self._target(node.on)
        treatment = TREATMENTS[node.word] if node.word else None
        value = self._value(node)
        return Expectation(node.kind, node.span, names, treatment, on, value)

    def _rule(self, name: ast.Name) -> str:
        qualified = self.file.qualified(name.text)
        if qualified in self.rules:
            return qualified
        if name.text not in self.rules:
            message = f"there is no rule `{name.text}`"
            self.scope.unknown(UNKNOWN_RULE, name, message, self.rules)
        return name.text

    def _value(self, node: ast.Expect) -> Value | None:
        match node.kind:
            case "tag" | "because":
                return cast(ast.Text, node.value).value
            case "cap":
                cap = word(self.scope, node.names[0], CAPS, "a cap")
                if cap is None:
                    return None
                value = read_constant(self.expressions, cast(ast.Const, node.value), CAPS[cap])
                return EFFORTS.index(value) if isinstance(value, str) else value
            case "score":
                bounds = NumericType(Kind.NUMBER, -(2**63), 2**63 - 1)
                return read_constant(self.expressions, cast(ast.Const, node.value), bounds)
            case _:
                return None
