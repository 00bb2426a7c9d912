"""What every page of the console has around its content, whatever it shows."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from django.urls import reverse

from console.handbook.pages import handbook

LARGEST_PAGE: Final = 150_000
"""Bytes of HTML."""


@cache
def _sections() -> frozenset[str]:
    return frozenset(re.findall(r'id="([^"]+)"', handbook()))


def frame_faults(page: Any) -> list[str]:
    """What the page lacks: a way past the menu, one main part, help on what it is about; or that it is too large."""
    html = page.content.decode()
    faults = []
    if '<a class="skip-link" href="#main-part">' not in html:
        faults.append("has no skip link")
    if html.count("<main ") + html.count("<main>") != 1 or '<main id="main-part"' not in html:
        faults.append("has not one main part")
    help_link = re.search(
        rf'href="{re.escape(reverse("admin:handbook"))}#([^"]+)"[^>]*aria-label="Help', html
    )
    if help_link is None or help_link[1] not in _sections():
        faults.append("leads to no section of the handbook")
    if len(page.content) > LARGEST_PAGE:
        faults.append(f"is {len(page.content):,} bytes long")
    return faults
