"""Bar charts as SVG, readable on light and on dark pages: they bring their own ground, and no library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 760, 150, 70  # LEFT: names of groups and bars; RIGHT: figures behind the longest bar
BAR, GAP, TOP, BOTTOM = 15, 14, 64, 44
TICKS = 5
COLOURS = ("#d9480f", "#1971c2", "#2f9e44", "#868e96", "#9c36b5", "#0c8599", "#a27b00")

STYLE = """
text { font: 12px sans-serif; fill: #212529 }
.title { font-size: 15px; font-weight: bold }
.figure, .group { font-weight: bold }
.ground { fill: #ffffff }
.grid { stroke: #dee2e6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e9ecef }
  .ground { fill: #16191d }
  .grid { stroke: #343a40 }
}
"""


@dataclass(frozen=True)
class Bar:
    """One bar: its series, its length in units of the axis, and the figure that stands behind it."""

    series: str
    length: float
    figure: str


@dataclass(frozen=True)
class Group:
    """Bars that belong together."""

    name: str
    bars: Sequence[Bar]


def chart(title: str, axis: str, groups: Sequence[Group]) -> str:
    """Return horizontal bars as an SVG document."""
    series = list(dict.fromkeys(bar.series for group in groups for bar in group.bars))
    colours = dict(zip(series, COLOURS, strict=False))
    step = _step(max(bar.length for group in groups for bar in group.bars) / TICKS)
    end = step * TICKS
    height = TOP + sum(len(group.bars) * BAR + GAP for group in groups) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        _text(12, 24, title, "title"),
        *_legend(colours),
        *_grid(step, height, axis),
        *_bars(groups, colours, end),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _step(least: float) -> float:
    """Return the next of 1, 2, 2.5, 5 times a power of ten."""
    power = 1.0
    while power > least:
        power /= 10
    while power * 10 <= least:
        power *= 10
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= least)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(text)}</text>'


def _legend(colours: dict[str, str]) -> list[str]:
    parts, x = [], 12.0
    for name, colour in colours.items():
        parts.append(f'<rect x="{x:.1f}" y="37" width="11" height="11" fill="{colour}"/>')
        parts.append(_text(x + 16, 47, name))
        x += 34 + 7 * len(name)
    return parts


def _grid(step: float, height: float, axis: str) -> list[str]:
    parts, below = [], height - BOTTOM
    for tick in range(TICKS + 1):
        x = LEFT + (WIDTH - LEFT - RIGHT) * tick / TICKS
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{below}"/>')
        parts.append(_text(x, below + 15, f"{step * tick:g}", anchor="middle"))
    return [*parts, _text(LEFT + (WIDTH - LEFT - RIGHT) / 2, height - 10, axis, anchor="middle")]


def _bars(groups: Sequence[Group], colours: dict[str, str], end: float) -> list[str]:
    parts, y = [], TOP + GAP / 2
    for group in groups:
        middle = y + len(group.bars) * BAR / 2 + 4
        parts.append(_text(LEFT - 8, middle, group.name, "group", "end"))
        for bar in group.bars:
            length = (WIDTH - LEFT - RIGHT) * bar.length / end
            place = f'x="{LEFT}" y="{y:.1f}" width="{length:.1f}" height="{BAR - 2}"'
            told = escape(f"{group.name}, {bar.series}: {bar.figure}")
            parts.append(f'<rect {place} fill="{colours[bar.series]}"><title>{told}</title></rect>')
            parts.append(_text(LEFT + length + 5, y + BAR - 4, bar.figure, "figure"))
            y += BAR
        y += GAP
    return parts
