"""Small changes of a program, one at a time."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Mod: ast.Mult,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOUCHED = (ast.Import, ast.ImportFrom, ast.Assert, ast.Raise, ast.arguments)


@dataclass(frozen=True)
class Mutant:
    """A changed tree, the line of the change, and the change in words."""

    tree: ast.Module
    line: int
    change: str


def mutants(module: str, tree: ast.Module) -> Iterator[Mutant]:
    """Every change of a module."""
    for place, path in _places(tree, module, ()):
        for old, new in _changes(place):
            if ast.dump(old) == ast.dump(new):
                continue
            changed = copy.deepcopy(tree)
            _put(changed, path, new)
            where = f"{path_name(tree, module, path)}{_statement(tree, path)}"
            words = f"{where}: {_text(old)} -> {_text(new)}"
            yield Mutant(ast.fix_missing_locations(changed), cast(ast.expr, old).lineno, words)


T = TypeVar("T")
Path = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, module: str, path: Path) -> Iterator[tuple[ast.AST, Path]]:
    """All nodes that a request can reach, each with the way to it from the root."""
    yield node, path
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "pattern"):
            continue
        items = cast(list[object], value if isinstance(value, list) else [value])
        for i, item in enumerate(items):
            is_type = name == "slice" and isinstance(item, ast.Tuple)
            # `strict=True` of `zip` is an assertion.
            is_strict = isinstance(item, ast.keyword) and item.arg == "strict"
            if is_type or is_strict or isinstance(item, UNTOUCHED):
                continue
            if isinstance(item, ast.AST):
                step = (name, i if isinstance(value, list) else None)
                yield from _places(item, module, (*path, step))


def path_name(tree: ast.Module, module: str, path: Path) -> str:
    """The module, class and function that a path leads through."""
    names, node = [module], cast(ast.AST, tree)
    for step in path:
        node = _step(node, step)
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.append(node.name)
    return ".".join(names)


def _statement(tree: ast.AST, path: Path) -> str:
    """The assignment that a path leads into, for places that would look alike without it."""
    node, found = tree, ""
    for step in path:
        node = _step(node, step)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            found = f" [{ast.unparse(node)}]".replace("\n", " ")
    return found if len(found) < 80 else found[:80] + "…]"


def _step(node: ast.AST, step: tuple[str, int | None]) -> ast.AST:
    value = getattr(node, step[0])
    return cast(ast.AST, value if step[1] is None else value[step[1]])


def _put(tree: ast.AST, path: Path, new: ast.AST) -> None:
    for step in path[:-1]:
        tree = _step(tree, step)
    name, index = path[-1]
    if index is None:
        setattr(tree, name, new)
    else:
        getattr(tree, name)[index] = new


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.Match):
        return f"match with {len(node.cases)} cases, {_cases(node)}"
    return ast.unparse(node).replace("\n", " ")


def _cases(node: ast.Match) -> str:
    patterns = [ast.unparse(case.pattern).split("(")[0] for case in node.cases]
    return " ".join(patterns)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with other fields."""
    changed = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _without(items: list[T]) -> Iterator[list[T]]:
    """A list without each of its items in turn."""
    for i in range(len(items)):
        yield items[:i] + items[i + 1 :]


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:  # noqa: C901 (one case a node)
    """What a node can be changed to."""
    match node:
        case ast.BoolOp(op=op, values=values):
            yield node, _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            for rest in _without(values):
                yield node, rest[0] if len(rest) == 1 else _with(node, values=rest)
        case ast.Compare(ops=[op]):
            for other in COMPARISONS[type(op)]:
                yield node, _with(node, ops=[other()])
        case ast.Compare(ops=[first, second]):
            for other in COMPARISONS[type(first)]:
                yield node, _with(node, ops=[other(), second])
            for other in COMPARISONS[type(second)]:
                yield node, _with(node, ops=[first, other()])
        case ast.Constant(value=bool() as value):
            yield node, ast.copy_location(ast.Constant(not value), node)
            yield node, ast.copy_location(ast.Constant(None), node)
        case ast.Constant(value=None):
            yield node, ast.copy_location(ast.Constant(value=False), node)
            yield node, ast.copy_location(ast.Constant(value=True), node)
        case ast.Constant(value=int() as value):
            yield node, ast.copy_location(ast.Constant(value + 1), node)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            yield node, _with(node, op=OPERATORS[type(operator)]())
        case ast.AugAssign(op=operator):
            yield node, _with(node, op=OPERATORS[type(operator)]())
        case ast.UnaryOp(operand=operand):
            yield node, operand
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            yield node, _with(node, func=ast.Name(FUNCTIONS[name], ast.Load()))
        case ast.Call(func=ast.Name(id="sorted"), args=args):
            yield node, _with(node, func=ast.Name("list", ast.Load()), args=args[:1], keywords=[])
        case ast.IfExp(body=body, orelse=orelse):
            yield node, _with(node, body=orelse, orelse=body)
            yield node, body
            yield node, orelse
        case ast.If():
            yield node, _with(node, test=ast.Constant(value=True))
            yield node, _with(node, test=ast.Constant(value=False))
        case ast.Match(cases=cases) if len(cases) > 1:
            for rest_of_cases in _without(cases):
                yield node, _with(node, cases=rest_of_cases)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            for i, part in enumerate(node.generators):
                for ifs in _without(part.ifs):
                    generators = list(node.generators)
                    generators[i] = cast(ast.comprehension, _with(part, ifs=ifs))
                    yield node, _with(node, generators=generators)
        case ast.Tuple(elts=elements, ctx=ast.Load()) | ast.Set(elts=elements) if len(elements) > 1:
            for some in _without(elements):
                yield node, _with(node, elts=some)
        case ast.Return(value=value) if value is not None:
            yield node, _with(node, value=ast.Constant(None))
        case _:
            pass
