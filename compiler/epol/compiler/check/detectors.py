"""Detectors: their label, items and numbers (what they match is the scanner's)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.compiler.check.labels import UNKNOWN_LABEL
from epol.compiler.check.once import check_once
from epol.compiler.check.patterns import check_pattern
from epol.compiler.check.words import word
from epol.compiler.resolve.loader import LoadedFile
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.build import DUPLICATE_ITEM
from epol.lang.builtins import BOUNDARIES, VALIDATORS
from epol.lang.diagnostics import define
from epol.lang.literals import MILLION, Kind, parse_number
from epol.lang.model import DetectorInfo, ExampleInfo, NearInfo, PatternInfo, WordsInfo

DETECTOR_INVALID = define(
    "detector-invalid",
    "a detector finds nothing, or says something that cannot be",
    "A detector needs a pattern, a word list or a model; a model stands alone, with its "
    "threshold. `score`, `threshold` and `adds` are whole numbers from 0 to 100, `within` counts "
    "characters up to 1000, `entropy` is bits a character up to 8.",
    bad="label staff.badge\ndetector badge -> staff.badge { score 60 }",
    good='label staff.badge\ndetector badge -> staff.badge { words "EMP" score 60 }',
)

_MAX_POINTS = 100
_DEFAULT_THRESHOLD = 50
_MAX_WITHIN = 1000
_MAX_ENTROPY = 8
_MAX_WORD = 500


def check_detectors(scope: Scope) -> None:
    """Fill `scope.detectors`."""
    for file, node in scope.nodes(ast.Detector):
        assert isinstance(node, ast.Detector)
        label = node.label.text
        if label not in scope.labels:
            message = f"`{label}` is not a label"
            scope.unknown(UNKNOWN_LABEL, node.label, message, scope.labels)
            continue
        scope.detectors.append(_detector(scope, file, node))


def _detector(scope: Scope, file: LoadedFile, node: ast.Detector) -> DetectorInfo:
    models = [item for item in node.items if isinstance(item, ast.DetectorModel)]
    finders = [item for item in node.items if isinstance(item, ast.Match | ast.WordList)]
    if not models and not finders:
        message = "this detector has nothing to find: no pattern, word list or model"
        scope.report(DETECTOR_INVALID, node.name.span, message)
    if models and finders:
        message = "a model stands alone in a detector: put patterns and words in another one"
        scope.report(DETECTOR_INVALID, finders[0].span, message)
    check_once(scope, ((_keyword(item), item) for item in node.items))
    for item in node.items:
        _check_item(scope, item)
    costs = [parse_number(cost.text.lstrip("+-")) for model in models for cost in model.costs]
    numbers = {i.keyword: i.value for i in node.items if isinstance(i, ast.DetectorNumber)}
    entropy = numbers.get("entropy")
    return DetectorInfo(
        file.qualified(node.name.text),
        node.label.text,
        models[0].model.value if models else None,
        node.name.span,
        costs[0].value if costs else None,
        patterns=tuple(pattern_info(i.pattern) for i in finders if isinstance(i, ast.Match)),
        words=tuple(words_info(item) for item in finders if isinstance(item, ast.WordList)),
        near=tuple(_near(item) for item in node.items if isinstance(item, ast.Near)),
        score=_points(numbers.get("score"), _MAX_POINTS),
        threshold=_points(numbers.get("threshold"), _DEFAULT_THRESHOLD),
        checks=_words(node, ast.Check),
        stopwords=tuple(text.value for text in _phrases(node, "stopwords")),
        entropy=None if entropy is None else _millionths(entropy),
        left=_words(node, ast.Boundary, "left"),
        right=_words(node, ast.Boundary, "right"),
        examples=tuple(
            ExampleInfo(text.value, wanted, text.span)
            for keyword, wanted in (("example", True), ("counterexample", False))
            for text in _phrases(node, keyword)
        ),
        classes=tuple(name.text for model in models for name in model.classes),
    )


def check_word_list(scope: Scope, node: ast.WordList) -> None:
    """Report words of a list that cannot be looked for."""
    check_words(scope, node.words)


def check_words(scope: Scope, words: Iterable[ast.Text]) -> None:
    """Report words or phrases that cannot be looked for."""
    for text in words:
        if not text.value.strip():
            scope.report(DETECTOR_INVALID, text.span, "an empty text finds nothing")
        elif len(text.value) > _MAX_WORD:
            message = f"a word or phrase has at most {_MAX_WORD} characters"
            scope.report(DETECTOR_INVALID, text.span, message, help="use a pattern")


def pattern_info(node: ast.Pattern) -> PatternInfo:
    """A pattern as data."""
    return PatternInfo(node.regex, node.flags, node.span)


def words_info(node: ast.WordList) -> WordsInfo:
    """A word list as data."""
    return WordsInfo(tuple(text.value for text in node.words), node.nocase, node.span)


def _near(node: ast.Near) -> NearInfo:
    phrases = tuple(text.value for text in node.phrases if text.value)
    within = parse_number(node.within.text.lstrip("+-")).value
    return NearInfo(phrases, within, _points(node.adds, 0))


def _points(node: ast.Number | None, default: int) -> int:
    return default if node is None else parse_number(node.text.lstrip("+-")).value


def _millionths(node: ast.Number) -> int:
    quantity = parse_number(node.text.lstrip("+-"))
    return quantity.value if quantity.kind == Kind.NUMBER else quantity.value * MILLION


def _phrases(node: ast.Detector, keyword: str) -> Iterator[ast.Text]:
    for item in node.items:
        if isinstance(item, ast.Phrases) and item.keyword == keyword:
            yield from item.texts


def _words(
    node: ast.Detector, kind: type[ast.Check | ast.Boundary], side: str | None = None
) -> tuple[str, ...]:
    """Names in items of a kind, each once, as they are written."""
    names: dict[str, None] = {}
    for item in node.items:
        if isinstance(item, ast.Check) and kind is ast.Check:
            names.update((name.text, None) for name in item.names)
        elif isinstance(item, ast.Boundary) and item.side == side:
            names.update((name.text, None) for name in item.classes)
    return tuple(names)


def _keyword(item: ast.DetectorItem) -> str | None:
    """The keyword of an item that a detector has once."""
    if isinstance(item, ast.DetectorNumber):
        return item.keyword
    return "model" if isinstance(item, ast.DetectorModel) else None


def _check_item(scope: Scope, item: ast.DetectorItem) -> None:
    match item:
        case ast.Match(pattern=pattern):
            check_pattern(scope, pattern)
        case ast.DetectorNumber(keyword=keyword, value=value):
            most = _MAX_ENTROPY if keyword == "entropy" else _MAX_POINTS
            _check_number(scope, keyword, value, most)
        case ast.Near(within=within, adds=adds):
            _check_phrases(scope, item.phrases, "an empty text is near everything")
            _check_number(scope, "within", within, _MAX_WITHIN)
            _check_number(scope, "adds", adds, _MAX_POINTS)
        case ast.Check(names=names):
            for name in names:
                word(scope, name, VALIDATORS, "a validator")
        case ast.Boundary(classes=classes):
            for name in classes:
                word(scope, name, BOUNDARIES, "a boundary class")
        case ast.WordList():
            check_word_list(scope, item)
        case ast.Phrases(texts=texts):
            _check_phrases(scope, texts, "an empty text finds nothing")
        case ast.DetectorModel(costs=costs):
            _check_costs(scope, costs)


def _check_phrases(scope: Scope, texts: tuple[ast.Text, ...], message: str) -> None:
    for text in (text for text in texts if not text.value.strip()):
        scope.report(DETECTOR_INVALID, text.span, message)


def _check_costs(scope: Scope, costs: tuple[ast.Number, ...]) -> None:
    for extra in costs[1:]:
        scope.report(DUPLICATE_ITEM, extra.span, "a model has one cost")
    for cost in costs:
        if not _is_duration(cost):
            message = "a cost is a duration, such as `18ms`"
            scope.report(DETECTOR_INVALID, cost.span, message)


def _is_duration(node: ast.Number) -> bool:
    return not node.text.startswith("-") and (
        parse_number(node.text.lstrip("+")).kind == Kind.DURATION
    )


def _check_number(scope: Scope, what: str, node: ast.Number, most: int) -> None:
    quantity = parse_number(node.text)
    scale = 1_000_000 if quantity.kind == Kind.NUMBER else 1
    plain = quantity.kind == Kind.INT or (quantity.kind == Kind.NUMBER and what == "entropy")
    if not plain or quantity.value > most * scale:
        kind = "a number" if what == "entropy" else "a whole number"
        scope.report(DETECTOR_INVALID, node.span, f"`{what}` is {kind} from 0 to {most}")
