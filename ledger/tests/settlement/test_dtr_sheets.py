"""How many sheets a DTR is printed on: its foot alone never begins one."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest

from batconnect.core.kernel.actors import Actor
from ledger.settlement.querysets import find_dtr
from ledger.settlement.services import documents
from ledger.settlement.services.documents import dtr_pdf
from ledger.tests.settlement.builders import at, dtr_of, earn, make_driver, settle, settle_from

FIRST = "2026-01-04"


def test_a_second_sheet_begins_with_lines_of_the_week(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    john, job = make_driver(manager), settle_from("2026-01-11")
    with at("2026-01-11"):
        earn(manager, john, FIRST, "700.00")
        settle(job, FIRST)
    dtr: Any = find_dtr(actor=manager, number=dtr_of(john, FIRST).number)
    printed = documents._printed_groups

    def sheets(count: int) -> list[str]:
        """The text of each sheet of a report with so many more lines."""

        def groups(rows: Any) -> list[dict[str, Any]]:
            (group,) = printed(rows)
            lines = [
                {**group["lines"][0], "description": f"Toll {place}", "reference_id": f"EZ-{place}"}
                for place in range(count)
            ]
            return [{**group, "lines": lines}]

        monkeypatch.setattr(documents, "_printed_groups", groups)
        reader = pypdf.PdfReader(io.BytesIO(dtr_pdf(actor=manager, dtr=dtr)))
        return [" ".join(page.extract_text().split()) for page in reader.pages]

    count = 10
    while len(pages := sheets(count)) == 1:
        assert "Please bring this report" in pages[0]
        count += 1

    assert count < 60
    assert len(pages) == 2
    assert f"EZ-{count - 1}" in pages[1]
    assert all("Please bring this report" in page for page in pages)
