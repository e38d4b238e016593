"""Params, attributes and signals: their types, defaults, stale values and origins."""

from __future__ import annotations

from epol.compiler.check.arithmetic import TYPE_MISMATCH
from epol.compiler.check.constants import read_constant, read_type
from epol.compiler.check.detectors import check_word_list, check_words, pattern_info, words_info
from epol.compiler.check.expressions import Expressions
from epol.compiler.check.patterns import check_pattern
from epol.compiler.check.words import roles
from epol.compiler.resolve.loader import LoadedFile
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.build import DUPLICATE_ITEM
from epol.lang.builtins import TARGET_SIGNALS, TEXT_FUNCTIONS
from epol.lang.diagnostics import Label, correction, define, did_you_mean
from epol.lang.literals import Kind, parse_number
from epol.lang.model import InputInfo, PatternInfo, TextSignal, Value, WordsInfo
from epol.lang.types import NumericType, Type

UNKNOWN_PARAM = define(
    "unknown-param",
    "an import sets a param that the module does not have",
    "`import M with { p = v }` sets params that M declares with `param p : TYPE`.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./m.epol" with { limti = 5 }',
        "m.epol": "module m\nparam limit : int default 1",
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./m.epol" with { limit = 5 }',
        "m.epol": "module m\nparam limit : int default 1",
    },
)
PARAM_NOT_SET = define(
    "param-not-set",
    "a module's param has neither a default nor a value",
    "A param without default must be set where the policy imports its module: "
    "`import M with { p = v }`.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./m.epol"',
        "m.epol": "module m\nparam limit : int",
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./m.epol" with { limit = 5 }',
        "m.epol": "module m\nparam limit : int",
    },
)
STALE_ON_ATTRIBUTE = define(
    "stale-on-attribute",
    "an attribute cannot go stale",
    "An attribute comes with its request; only a signal is a reading that ages. Give the "
    "attribute a `default` instead.",
    bad="attr caller.load : ratio stale after 5s = 100%",
    good="signal caller.load : ratio stale after 5s = 100%",
)


def check_params(expressions: Expressions) -> None:
    """Fill `scope.params`: a setting of the policy, else the default."""
    scope = expressions.scope
    settings = _settings(scope)
    for file, node in scope.nodes(ast.Param):
        assert isinstance(node, ast.Param)
        if scope.valued.get(node.name.text, (None, None))[1] is not node:
            continue
        type_ = read_type(expressions, node.type)
        setting = settings.get((id(file), node.name.text))
        chosen = setting.value if setting else node.default
        if type_ is None:
            continue
        default = None if node.default is None else read_constant(expressions, node.default, type_)
        if chosen is None:
            _report_not_set(scope, file, node)
            continue
        value = default if setting is None else read_constant(expressions, chosen, type_)
        if value is not None:
            scope.params[node.name.text] = (type_, value)


def _settings(scope: Scope) -> dict[tuple[int, str], ast.Setting]:
    """The settings of all imports, by module and param; one that fits nothing is reported."""
    settings: dict[tuple[int, str], ast.Setting] = {}
    for _, node in scope.unit.imports:
        module = scope.unit.imported(node)
        if module is None:
            continue
        params = [d.name.text for d in module.tree.declarations if isinstance(d, ast.Param)]
        for setting in node.settings:
            name = setting.name.text
            if name not in params:
                message = f"this module has no param `{name}`"
                listed = f"it has {', '.join(params)}" if params else "it has no params"
                near = did_you_mean(name, params)
                fix = correction(setting.name.span, name, params)
                scope.report(
                    UNKNOWN_PARAM, setting.name.span, message, help=near or listed, fix=fix
                )
            elif (id(module), name) in settings:
                first = Label(settings[id(module), name].span, "first here")
                message = f"`{name}` is set already"
                scope.report(DUPLICATE_ITEM, setting.span, message, labels=[first])
            else:
                settings[id(module), name] = setting
    return settings


def _report_not_set(scope: Scope, file: LoadedFile, node: ast.Param) -> None:
    if file is scope.unit.root and file.module is not None:
        # A module read on its own: whoever imports it sets its params.
        return
    imports = [n for _, n in scope.unit.imports if scope.unit.imported(n) is file]
    span = imports[-1].span if imports else node.span
    message = f"the param `{node.name.text}` has no default and is not set"
    scope.report(PARAM_NOT_SET, span, message, help=f"add `with {{ {node.name.text} = … }}`")


