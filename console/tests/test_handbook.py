"""What docs/console.md sends people to is there."""

from __future__ import annotations

import re

from django.conf import settings

from console.navigation import SECTIONS
from console.reports.catalog import REPORTS

HANDBOOK = settings.BASE_DIR / "docs" / "console.md"


def test_every_menu_path_exists() -> None:
    named = set(re.findall(r"\*\*([^*›]+) › ([^*]+)\*\*", HANDBOOK.read_text(encoding="utf-8")))
    there = {(section.title, entry.title) for section in SECTIONS for entry in section.entries}

    assert named - {("Section", "Entry")} <= there
    assert len(named) > 25


def test_every_report_is_described() -> None:
    text = HANDBOOK.read_text(encoding="utf-8")

    assert [report.title for report in REPORTS.values() if f"| {report.title} |" not in text] == []
