"""Curves of the gap recovered over the share of calls to the strong model, as SVG."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SIZE, LEFT, TOP, GAP = 260, 44, 30, 76
WIDTH = LEFT + SIZE + 36
"""Narrow, so that it can be read on a telephone."""
TITLE = "Gap recovered by the share of calls to the large model"
TOLD = "For each source of questions, a curve for each router; higher is better."
# An image does not know the colours of the page, so it has a ground of its own.
STYLE = (
    "text { font-family: system-ui, sans-serif; fill: currentColor } .ground { fill: #ffffff } "
    "@media (prefers-color-scheme: dark) { svg { color: #e8eaf2 } .ground { fill: #1c1f29 } }"
)
POINTS = 50
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 5")

Curves = Mapping[str, np.ndarray]


def chart(panels: Mapping[str, Curves]) -> str:
    """One panel a source, under each other; the curves of a router have the same dashes in each."""
    names = list(next(iter(panels.values())))
    legend = TOP + len(panels) * (SIZE + GAP)
    height = legend + 16 * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-size="12" color="#1d2433">',
        f"<title>{TITLE}</title>",
        f"<desc>{TOLD}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
    ]
    for at, (title, curves) in enumerate(panels.items()):
        parts += _panel(TOP + at * (SIZE + GAP), title, curves)
    for at, (name, dash) in enumerate(zip(names, DASHES, strict=False)):
        y = legend + 16 * at
        parts.append(f"{_line(f'{LEFT},{y - 4} {LEFT + 40},{y - 4}', dash)}")
        parts.append(f'<text x="{LEFT + 48}" y="{y}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(top: int, title: str, curves: Curves) -> list[str]:
    most = max(1.0, *(float(curve.max()) for curve in curves.values()))
    bottom = top + SIZE
    parts = [
        f'<text x="{LEFT}" y="{top - 10}">{title}</text>',
        f'<rect x="{LEFT}" y="{top}" width="{SIZE}" height="{SIZE}" fill="none" '
        'stroke="currentColor" opacity="0.4"/>',
        f'<text x="{LEFT}" y="{bottom + 28}">share of calls to the large model</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(
            f'<text x="{LEFT + share * SIZE - 8:.0f}" y="{bottom + 14}">{share:.0%}</text>'
        )
        y = bottom - share / most * SIZE
        parts.append(f'<text x="{LEFT - 38}" y="{y + 4:.0f}">{share:.0%}</text>')
    for curve, dash in zip(curves.values(), DASHES, strict=False):
        places = np.linspace(0, len(curve) - 1, POINTS + 1).round().astype(int)
        points = " ".join(
            f"{LEFT + SIZE * at / POINTS:.1f},{bottom - SIZE * curve[place] / most:.1f}"
            for at, place in enumerate(places)
        )
        parts.append(_line(points, dash))
    return parts


def _line(points: str, dash: str) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{points}" fill="none" stroke="currentColor"{dashes}/>'
