"""Charts as plain shapes: one for wide screens and paper, one for narrow screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

WIDE, NARROW = 720.0, 328.0
Number = float


@dataclass(slots=True)
class Drawing:
    """A chart at one width. tone is a class of the style sheet."""

    width: Number
    height: Number = 0
    shapes: list[str] = field(default_factory=list)

    @property
    def is_wide(self) -> bool:
        return self.width > 620

    def line(self, x1: Number, y1: Number, x2: Number, y2: Number, tone: str) -> None:
        self._add("line", tone, x1=x1, y1=y1, x2=x2, y2=y2)

    def rect(self, x: Number, y: Number, width: Number, height: Number, tone: str) -> None:
        self._add("rect", tone, x=x, y=y, width=max(0.0, width), height=height)

    def circle(self, x: Number, y: Number, r: Number, tone: str) -> None:
        self._add("circle", tone, cx=x, cy=y, r=r)

    def path(self, points: Sequence[tuple[Number, Number]], tone: str) -> None:
        told = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.shapes.append(f'<path d="{told}" class="{tone}"/>')

    def text(self, x: Number, y: Number, text: str, tone: str = "", anchor: str = "start") -> None:
        self.shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{tone}">'
            f"{escape(text)}</text>"
        )

    def marks(self) -> Markup:
        return Markup("".join(self.shapes))  # noqa: S704 - numbers of ours, texts escaped

    def _add(self, tag: str, tone: str, **places: Number) -> None:
        told = " ".join(f'{name}="{value:.1f}"' for name, value in places.items())
        self.shapes.append(f'<{tag} {told} class="{tone}"/>')


@dataclass(frozen=True, slots=True)
class Pair:
    """The same chart for wide and for narrow screens."""

    wide: Drawing
    narrow: Drawing


def pair(draw: Callable[[Drawing], None]) -> Pair:
    wide, narrow = Drawing(WIDE), Drawing(NARROW)
    draw(wide)
    draw(narrow)
    return Pair(wide, narrow)
