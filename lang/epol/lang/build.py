"""Lark's tree to the frozen syntax tree of `ast`, one method a grammar rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from lark import Token, Tree

from epol.lang import ast
from epol.lang.diagnostics import Definition, Diagnostic, define
from epol.lang.lexer import RESERVED
from epol.lang.literals import InexactError, Quantity, format_quantity, parse_number
from epol.lang.source import Source, Span

MAX_DEPTH = 100
Child = Any  # a Lark child: Tree, Token or None; methods know which from the grammar

BAD_ESCAPE = define(
    "bad-escape",
    "a string has an escape that is not in the language",
    'The escapes of a string are `\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}` with the hexadecimal '
    "number of a Unicode character.",
    bad='rule r { deny because "a\\qb" }',
    good='rule r { deny because "a\\\\qb" }',
)
NUMBER_NOT_EXACT = define(
    "number-not-exact",
    "a number cannot be held exactly by its type",
    "All arithmetic is on scaled 64-bit integers: millionths for numbers and dollars, "
    "microseconds, bytes, whole ints. A literal finer or larger than that is refused, never "
    "rounded.",
    bad="rule r { when task.complexity > 0.0000001 deny }",
    good="rule r { when task.complexity > 0.000001 deny }",
)
RESERVED_NAME = define(
    "reserved-name",
    "a declared name is a word reserved in expressions",
    "`and or not true false in has like found sends count min max below from if any` mean "
    "something inside every expression, so nothing that an expression reads can have such a "
    "name. All other keywords can.",
    bad="let count = request.tokens",
    good="let how_many = request.tokens",
)
PATTERN_FLAG = define(
    "unknown-pattern-flag",
    "a pattern has a flag that does not exist",
    "The flags of a pattern are `i` (caseless), `s` (dot matches newline), `m` (`^` and `$` at "
    "lines) and `u` (Unicode classes), each at most once.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /EMP/x }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP/i }",
)

_ESCAPE = re.compile(r'\\(?:(["\\nt])|u\{([0-9A-Fa-f]{1,6})\}|(.))', re.DOTALL)
_SIMPLE = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


class _TooDeepError(Exception):
    def __init__(self, span: Span) -> None:
        super().__init__("too deep")
        self.span = span


class Builder:
    """Builds declarations; what is wrong inside one is added to `diagnostics`."""

    def __init__(self, source: Source, too_deep: Definition) -> None:
        self.source = source
        self.declarations: list[ast.Declaration] = []
        self.diagnostics: list[Diagnostic] = []
        self._too_deep = too_deep
        self._depth = 0

    def add(self, trees: Iterable[Tree[Token]]) -> None:
        """Build declarations from their trees, leaving out those nested too deep."""
        for tree in trees:
            self._depth = 0
            try:
                self.declarations.append(self._build(tree))
            except _TooDeepError as error:
                message = f"this expression nests deeper than {MAX_DEPTH} levels"
                self.diagnostics.append(self._too_deep.at(error.span, message))

    # --- helpers ---------------------------------------------------------------------

    def _build(self, tree: Child) -> Any:  # noqa: ANN401 (the node is the rule's)
        """The node of a tree, by the name of its grammar rule."""
        while tree.data == "parenthesis":
            tree = tree.children[0]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeepError(self._span(tree))
        method: Callable[[Span, list[Child]], Any] = getattr(self, f"_{tree.data}")
        node = method(self._span(tree), tree.children)
        self._depth -= 1
        return node

    def _all(self, trees: Iterable[Child]) -> tuple[Any, ...]:
        return tuple(self._build(tree) for tree in trees if tree is not None)

    def _optional(self, tree: Child | None) -> Any:  # noqa: ANN401
        return None if tree is None else self._build(tree)

    def _span(self, tree: Child) -> Span:
        if isinstance(tree, Token):
            return self.source.span(cast(int, tree.start_pos), cast(int, tree.end_pos))
        meta = cast("Tree[Token]", tree).meta
        if meta.empty:
            return self.source.span(0, 0)
        return self.source.span(meta.start_pos, meta.end_pos)

    def _declared(self, tree: Child) -> ast.Name:
        """A name being declared, which must not be a reserved word."""
        name: ast.Name = self._build(tree)
        if name.text in RESERVED:
            self.diagnostics.append(
                RESERVED_NAME.at(name.span, f"`{name.text}` is reserved inside expressions")
            )
        return name

    # --- small things ----------------------------------------------------------------

    def _name(self, span: Span, children: list[Child]) -> ast.Name:
        return ast.Name(span, str(children[0]))

    _label_name = _name

    def _token_name(self, token: Token) -> ast.Name:
        return ast.Name(self._span(token), str(token))

    def _names(self, _: Span, children: list[Child]) -> tuple[ast.Name, ...]:
        return self._all(children)

    _label_names = _strings = _names

    def _string(self, span: Span, children: list[Child]) -> ast.Text:
        raw = str(children[0])[1:-1]
        return ast.Text(span, _ESCAPE.sub(lambda match: self._escape(span, match), raw))

    def _escape(self, span: Span, match: re.Match[str]) -> str:
        simple, code, _ = match.groups()
        if simple:
            return _SIMPLE[simple]
        value = int(code, 16) if code else -1
        if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF:
            return chr(value)
        start = span.start + 1 + match.start()
        place = self.source.span(start, start + len(match.group()))
        known = '`\\"` `\\\\` `\\n` `\\t` `\\u{…}`'
        message = f"`{match.group()}` is not an escape of the language"
        self.diagnostics.append(BAD_ESCAPE.at(place, message, help=f"the escapes are {known}"))
        return ""

    def _number(self, span: Span, children: list[Child]) -> ast.Number:
        sign, token = children
        number = self._number_of(token)
        return ast.Number(span, str(sign or "") + number.text)

    def _number_of(self, token: Token) -> ast.Number:
        """The node of a NUMBER token; an inexact one is reported and stands as zero of its kind."""
        span, text = self._span(token), str(token)
        try:
            parse_number(text)
        except InexactError as error:
            cure = "use a coarser value, or a finer unit" if "finer" in str(error) else None
            self.diagnostics.append(NUMBER_NOT_EXACT.at(span, str(error), help=cure))
            text = format_quantity(Quantity(error.kind, 0))
        return ast.Number(span, text)

    def _pattern(self, token: Token) -> ast.Pattern:
        span, text = self._span(token), str(token)
        regex, _, flags = text[1:].rpartition("/")
        bad = [flag for i, flag in enumerate(flags) if flag not in "ismu" or flag in flags[:i]]
        if bad:
            place = self.source.span(span.end - len(flags), span.end)
            message = f"`{bad[0]}` is not a flag of a pattern, or stands twice"
            self.diagnostics.append(
                PATTERN_FLAG.at(place, message, help="the flags are `i`, `s`, `m` and `u`")
            )
        return ast.Pattern(span, regex.replace("\\/", "/"), flags)

    def _braces(self, span: Span, children: list[Child]) -> ast.Braces:
        return ast.Braces(span, self._all(children))

    def _members(self, _: Span, children: list[Child]) -> tuple[ast.Name, ...]:
        return tuple(self._declared(child) for child in children if child is not None)

    def _from_roles(self, _: Span, children: list[Child]) -> tuple[ast.Name, ...]:
        return self._all(children)

    # --- expressions -----------------------------------------------------------------

    def _or_expr(self, span: Span, children: list[Child]) -> ast.Or:
        return ast.Or(span, self._all(children))

    def _and_expr(self, span: Span, children: list[Child]) -> ast.And:
        return ast.And(span, self._all(children))

    def _negation(self, span: Span, children: list[Child]) -> ast.Not:
        return ast.Not(span, self._build(children[0]))

    def _compare(self, span: Span, children: list[Child]) -> ast.Compare:
        left, op, right = children
        return ast.Compare(span, str(op), self._build(left), self._build(right))

    def _in_members(self, span: Span, children: list[Child]) -> ast.InMembers:
        return ast.InMembers(span, *self._all(children))

    def _in_set(self, span: Span, children: list[Child]) -> ast.InSet:
        return ast.InSet(span, *self._all(children))

    def _in_range(self, span: Span, children: list[Child]) -> ast.InRange:
        return ast.InRange(span, *self._all(children))

    def _has(self, span: Span, children: list[Child]) -> ast.Has:
        return ast.Has(span, *self._all(children))

    def _like(self, span: Span, children: list[Child]) -> ast.Like:
        return ast.Like(span, *self._all(children))

    def _chain(self, children: list[Child]) -> tuple[ast.Expr, tuple[tuple[str, ast.Expr], ...]]:
        first, *rest = children
        pairs = zip(rest[::2], rest[1::2], strict=True)
        return self._build(first), tuple((str(op), self._build(item)) for op, item in pairs)

    def _sum(self, span: Span, children: list[Child]) -> ast.Sum:
        return ast.Sum(span, *self._chain(children))

    def _product(self, span: Span, children: list[Child]) -> ast.Product:
        return ast.Product(span, *self._chain(children))

    def _true(self, span: Span, _: list[Child]) -> ast.Bool:
        return ast.Bool(span, value=True)

    def _false(self, span: Span, _: list[Child]) -> ast.Bool:
        return ast.Bool(span, value=False)

    def _reference(self, span: Span, children: list[Child]) -> ast.Reference:
        return ast.Reference(span, self._build(children[0]).text)

    def _extreme(self, span: Span, children: list[Child]) -> ast.Extreme:
        function, *items = children
        return ast.Extreme(span, str(function), self._all(items))

    def _conditional(self, span: Span, children: list[Child]) -> ast.If:
        return ast.If(span, *self._all(children))

    def _found(self, span: Span, children: list[Child]) -> ast.Found:
        return ast.Found(span, self._build(children[0]), self._optional(children[1]))

    def _count(self, span: Span, children: list[Child]) -> ast.Count:
        return ast.Count(span, self._build(children[0]), self._optional(children[1]))

    def _sends(self, span: Span, children: list[Child]) -> ast.Sends:
        label, *options = children
        below = [self._build(o.children[0]) for o in options if o.data == "below"]
        roles = [self._build(o) for o in options if o.data == "from_roles"]
        if len(below) > 1 or len(roles) > 1:
            message = "`below` and `from` may each stand once after `sends`"
            self.diagnostics.append(DUPLICATE_ITEM.at(span, message))
        return ast.Sends(
            span, self._build(label), below[0] if below else None, roles[0] if roles else None
        )

    # --- heads, inputs ---------------------------------------------------------------

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

    # --- rules -----------------------------------------------------------------------

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


DUPLICATE_ITEM = define(
    "duplicate-item",
    "something that may be said once is said twice",
    "A rule has at most one `on`, `when`, `unless` and `because`; a detector one `score`, "
    "`threshold`, `entropy` and model; a target one value a field; an attribute or signal one "
    "`default`. Join two conditions with `and`, or write two rules.",
    bad="rule r { when net.online when not net.online deny }",
    good="rule r { when net.online and request.tokens > 5 deny }",
)
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
