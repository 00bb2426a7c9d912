"""Which browser, on which system, from what a browser says of itself: `Firefox on Windows`.

Browsers name each other to be served alike: the one that is asked for first is what it is. What is not known here is
said to be another.
"""

from __future__ import annotations

import re
from typing import Final

OTHER: Final = "Another browser"
_BROWSERS: Final = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chromium/", "Chromium"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Version/[\d.]+ .*Safari/", "Safari"),
)
_SYSTEMS: Final = (
    (r"Windows", "Windows"),
    (r"iPhone|iPod", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Macintosh|Mac OS X", "macOS"),
    (r"Linux|X11", "Linux"),
)


def describe_browser(said: str) -> str:
    """`Firefox on Windows`; `Another browser on Linux`, `Another browser` for what is not known."""
    browser = _first(_BROWSERS, said) or OTHER
    system = _first(_SYSTEMS, said)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, said)), "")
