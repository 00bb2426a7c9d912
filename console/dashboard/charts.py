"""Charts as the theme's script takes them; each has a table beside it with the same figures.

Amounts are passed as decimal strings; only the chart turns them into lengths.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

AGE_COLORS: Final = ("#16a34a", "#eab308", "#f97316", "#ef4444", "#b91c1c")
METHOD_COLORS: Final = ("#2563eb", "#0d9488", "#9333ea", "#ea580c", "#db2777", "#65a30d", "#64748b")
_TICKS: Final = {"color": "#8b93a1"}
_BASE: Final[Mapping[str, Any]] = {
    "animation": False,
    "responsive": True,
    "maintainAspectRatio": False,
}


def bar_chart(labels: Sequence[str], amounts: Sequence[Decimal]) -> str:
    """One bar for each label, colored from fresh to old."""
    bars = {
        "data": [str(amount) for amount in amounts],
        "backgroundColor": list(AGE_COLORS[: len(labels)]),
        "maxBarThickness": 64,
        "borderRadius": 4,
    }
    return json.dumps({"labels": list(labels), "datasets": [bars]})


def stacked_chart(labels: Sequence[str], rows: Mapping[str, Sequence[Decimal]]) -> str:
    """One bar for each label, made up of a part for each row."""
    parts = [
        {
            "label": name,
            "data": [str(amount) for amount in amounts],
            "backgroundColor": METHOD_COLORS[place % len(METHOD_COLORS)],
            "maxBarThickness": 48,
            "borderRadius": 2,
        }
        for place, (name, amounts) in enumerate(rows.items())
    ]
    return json.dumps({"labels": list(labels), "datasets": parts})


def _options(*, stacked: bool) -> str:
    axes = {
        "x": {"stacked": stacked, "grid": {"display": False}, "ticks": _TICKS},
        "y": {
            "stacked": stacked,
            "beginAtZero": True,
            "ticks": {**_TICKS, "maxTicksLimit": 5},
            "grid": {"tickWidth": 0},
        },
    }
    legend = {
        "display": stacked,
        "position": "bottom",
        "labels": {**_TICKS, "boxWidth": 10, "boxHeight": 10},
    }
    return json.dumps({**_BASE, "scales": axes, "plugins": {"legend": legend}})


BAR_OPTIONS: Final = _options(stacked=False)
STACKED_OPTIONS: Final = _options(stacked=True)
