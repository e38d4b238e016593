"""Curves of the gap recovered over the share of calls to the strong model, as SVG."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SIZE, LEFT, TOP, GAP = 260, 44, 30, 60
POINTS = 50
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 5")

Curves = Mapping[str, np.ndarray]


def chart(panels: Mapping[str, Curves]) -> str:
    """One panel a source; the curves of a router have the same dashes in each."""
    width = LEFT + len(panels) * (SIZE + GAP)
    names = list(next(iter(panels.values())))
    height = TOP + SIZE + 50 + 16 * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="11" '
        'fill="currentColor">',
        "<title>Gap recovered by the share of calls to the large model</title>",
    ]
    for at, (title, curves) in enumerate(panels.items()):
        parts += _panel(LEFT + at * (SIZE + GAP), title, curves)
    for at, (name, dash) in enumerate(zip(names, DASHES, strict=False)):
        y = TOP + SIZE + 50 + 16 * at
        parts.append(f"{_line(f'{LEFT},{y - 4} {LEFT + 40},{y - 4}', dash)}")
        parts.append(f'<text x="{LEFT + 48}" y="{y}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(left: int, title: str, curves: Curves) -> list[str]:
    most = max(1.0, *(float(curve.max()) for curve in curves.values()))
    bottom = TOP + SIZE
    parts = [
        f'<text x="{left}" y="{TOP - 10}">{title}</text>',
        f'<rect x="{left}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" '
        'stroke="currentColor" opacity="0.4"/>',
        f'<text x="{left}" y="{bottom + 28}">share of calls to the large model</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(
            f'<text x="{left + share * SIZE - 8:.0f}" y="{bottom + 14}">{share:.0%}</text>'
        )
        y = bottom - share / most * SIZE
        parts.append(f'<text x="{left - 34}" y="{y + 4:.0f}">{share:.0%}</text>')
    for curve, dash in zip(curves.values(), DASHES, strict=False):
        places = np.linspace(0, len(curve) - 1, POINTS + 1).round().astype(int)
        points = " ".join(
            f"{left + SIZE * at / POINTS:.1f},{bottom - SIZE * curve[place] / most:.1f}"
            for at, place in enumerate(places)
        )
        parts.append(_line(points, dash))
    return parts


def _line(points: str, dash: str) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{points}" fill="none" stroke="currentColor"{dashes}/>'
