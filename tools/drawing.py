"""Drawings of boxes and arrows, as SVG that is read light and dark, by eyes and by machines.

A drawing is 400 units wide, so that its text can still be read on a telephone 360 pixels wide.  It
has a ground of its own: an image does not know the colours of the page that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

WIDTH = 400
LINE = 19
"""The height of a line of text."""
_PAD = 11

STYLE = """
text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1d2433 }
.name { font-weight: 700 }
.ground { fill: #ffffff }
.frame { fill: #f3f4f8; stroke: #6b7280; stroke-dasharray: 5 4 }
.box { fill: #e3e8fb; stroke: #3f51b5 }
.good { fill: #dff3e4; stroke: #2e7d4f }
.bad { fill: #fbe4e1; stroke: #b3392c }
path { fill: none; stroke: #3b4252; stroke-width: 1.6 }
.head { fill: #3b4252; stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e8eaf2 }
  .ground { fill: #1c1f29 }
  .frame { fill: #252936; stroke: #9aa3b5 }
  .box { fill: #2d3865; stroke: #93a6f2 }
  .good { fill: #1f4a33; stroke: #7fd0a0 }
  .bad { fill: #5c2722; stroke: #f0a59b }
  path { stroke: #b9c0d0 }
  .head { fill: #b9c0d0 }
}
""".strip()


@dataclass
class Drawing:
    """What is drawn so far.  `title` names it and `told` says in words what it shows."""

    title: str
    told: str
    height: int = 0
    parts: list[str] = field(default_factory=list[str])

    def box(
        self, top: int, name: str, *lines: str, kind: str = "box", left: int = 40, width: int = 320
    ) -> int:
        """A box with a name and lines under it; where it ends."""
        height = LINE * (1 + len(lines)) + 2 * _PAD
        self._rectangle(kind, left, top, width, height)
        for number, line in enumerate((name, *lines)):
            at = top + _PAD + LINE * number + 14
            mark = "" if number else ' class="name"'
            text = escape(line)
            self.parts.append(f'<text x="{left + width // 2}" y="{at}"{mark}>{text}</text>')
        return self._grown(top + height)

    def frame(self, top: int, bottom: int, name: str) -> None:
        """A frame around what comes after it, with a name at its top."""
        self._rectangle("frame", 16, top, WIDTH - 32, bottom - top)
        self.parts.append(
            f'<text x="{WIDTH // 2}" y="{top + 22}" class="name">{escape(name)}</text>'
        )
        self._grown(bottom)

    def arrow(
        self, top: int, bottom: int, *, start: int = WIDTH // 2, end: int | None = None
    ) -> int:
        """An arrow down, from one x to another; where it ends."""
        return self._drawn((start, top), (start if end is None else end, bottom))

    def elbow(self, side: int, top: int, bottom: int, *, right: int) -> int:
        """An arrow from the right side of a box, to `right` and then down; where it ends."""
        return self._drawn((side, top), (right, top), (right, bottom))

    def _drawn(self, *points: tuple[int, int]) -> int:
        x, y = points[-1]
        line = "L".join(f"{left} {top}" for left, top in (*points[:-1], (x, y - 6)))
        self.parts.append(f'<path d="M{line}"/>')
        head = f"{x - 5},{y - 8} {x + 5},{y - 8} {x},{y}"
        self.parts.append(f'<polygon class="head" points="{head}"/>')
        return self._grown(y)

    def _rectangle(self, kind: str, left: int, top: int, width: int, height: int) -> None:
        place = f'x="{left}" y="{top}" width="{width}" height="{height}"'
        self.parts.append(f'<rect class="{kind}" {place} rx="6"/>')

    def _grown(self, bottom: int) -> int:
        self.height = max(self.height, bottom)
        return bottom

    def svg(self) -> str:
        """The whole file."""
        height = self.height + 12
        size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t d">'
        ground = f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>'
        said = (
            f'<title id="t">{escape(self.title)}</title>',
            f'<desc id="d">{escape(self.told)}</desc>',
        )
        return "\n".join([head, *said, f"<style>{STYLE}</style>", ground, *self.parts, "</svg>\n"])
