"""Files of agencies: one is imported and worked off, and what waits at the desk is assigned."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo.companies import EMPIRE
from tests.system.browser.serving import Served, wait_until
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
WAITING = "select count(*) from agency_rows where company_id = %s and state = 'waiting'"
UNFINISHED = "select count(*) from agency_imports where company_id = %s and finished_at is null"
CHARGED = (
    "select count(*) from ledger_obligations o "
    "join agency_rows r on r.company_id = o.company_id and r.obligation_id = o.id "
    "where r.company_id = %s and r.reference = %s"
)


def test_a_toll_waits_at_the_desk_and_is_assigned(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("dispatcher")
    day = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    rows = (
        "Lane Txn ID,Transaction Date,Tag/Plate Number,Agency,Exit Time,Exit Plaza,Amount",
        f"JOURNEY-1,{day:%m/%d/%Y},00577700001,MTAB&T,08:15:00,RFK Bridge,-6.94",
        f"JOURNEY-2,{day:%m/%d/%Y},T700001C,MTAB&T,09:15:00,RFK Bridge,-6.94",
    )
    file = {"name": "journey.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}

    visitor.go("/admin/agencies/import/")
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.press("Check only")
    visitor.sees("Statement of E-ZPass New York")
    visitor.shoot("agency-import")
    visitor.press("Take it")
    visitor.page.wait_for_url(re.compile("/agencies/agencyimport/"))
    wait_until("the file", lambda: not served.value(UNFINISHED, EMPIRE))
    visitor.page.reload()
    visitor.sees("at the desk: 1")
    visitor.shoot("agency-import-done")

    visitor.go("/admin/agencies/desk/?q=JOURNEY-1")
    before = served.value(WAITING, EMPIRE)
    visitor.page.get_by_label("Choose JOURNEY-1").check()
    visitor.page.locator("#id_lease").fill("EL-002")
    visitor.page.locator("#id_driver").fill("EMP-002")
    visitor.shoot("agency-desk")
    visitor.press("Show what would happen")
    visitor.sees("Nothing has happened yet")
    visitor.press("Confirm")
    visitor.sees("1 row of EMP-002")

    assert served.value(WAITING, EMPIRE) == before - 1
    assert served.value(CHARGED, EMPIRE, "JOURNEY-1") == 1
    assert served.value(CHARGED, EMPIRE, "JOURNEY-2") == 1