def check_inputs(expressions: Expressions) -> None:
    """Fill `scope.inputs` with attributes, signals and the live signals of each target."""
    scope = expressions.scope
    for _, node in scope.nodes(ast.InputDecl):
        assert isinstance(node, ast.InputDecl)
        if scope.valued.get(node.name.text, (None, None))[1] is node:
            info = _input(expressions, node)
            if info is not None:
                scope.inputs[info.name] = info
    scope.inputs_ready = True


def check_target_signals(scope: Scope) -> None:
    """Add `T.up`, `T.queue` … for every target T."""
    for target in scope.targets.values():
        for part, (type_, default) in TARGET_SIGNALS.items():
            name = f"{target.name}.{part}"
            scope.inputs[name] = InputInfo(name, type_, "signal", target.span, fallback=default)


def _input(expressions: Expressions, node: ast.InputDecl) -> InputInfo | None:
    scope = expressions.scope
    type_ = read_type(expressions, node.type)
    _check_once(scope, node)
    if node.keyword == "attr":
        for stale in node.stales:
            message = "only a signal can go stale"
            scope.report(STALE_ON_ATTRIBUTE, stale.span, message, help="use `default`")
    if type_ is None:
        return None
    default = _first_constant(expressions, list(node.defaults), type_)
    stale_value = _first_constant(expressions, [s.value for s in node.stales], type_)
    after = [_duration(scope, stale.after) for stale in node.stales]
    text = _text_signal(expressions, node, type_)
    model, cost = _model(scope, node.origin)
    return InputInfo(
        node.name.text, type_, node.keyword, node.name.span,
        fallback=default if stale_value is None else stale_value,
        stale_after=after[0] if after else None,
        stale_value=stale_value,
        model=model, cost=cost, text=text,
    )  # fmt: skip


def _check_once(scope: Scope, node: ast.InputDecl) -> None:
    for extra in (*node.defaults[1:], *node.stales[1:]):
        message = "an attribute or signal has one `default` and one `stale after`"
        scope.report(DUPLICATE_ITEM, extra.span, message)


def _first_constant(expressions: Expressions, nodes: list[ast.Const], type_: Type) -> Value | None:
    return read_constant(expressions, nodes[0], type_) if nodes else None


def _duration(scope: Scope, node: ast.Number) -> int | None:
    quantity = parse_number(node.text.lstrip("+")) if not node.text.startswith("-") else None
    if quantity is None or quantity.kind != Kind.DURATION:
        message = "a duration from zero up is wanted here"
        scope.report(TYPE_MISMATCH, node.span, message, help="write it as `5s`")
        return None
    return quantity.value


def _model(scope: Scope, origin: ast.Origin | None) -> tuple[str | None, int | None]:
    if not isinstance(origin, ast.FromModel | ast.FromSimilarity):
        return None, None
    cost = None if origin.cost is None else _duration(scope, origin.cost)
    return origin.model.value, cost


def _text_signal(expressions: Expressions, node: ast.InputDecl, type_: Type) -> TextSignal | None:
    """What a text signal computes, its type and pattern checked."""
    origin, scope = node.origin, expressions.scope
    if not isinstance(origin, ast.FromText | ast.FromSimilarity):
        return None
    function = origin.function if isinstance(origin, ast.FromText) else "similarity"
    wanted = TEXT_FUNCTIONS[function]
    same_kind = (
        isinstance(type_, NumericType)
        and isinstance(wanted, NumericType)
        and type_.kind == wanted.kind
    )
    if type_ != wanted and not same_kind:
        name = "ratio" if function in ("density", "similarity") else str(wanted)
        message = f"`{function}` of text gives {'an' if name == 'int' else 'a'} {name}"
        scope.report(TYPE_MISMATCH, node.type.span, message)
    named = roles(scope, origin.roles)
    return TextSignal(function, _sought(scope, origin), named, _phrases(scope, origin))


def _phrases(scope: Scope, origin: ast.FromText | ast.FromSimilarity) -> tuple[str, ...]:
    """What a text is compared with; nothing for what seeks patterns or words."""
    if isinstance(origin, ast.FromText):
        return ()
    check_words(scope, origin.phrases)
    return tuple(text.value for text in origin.phrases)


def _sought(
    scope: Scope, origin: ast.FromText | ast.FromSimilarity
) -> PatternInfo | WordsInfo | None:
    """The pattern or words of a text signal; a model seeks neither."""
    if isinstance(origin, ast.FromSimilarity):
        return None
    if isinstance(origin.what, ast.Pattern):
        check_pattern(scope, origin.what)
        return pattern_info(origin.what)
    check_word_list(scope, origin.what)
    return words_info(origin.what)
