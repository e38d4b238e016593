"""An evaluation as one HTML page: what is taken for what.

Everything that comes from the data is escaped, and its texts are shown only if that is asked
for.  The page loads nothing and runs nothing; a policy in its head forbids it to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from epol.compiler.evaluation.counts import MOST_MISTAKES, NOTHING, Mistake, Tally
from epol.compiler.evaluation.mapping import TypeMap
from epol.compiler.evaluation.measures import Quality, by_type, overall, per_thousand
from epol.compiler.evaluation.show import percent
from epol.lang.render import printable

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
.wide { overflow-x: auto; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { border: 1px solid GrayText; padding: .25rem .6rem; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
td.right { font-weight: bold; }
td.right::after { content: " \\2713"; }
mark { background: Mark; color: MarkText; }
code { overflow-wrap: anywhere; white-space: pre-wrap; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(result: Tally, types: TypeMap, *, title: str, show_text: bool) -> str:
    """The whole page."""
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(title)}</h1>",
        *_summary(result),
        "<h2>By type</h2>",
        *_types(result, types),
        "<h2>What is taken for what</h2>",
        *_confusion(result, types),
        "<h2>Mistakes</h2>",
        *_mistakes(result.mistakes, show_text=show_text),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "".join(f"{part}\n" for part in parts)


def _summary(result: Tally) -> Iterator[str]:
    yield f"<p>{result.texts:,} texts."
    rate = per_thousand(result)
    if rate is not None:
        yield f"In {result.clean:,} clean ones there are {rate:g} findings per 1,000."
    if result.refused:
        yield f"{len(result.refused):,} could not be scanned and are not counted."
    yield "</p>"


def _types(result: Tally, types: TypeMap) -> Iterator[str]:
    head = ("Type", "Labels", "Expected", "Found", "Recall", "Precision", "F1", "Leaked")
    rows = [_row(name, each) for name, each in by_type(result, types).items()]
    yield from _table("Quality by type of the data", head, [*rows, _row("All", overall(result))])


def _row(name: str, quality: Quality) -> list[str]:
    count = quality.count
    shares = (quality.recall, quality.precision, quality.f1, quality.leaked)
    return [
        _header(name),
        f"<td>{escape(', '.join(quality.labels))}</td>",
        *map(_number, (count.expected, count.found)),
        *(f'<td class="n">{percent(each)}</td>' for each in shares),
    ]


def _confusion(result: Tally, types: TypeMap) -> Iterator[str]:
    pairs = result.pairs
    columns = sorted({label for _, label in pairs}, key=lambda label: (label == NOTHING, label))
    names = sorted({type_ for type_, _ in pairs}, key=lambda name: (name == NOTHING, name))
    head = ("Type", *(label or "Nothing found" for label in columns))
    rows = [
        [
            _header(name or "Nothing labelled", note="" if types.right(name) else "no label"),
            *(_cell(pairs[name, label], right=label in types.right(name)) for label in columns),
        ]
        if name
        else [_header("Nothing labelled"), *(_cell(pairs[name, label]) for label in columns)]
        for name in names
    ]
    caption = "Labelled spans by type and by the label found there; a check marks what is right"
    yield from _table(caption, head, rows)


def _cell(count: int, *, right: bool = False) -> str:
    return f'<td class="n{" right" if right and count else ""}">{count or ""}</td>'


def _mistakes(mistakes: list[Mistake], *, show_text: bool) -> Iterator[str]:
    if not mistakes:
        yield "<p>None.</p>"
        return
    if len(mistakes) >= MOST_MISTAKES:
        yield f"<p>The first {MOST_MISTAKES}.</p>"
    head = ("Line", "Characters", "Type", "Found", *(("Text",) if show_text else ()))
    rows = [_mistake(each, show_text=show_text) for each in mistakes]
    yield from _table("Spans that were missed and findings that are wrong", head, rows)


def _mistake(mistake: Mistake, *, show_text: bool) -> list[str]:
    before, text, after = (
        escape(printable(each)) for each in (mistake.before, mistake.text, mistake.after)
    )
    shown = f"{before}<mark>{text}</mark>{after}"
    return [
        _number(mistake.line),
        f'<td class="n">{mistake.start} to {mistake.end}</td>',
        f"<td>{escape(mistake.type or 'nothing labelled')}</td>",
        f"<td>{escape(mistake.label or 'nothing')}</td>",
        *((f"<td><code>{shown}</code></td>",) if show_text else ()),
    ]


def _table(caption: str, head: Iterable[str], rows: Iterable[list[str]]) -> Iterator[str]:
    # A region that scrolls must be reached with the keyboard (WCAG 2.1.1) and have a name.
    yield f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
    yield f"<table><caption>{escape(caption)}</caption>"
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    yield f"<thead><tr>{names}</tr></thead>"
    yield "<tbody>"
    yield from (f"<tr>{''.join(cells)}</tr>" for cells in rows)
    yield "</tbody></table></div>"


def _header(name: str, note: str = "") -> str:
    return f'<th scope="row">{escape(name)}{f" ({note})" if note else ""}</th>'


def _number(value: int) -> str:
    return f'<td class="n">{value:,}</td>'
