"""Heads, facts, labels, detectors and targets, one method a grammar rule."""

from __future__ import annotations

from typing import cast

from lark import Token, Tree

from epol.lang import ast
from epol.lang.build.base import Child
from epol.lang.build.expressions import ExpressionBuilder
from epol.lang.diagnostics import define
from epol.lang.source import Span

DETAIL_MISPLACED = define(
    "detail-misplaced",
    "a detail belongs to another treatment",
    '`keep last N` is a detail of `mask`, `with "…"` of `redact` and `by METHOD` of '
    "`generalize`; the other treatments have none.",
    bad="label staff.badge\nrule r { redact staff.badge keep last 4 }",
    good="label staff.badge\nrule r { mask staff.badge keep last 4 }",
)
KEY_IN_POLICY = define(
    "key-in-policy",
    "a target's key is written in the policy",
    "Policies are read, shared and stored in bundles, so a key never stands in one: `key env "
    '"NAME"` names the environment variable that holds it.',
    bad='target cloudy { at cloud key "sk-123" }',
    good='target cloudy { at cloud key env "CLOUD_KEY" }',
)


class DeclarationBuilder(ExpressionBuilder):
    """Builds the declarations that are no rules, claims or tests."""

    def _policy(self, span: Span, children: list[Child]) -> ast.PolicyHead:
        name, version, language = children
        number = None if language is None else self._number_of(language)
        return ast.PolicyHead(span, self._build(name), self._optional(version), number)

    def _module(self, span: Span, children: list[Child]) -> ast.ModuleHead:
        name, version, language = children
        number = None if language is None else self._number_of(language)
        return ast.ModuleHead(span, self._build(name), self._optional(version), number)

    def _import_(self, span: Span, children: list[Child]) -> ast.Import:
        target, settings = children
        values = () if settings is None else self._all(settings.children)
        return ast.Import(span, self._build(target), values)

    def _setting(self, span: Span, children: list[Child]) -> ast.Setting:
        return ast.Setting(span, *self._all(children))

    def _param(self, span: Span, children: list[Child]) -> ast.Param:
        name, type_, default = children
        value = None if default is None else self._build(default.children[0])
        return ast.Param(span, self._declared(name), self._build(type_), value)

    def _field(self, span: Span, children: list[Child]) -> ast.Field:
        name, type_, default = children
        value = None if default is None else self._build(default.children[0])
        return ast.Field(span, self._declared(name), self._build(type_), value)

    def _attr(self, span: Span, children: list[Child]) -> ast.InputDecl:
        return self._input("attr", span, children)

    def _signal(self, span: Span, children: list[Child]) -> ast.InputDecl:
        return self._input("signal", span, children)

    def _input(self, keyword: str, span: Span, children: list[Child]) -> ast.InputDecl:
        name, type_, *rest = children
        options = [child for child in rest if child is not None]
        defaults = tuple(self._build(o.children[0]) for o in options if o.data == "default")
        stales = tuple(self._build(o) for o in options if o.data == "stale")
        origins = [o for o in options if str(o.data).startswith("from_")]
        origin = self._build(origins[0]) if origins else None
        return ast.InputDecl(
            span, keyword, self._declared(name), self._build(type_), defaults, stales, origin
        )

    def _stale(self, span: Span, children: list[Child]) -> ast.Stale:
        return ast.Stale(span, *self._all(children))

    def _cost(self, _: Span, children: list[Child]) -> ast.Number:
        number: ast.Number = self._build(children[0])
        return number

    def _from_model(self, span: Span, children: list[Child]) -> ast.FromModel:
        return ast.FromModel(span, self._build(children[0]), self._optional(children[1]))

    def _from_text(self, span: Span, children: list[Child]) -> ast.FromText:
        function, what, roles = children
        node = self._pattern(what) if isinstance(what, Token) else self._build(what)
        return ast.FromText(span, str(function), node, self._optional(roles))

    def _from_similarity(self, span: Span, children: list[Child]) -> ast.FromSimilarity:
        phrases, model, cost, roles = children
        return ast.FromSimilarity(
            span,
            self._build(phrases),
            self._build(model),
            self._optional(cost),
            self._optional(roles),
        )

    def _words(self, span: Span, children: list[Child]) -> ast.WordList:
        return ast.WordList(span, self._build(children[0]), children[1] is not None)

    def _plain_type(self, span: Span, children: list[Child]) -> ast.PlainType:
        name, low, high = children
        return ast.PlainType(span, self._build(name), self._optional(low), self._optional(high))

    def _member_type(self, span: Span, children: list[Child]) -> ast.MemberType:
        return ast.MemberType(span, str(children[0]), self._build(children[1]))

    def _let(self, span: Span, children: list[Child]) -> ast.Let:
        return ast.Let(span, self._declared(children[0]), self._build(children[1]))

    # --- labels, detectors, targets --------------------------------------------------

    def _label(self, span: Span, children: list[Child]) -> ast.LabelDecl:
        name, description, *options = children
        under = [self._build(o.children[0]) for o in options if o.data == "under"]
        methods = [self._generalize(o) for o in options if o.data == "generalize_by"]
        return ast.LabelDecl(
            span,
            self._declared(name),
            self._optional(description),
            tuple(parent for parents in under for parent in parents),
            tuple(methods),
        )

    def _generalize(self, tree: Tree[Token]) -> ast.Method:
        word, method = cast(list[Child], tree.children)
        if str(word) != "generalize":
            message = f"`{word}` cannot stand in a label: only `generalize by` can"
            self.diagnostics.append(DETAIL_MISPLACED.at(self._span(word), message))
        built: ast.Method = self._build(method)
        return built

    def _method(self, span: Span, children: list[Child]) -> ast.Method:
        name, number = children
        return ast.Method(
            span, self._build(name), None if number is None else self._number_of(number)
        )

    def _detector(self, span: Span, children: list[Child]) -> ast.Detector:
        name, label, *items = children
        return ast.Detector(span, self._build(name), self._build(label), self._all(items))

    def _match(self, span: Span, children: list[Child]) -> ast.Match:
        return ast.Match(span, self._pattern(children[0]))

    def _near(self, span: Span, children: list[Child]) -> ast.Near:
        phrases, within, adds = children
        return ast.Near(span, self._build(phrases), self._number_of(within), self._number_of(adds))

    def _confidence(self, span: Span, children: list[Child]) -> ast.DetectorNumber:
        return ast.DetectorNumber(span, "score", self._number_of(children[0]))

    def _threshold(self, span: Span, children: list[Child]) -> ast.DetectorNumber:
        return ast.DetectorNumber(span, "threshold", self._number_of(children[0]))

    def _entropy(self, span: Span, children: list[Child]) -> ast.DetectorNumber:
        return ast.DetectorNumber(span, "entropy", self._number_of(children[0]))

    def _check(self, span: Span, children: list[Child]) -> ast.Check:
        return ast.Check(span, self._build(children[0]))

    def _stopwords(self, span: Span, children: list[Child]) -> ast.Phrases:
        return ast.Phrases(span, "stopwords", self._build(children[0]))

    def _example(self, span: Span, children: list[Child]) -> ast.Phrases:
        return ast.Phrases(span, "example", self._build(children[0]))

    def _counterexample(self, span: Span, children: list[Child]) -> ast.Phrases:
        return ast.Phrases(span, "counterexample", self._build(children[0]))

    def _boundary(self, span: Span, children: list[Child]) -> ast.Boundary:
        return ast.Boundary(span, str(children[0]), self._build(children[1]))

    def _model(self, span: Span, children: list[Child]) -> ast.DetectorModel:
        model, *options = children
        classes = [
            self._token_name(token)
            for option in options
            if option.data == "classes"
            for token in option.children
        ]
        costs = [self._build(option) for option in options if option.data == "cost"]
        return ast.DetectorModel(span, self._build(model), tuple(classes), tuple(costs))

    def _target(self, span: Span, children: list[Child]) -> ast.Target:
        name, *fields = children
        return ast.Target(span, self._build(name), self._all(fields))

    def _price(self, span: Span, children: list[Child]) -> ast.Price:
        return ast.Price(span, *self._all(children))

    def _endpoint(self, span: Span, children: list[Child]) -> ast.Endpoint:
        value: ast.Text = self._build(children[1])
        node = ast.Endpoint(span, str(children[0]), value, from_environment=False)
        if node.keyword == "key":
            message = "a key is never written in a policy: name an environment variable"
            self.diagnostics.append(
                KEY_IN_POLICY.at(value.span, message, help='write `key env "NAME"`')
            )
        return node

    def _endpoint_env(self, span: Span, children: list[Child]) -> ast.Endpoint:
        return ast.Endpoint(span, str(children[0]), self._build(children[1]), from_environment=True)

    def _field_value(self, span: Span, children: list[Child]) -> ast.FieldValue:
        return ast.FieldValue(span, *self._all(children))
