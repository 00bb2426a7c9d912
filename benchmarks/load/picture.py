"""The curve as an SVG without a library: readable on light and on dark pages, as it paints no ground of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from benchmarks.load.figures import Step

WIDTH, HEIGHT, LEFT, RIGHT, GAP, TOP, BOTTOM = 860, 360, 56, 16, 72, 46, 44
PANEL = (WIDTH - LEFT - RIGHT - GAP) / 2
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.axis { stroke: #59636e; stroke-width: 1 }
.grid { stroke: #59636e; stroke-opacity: .25; stroke-width: 1 }
.line { fill: none; stroke-width: 2.2 }
.knee { stroke: #59636e; stroke-dasharray: 4 4 }
.title { font-weight: 600 }
.a { stroke: #0969da; fill: #0969da } .b { stroke: #1a7f37; fill: #1a7f37 }
.c { stroke: #9a6700; fill: #9a6700 } .d { stroke: #cf222e; fill: #cf222e }
path.line { fill: none } text.a, text.b, text.c, text.d { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .axis, .grid, .knee { stroke: #9198a1 }
  .a { stroke: #4493f8; fill: #4493f8 } .b { stroke: #3fb950; fill: #3fb950 }
  .c { stroke: #d29922; fill: #d29922 } .d { stroke: #f85149; fill: #f85149 }
}
"""


def draw(steps: Sequence[Step], *, knee: Step, caption: str) -> str:
    """Requests per second on the left, their times on the right (logarithmic), both by people at once."""
    ceiling = _round_up(max(step.per_second for step in steps))
    low = 10 ** math.floor(math.log10(max(1.0, min(step.p50 for step in steps))))
    high = 10 ** math.ceil(math.log10(max(step.p99 for step in steps)))
    decades = [low * 10**power for power in range(round(math.log10(high / low)) + 1)]
    parts = [
        *_panel(
            "requests per second",
            LEFT,
            steps,
            knee,
            [(ceiling * part / 4) for part in range(5)],
            _linear(ceiling),
        ),
        *_curve(LEFT, steps, "a", lambda step: step.per_second, _linear(ceiling), ""),
        *_panel(
            "milliseconds per request", LEFT + PANEL + GAP, steps, knee, decades, _logarithmic(low, high)
        ),
    ]
    for color, name, value in (
        ("b", "p50", lambda step: step.p50),
        ("c", "p95", lambda step: step.p95),
        ("d", "p99", lambda step: step.p99),
    ):
        parts += _curve(LEFT + PANEL + GAP, steps, color, value, _logarithmic(low, high), name)
    title = f"<title>{escape(caption)}</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"{title}<style>{_STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _linear(ceiling: float) -> Callable[[float], float]:
    return lambda value: value / ceiling


def _logarithmic(low: float, high: float) -> Callable[[float], float]:
    return lambda value: math.log10(max(value, low) / low) / math.log10(high / low)


def _x(left: float, steps: Sequence[Step], people: int) -> float:
    return left + PANEL * people / steps[-1].people


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _panel(
    title: str,
    left: float,
    steps: Sequence[Step],
    knee: Step,
    marks: Sequence[float],
    scale: Callable[[float], float],
) -> list[str]:
    parts = [f'<text class="title" x="{left:.1f}" y="18">{title}</text>']
    for mark in marks:
        y = _y(scale(mark))
        parts.append(f'<path class="grid" d="M{left:.1f} {y:.1f}h{PANEL:.1f}"/>')
        parts.append(f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
    last = 0.0
    for step in steps:
        x = _x(left, steps, step.people)
        if x - last > 24:
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step.people}</text>'
            )
            last = x
    middle = left + PANEL / 2
    parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 6}" text-anchor="middle">people at once</text>')
    x = _x(left, steps, knee.people)
    parts.append(f'<path class="axis" d="M{left:.1f} {_y(0):.1f}h{PANEL:.1f}"/>')
    parts.append(f'<path class="knee" d="M{x:.1f} {TOP - 12}V{_y(0):.1f}"/>')
    parts.append(f'<text x="{x + 4:.1f}" y="{TOP - 4}">knee: {knee.people}</text>')
    return parts


def _curve(
    left: float,
    steps: Sequence[Step],
    color: str,
    value: Callable[[Step], float],
    scale: Callable[[float], float],
    name: str,
) -> list[str]:
    points = [(_x(left, steps, step.people), _y(scale(value(step)))) for step in steps]
    path = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    parts = [f'<path class="line {color}" d="M{path}"/>']
    parts += [f'<circle class="{color}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
    if name:
        x, y = points[-1]
        # The slowest stands above its line, the others below theirs: at the end they come close.
        y += -8 if name == "p99" else 18
        parts.append(f'<text class="{color}" x="{x - 6:.1f}" y="{y:.1f}" text-anchor="end">{name}</text>')
    return parts


def _round_up(value: float) -> float:
    unit = 10 ** math.floor(math.log10(max(value, 1.0)))
    return next(unit * step for step in (1, 2, 4, 8, 10, 20) if unit * step >= value)
