"""Rules, claims and tests, one method a grammar rule."""

from __future__ import annotations

from collections.abc import Sequence

from epol.lang import ast
from epol.lang.build.base import Child
from epol.lang.build.declarations import DeclarationBuilder
from epol.lang.source import Span


class RuleBuilder(DeclarationBuilder):
    """Builds rules, claims and tests."""

    def _rule(self, span: Span, children: list[Child]) -> ast.Rule:
        name, *items = children
        return ast.Rule(span, self._build(name), self._all(items))

    def _on_flow(self, span: Span, children: list[Child]) -> ast.OnFlow:
        return ast.OnFlow(span, self._build(children[0]))

    def _when(self, span: Span, children: list[Child]) -> ast.When:
        return ast.When(span, "when", self._build(children[0]))

    def _unless(self, span: Span, children: list[Child]) -> ast.When:
        return ast.When(span, "unless", self._build(children[0]))

    def _because(self, span: Span, children: list[Child]) -> ast.Because:
        return ast.Because(span, self._build(children[0]))

    def _deny(self, span: Span, _: list[Child]) -> ast.Bare:
        return ast.Bare(span, "deny")

    def _block(self, span: Span, _: list[Child]) -> ast.Bare:
        return ast.Bare(span, "block")

    def _hold(self, span: Span, _: list[Child]) -> ast.Bare:
        return ast.Bare(span, "hold")

    def _only(self, span: Span, children: list[Child]) -> ast.Only:
        return ast.Only(span, self._build(children[0]))

    def _treat(self, span: Span, children: list[Child]) -> ast.Treat:
        word, labels, exceptions, detail = children
        return ast.Treat(
            span,
            str(word),
            self._build(labels),
            () if exceptions is None else self._build(exceptions),
            self._optional(detail),
        )

    def _keep_last(self, span: Span, children: list[Child]) -> ast.KeepLast:
        return ast.KeepLast(span, self._number_of(children[0]))

    def _replacement(self, span: Span, children: list[Child]) -> ast.Replacement:
        return ast.Replacement(span, self._build(children[0]))

    def _by_method(self, span: Span, children: list[Child]) -> ast.ByMethod:
        return ast.ByMethod(span, self._build(children[0]))

    def _preference(self, span: Span, children: list[Child]) -> ast.Preference:
        return ast.Preference(span, str(children[0]), self._build(children[1]))

    def _cap(self, span: Span, children: list[Child]) -> ast.Cap:
        _, name, value = children
        return ast.Cap(span, self._build(name), self._build(value))

    def _tools_none(self, span: Span, _: list[Child]) -> ast.Tools:
        return ast.Tools(span, ())

    def _tools_only(self, span: Span, children: list[Child]) -> ast.Tools:
        return ast.Tools(span, self._build(children[0]))

    def _tag(self, span: Span, children: list[Child]) -> ast.Tag:
        return ast.Tag(span, self._build(children[0]))

    # --- claims ----------------------------------------------------------------------

    def _prove(self, span: Span, children: list[Child]) -> ast.Prove:
        name, flow, claim = children
        return ast.Prove(span, self._build(name), self._optional(flow), self._build(claim))

    def _claim(self, kind: str, span: Span, children: Sequence[Child]) -> ast.Claim:
        expression, condition = (*children, None)[:2]
        return ast.Claim(span, kind, self._optional(expression), self._optional(condition))

    def _never(self, span: Span, children: list[Child]) -> ast.Claim:
        return self._claim("never", span, children)

    def _always(self, span: Span, children: list[Child]) -> ast.Claim:
        return self._claim("always", span, children)

    def _served(self, span: Span, children: list[Child]) -> ast.Claim:
        return self._claim("served", span, (None, *children))

    def _chooses(self, span: Span, children: list[Child]) -> ast.Claim:
        return self._claim("chooses", span, children)

    def _never_chooses(self, span: Span, children: list[Child]) -> ast.Claim:
        return self._claim("never-chooses", span, children)

    def _monotone(self, span: Span, children: list[Child]) -> ast.Claim:
        direction, subject, expression = children
        return ast.Claim(
            span, str(direction), self._build(expression), None, subject=self._build(subject)
        )

    def _same_as(self, span: Span, children: list[Child]) -> ast.Claim:
        other, condition = children
        return ast.Claim(span, "same-as", None, self._optional(condition), other=self._build(other))

    # --- tests -----------------------------------------------------------------------

    def _test(self, span: Span, children: list[Child]) -> ast.Test:
        title, *items = children
        return ast.Test(span, self._build(title), self._all(items))

    def _test_flow(self, span: Span, children: list[Child]) -> ast.TestFlow:
        return ast.TestFlow(span, self._build(children[0]), self._optional(children[1]))

    def _test_text(self, span: Span, children: list[Child]) -> ast.TestText:
        return ast.TestText(span, self._optional(children[0]), self._build(children[1]))

    def _test_set(self, span: Span, children: list[Child]) -> ast.TestSet:
        return ast.TestSet(span, self._all(children))

    def _test_expect(self, span: Span, children: list[Child]) -> ast.Expect:
        node: ast.Expect = self._build(children[0])
        return ast.Expect(span, node.kind, node.names, node.word, node.on, node.value)

    def _assign(self, span: Span, children: list[Child]) -> ast.Assign:
        return ast.Assign(span, *self._all(children))

    def _assign_unknown(self, span: Span, children: list[Child]) -> ast.Assign:
        return ast.Assign(span, self._build(children[0]), None)

    def _assign_label(self, span: Span, children: list[Child]) -> ast.AssignLabel:
        label, roles, count = children
        return ast.AssignLabel(
            span, self._build(label), self._optional(roles), self._number_of(count)
        )

    def _assign_label_unknown(self, span: Span, children: list[Child]) -> ast.AssignLabel:
        return ast.AssignLabel(span, self._build(children[0]), None, None)

    def _expect_route(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "route", self._all(children))

    def _expect_blocked(self, span: Span, _: list[Child]) -> ast.Expect:
        return ast.Expect(span, "blocked")

    def _expect_hold(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "hold", self._all(children))

    def _expect_treatment(self, span: Span, children: list[Child]) -> ast.Expect:
        word, label, on = children
        return ast.Expect(span, "treatment", (self._build(label),), str(word), self._optional(on))

    def _expect_fired(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "fired", self._build(children[0]))

    def _expect_not_fired(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "not-fired", self._build(children[0]))

    def _expect_tag(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "tag", value=self._build(children[0]))

    def _expect_cap(self, span: Span, children: list[Child]) -> ast.Expect:
        _, name, value = children
        return ast.Expect(span, "cap", (self._build(name),), value=self._build(value))

    def _expect_score(self, span: Span, children: list[Child]) -> ast.Expect:
        _, target, value = children
        return ast.Expect(span, "score", (self._build(target),), value=self._build(value))

    def _expect_because(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "because", value=self._build(children[0]))

    def _expect_order(self, span: Span, children: list[Child]) -> ast.Expect:
        return ast.Expect(span, "order", self._build(children[0]))
