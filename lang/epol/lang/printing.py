"""The tree as text, piece by piece: expressions, types, items.

`BREAK` marks where a long line may go on in the next one; the formatter decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from epol.lang import ast

BREAK = "\x01"

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(1, 8)
_LEVELS: dict[type[ast.Node], int] = {
    ast.Or: _OR,
    ast.And: _AND,
    ast.Not: _NOT,
    ast.Compare: _COMPARISON,
    ast.InMembers: _COMPARISON,
    ast.InSet: _COMPARISON,
    ast.InRange: _COMPARISON,
    ast.Has: _COMPARISON,
    ast.Like: _COMPARISON,
    ast.Sum: _SUM,
    ast.Product: _PRODUCT,
}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def string(value: str) -> str:
    """A string literal with the fewest escapes."""
    return '"' + "".join(_ESCAPES.get(char) or _printable(char) for char in value) + '"'


def _printable(char: str) -> str:
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"


def pattern(node: ast.Pattern) -> str:
    """A pattern between slashes."""
    return f"/{node.regex.replace('/', chr(92) + '/')}/{node.flags}"


def listed(items: Iterable[str]) -> str:
    """Items after each other, with a possible line break after each comma."""
    return f",{BREAK}".join(items)


def names(nodes: Iterable[ast.Name]) -> str:
    """Names after each other."""
    return listed(node.text for node in nodes)


def texts(nodes: Iterable[ast.Text]) -> str:
    """String literals after each other."""
    return listed(string(node.value) for node in nodes)


def expression(node: ast.Expr, least: int = _OR) -> str:
    """An expression, in parentheses if it binds weaker than `least`."""
    printed = _plain(node)
    return f"({printed})" if _LEVELS.get(type(node), _ATOM) < least else printed


def constant(node: ast.Const) -> str:
    """A constant: a sum or a set in braces."""
    return braces(node) if isinstance(node, ast.Braces) else expression(node, _SUM)


def braces(node: ast.Braces) -> str:
    """A set in braces."""
    inner = listed(expression(item, _SUM) for item in node.items)
    return f"{{ {inner} }}" if inner else "{ }"


def _or(node: ast.Or) -> str:
    return f"{BREAK}or ".join(expression(item, _AND) for item in node.items)


def _and(node: ast.And) -> str:
    return f"{BREAK}and ".join(expression(item, _NOT) for item in node.items)


def _chain(node: ast.Sum | ast.Product) -> str:
    level = _PRODUCT if isinstance(node, ast.Sum) else _ATOM
    rest = "".join(f" {op} {expression(item, level)}" for op, item in node.rest)
    return expression(node.first, level) + rest


def roles(nodes: tuple[ast.Name, ...] | None) -> str:
    """The `from` of a label or a text signal."""
    if nodes is None:
        return ""
    if len(nodes) == 1:
        return f" from {nodes[0].text}"
    return f" from {{ {', '.join(node.text for node in nodes)} }}"


def _sends(node: ast.Sends) -> str:
    below = f" below {node.below.text}" if node.below else ""
    return f"sends {node.label.text}{below}{roles(node.roles)}"


def _bool(node: ast.Bool) -> str:
    return "true" if node.value else "false"


def _if(node: ast.If) -> str:
    inner = ", ".join(expression(e) for e in (node.condition, node.then, node.otherwise))
    return f"if({inner})"


def _plain(node: ast.Expr) -> str:  # noqa: C901 (one case a node)
    """An expression without parentheses around it."""
    match node:
        case ast.Number(text=text):
            return text
        case ast.Bool():
            return _bool(node)
        case ast.Text(value=value):
            return string(value)
        case ast.Reference(name=name):
            return name
        case ast.Or():
            return _or(node)
        case ast.And():
            return _and(node)
        case ast.Not(item=item):
            return f"not {expression(item, _NOT)}"
        case ast.Compare(op=op, left=left, right=right):
            return f"{expression(left, _SUM)} {op} {expression(right, _SUM)}"
        case ast.InMembers(item=item, members=members):
            return f"{expression(item, _SUM)} in {braces(members)}"
        case ast.InSet(item=item, container=container):
            return f"{expression(item, _SUM)} in {expression(container, _SUM)}"
        case ast.InRange(item=item, low=low, high=high):
            bounds = f"{expression(low, _SUM)} .. {expression(high, _SUM)}"
            return f"{expression(item, _SUM)} in {bounds}"
        case ast.Has(container=container, member=member):
            return f"{expression(container, _SUM)} has {member.text}"
        case ast.Like(item=item, glob=glob):
            return f"{expression(item, _SUM)} like {string(glob.value)}"
        case ast.Sum() | ast.Product():
            return _chain(node)
        case ast.Extreme(function=function, items=items):
            return f"{function}({', '.join(expression(item, _SUM) for item in items)})"
        case ast.If():
            return _if(node)
        case ast.Found(label=label, roles=who):
            return f"found {label.text}{roles(who)}"
        case ast.Count(label=label, roles=who):
            return f"count {label.text}{roles(who)}"
        case ast.Sends():
            return _sends(node)


def type_(node: ast.TypeExpr) -> str:
    """A type as written."""
    if isinstance(node, ast.MemberType):
        inner = names(node.members)
        return f"{node.kind} {{ {inner} }}" if inner else f"{node.kind} {{ }}"
    if node.low is None or node.high is None:
        return node.name.text
    return f"{node.name.text} in {expression(node.low, _SUM)} .. {expression(node.high, _SUM)}"


def method(node: ast.Method) -> str:
    """A generalization."""
    return node.name.text + (f" {node.amount.text}" if node.amount else "")


def words(node: ast.WordList) -> str:
    """A word list."""
    return f"words {texts(node.words)}" + (" nocase" if node.nocase else "")


def origin(node: ast.Origin) -> str:
    """Where an attribute or signal comes from."""
    match node:
        case ast.FromModel(model=model, cost=cost):
            return f"from model {string(model.value)}{_cost(cost)}"
        case ast.FromText(function=function, what=what, roles=who):
            shown = pattern(what) if isinstance(what, ast.Pattern) else words(what)
            return f"from {function} {shown}{roles(who)}"
        case ast.FromSimilarity(phrases=phrases, model=model, cost=cost, roles=who):
            tail = f"model {string(model.value)}{_cost(cost)}{roles(who)}"
            return f"from similarity {texts(phrases)} {tail}"


def _cost(cost: ast.Number | None) -> str:
    return f" cost {cost.text}" if cost else ""


def detector_item(node: ast.DetectorItem) -> str:
    """One line of a detector."""
    match node:
        case ast.Match(pattern=regex):
            return f"match {pattern(regex)}"
        case ast.WordList():
            return words(node)
        case ast.Near(phrases=phrases, within=within, adds=adds):
            return f"near {texts(phrases)} within {within.text} adds {adds.text}"
        case ast.DetectorNumber(keyword=keyword, value=value):
            return f"{keyword} {value.text}"
        case ast.Check(names=checks):
            return f"check {names(checks)}"
        case ast.Boundary(side=side, classes=classes):
            return f"{side} not {names(classes)}"
        case ast.Phrases(keyword=keyword, texts=phrases):
            return f"{keyword} {texts(phrases)}"
        case ast.DetectorModel(model=model, classes=classes, costs=costs):
            shown = f" class {names(classes)}" if classes else ""
            return f"model {string(model.value)}{shown}{''.join(map(_cost, costs))}"


def target_field(node: ast.TargetField) -> str:
    """One field of a target."""
    match node:
        case ast.Price(per_input=one, per_output=other, unit=unit):
            shown = [expression(part, _SUM) for part in (one, other, unit)]
            return "price in {} out {} per {}".format(*shown)
        case ast.Endpoint(keyword=keyword, value=value, from_environment=env):
            return f"{keyword} {'env ' if env else ''}{string(value.value)}"
        case ast.FieldValue(name=name, value=value):
            return f"{name.text} {constant(value)}"


def rule_item(node: ast.RuleItem) -> str:
    """One line of a rule."""
    match node:
        case ast.OnFlow(flow=flow):
            return f"on {flow.text}"
        case ast.When(keyword=keyword, condition=condition):
            return f"{keyword} {expression(condition)}"
        case ast.Because(text=text):
            return f"because {string(text.value)}"
        case ast.Bare(keyword=keyword):
            return keyword
        case ast.Only(condition=condition):
            return f"only {expression(condition)}"
        case ast.Treat():
            return _treat(node)
        case ast.Preference(keyword=keyword, amount=amount):
            return f"{keyword} {expression(amount, _SUM)}"
        case ast.Cap(name=name, value=value):
            return f"cap {name.text} {constant(value)}"
        case ast.Tools(allowed=allowed):
            return f"tools only {texts(allowed)}" if allowed else "tools none"
        case ast.Tag(text=text):
            return f"tag {string(text.value)}"


def _treat(node: ast.Treat) -> str:
    exceptions = f" except {names(node.exceptions)}" if node.exceptions else ""
    match node.detail:
        case ast.KeepLast(count=count):
            detail = f" keep last {count.text}"
        case ast.Replacement(text=text):
            detail = f" with {string(text.value)}"
        case ast.ByMethod(method=how):
            detail = f" by {method(how)}"
        case _:
            detail = ""
    return f"{node.treatment} {names(node.labels)}{exceptions}{detail}"


def claim(node: ast.Claim) -> str:
    """A claim."""
    when = f"{BREAK}when {expression(node.condition)}" if node.condition else ""
    body = expression(node.expression) if node.expression else ""
    match node.kind:
        case "served":
            return f"served{when}"
        case "never-chooses":
            return f"never chooses {body}{when}"
        case "raising" | "lowering":
            subject = node.subject.text if node.subject else ""
            return f"{node.kind} {subject} never chooses {body}"
        case "same-as":
            return f"same as {string(node.other.value if node.other else '')}{when}"
        case kind:
            return f"{kind} {body}{when}"


def test_item(node: ast.TestItem) -> str:
    """One line of a test."""
    match node:
        case ast.TestFlow(flow=flow, target=target):
            return f"on {flow.text}" + (f" from {target.text}" if target else "")
        case ast.TestText(role=role, text=text):
            return f"text {role.text + ' ' if role else ''}{string(text.value)}"
        case ast.TestSet(assignments=assignments):
            return f"set {listed(_assignment(item) for item in assignments)}"
        case ast.Expect():
            return f"expect {_expectation(node)}"


def _assignment(node: ast.Assign | ast.AssignLabel) -> str:
    match node:
        case ast.Assign(name=name, value=value):
            return f"{name.text} unknown" if value is None else f"{name.text} = {constant(value)}"
        case ast.AssignLabel(label=label, roles=who, count=count):
            if count is None:
                return f"label {label.text} unknown"
            return f"label {label.text}{roles(who)} = {count.text}"


def _expectation(node: ast.Expect) -> str:
    shown = names(node.names)
    value = constant(node.value) if node.value is not None else ""
    match node.kind:
        case "treatment":
            return f"{node.word} {shown}" + (f" on {node.on.text}" if node.on else "")
        case "not-fired":
            return f"not fired {shown}"
        case "blocked":
            return "blocked"
        case kind:
            return " ".join(part for part in (kind, shown, value) if part)
