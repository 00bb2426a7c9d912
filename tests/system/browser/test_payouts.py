"""Drivers are paid: from the list of DTRs to a batch that waits, its file, and one payout that came back."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from demo.companies import BIG_APPLE
from ledger.paying.tests.builders import return_file
from tests.system.browser.serving import Served
from tests.system.browser.test_clicks import count
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
PAYABLE = """
select count(distinct d.customer_id) from dtrs d
where d.company_id = %s and d.status = 'Finalized' and d.due_to_driver > 0 and not exists (
  select from payee_holds h
  where h.company_id = d.company_id and h.customer_id = d.customer_id and h.released_at is null
)
"""
BATCH = """
select number, id::text, status, payout_count from payout_batches
where company_id = %s and way = 'ach' order by id desc limit 1
"""
LAST_PAID = """
select p.reference, p.amount::text, d.number, d.status from payouts p
join payout_items i on i.company_id = p.company_id and i.payout_id = p.id
join dtrs d on d.company_id = i.company_id and d.id = i.dtr_id
where p.company_id = %s and p.batch_id = %s::uuid order by p.place desc limit 1
"""


def _draft(visitor: Visitor, served: Served) -> tuple[str, str]:
    """Pay all that the filter finds, by what the list offers; the batch's number and page."""
    page = visitor.page
    visitor.go("/admin/ledger/dtr/")
    drivers = served.value(PAYABLE, BIG_APPLE)
    assert drivers > 30

    page.get_by_role("button", name="Filters").click()
    page.locator("select[name=payout]").select_option("waiting")
    visitor.press("Apply Filters")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Pay these drivers")
    visitor.shoot("payouts-ticked")
    visitor.press("Run")
    visitor.sees("Only these DTRs")
    visitor.shoot("payouts-form")
    visitor.press("Show what would happen")
    visitor.sees("Nothing has happened yet")
    visitor.sees(re.compile("Left out: On hold since"))
    visitor.shoot("payouts-preview")
    visitor.press("Confirm: Pay drivers")
    visitor.sees(re.compile(r"waits? for"))

    # Two more are what a person chooses from a list.
    count(visitor, at_most=8 - 2)
    ((number, key, status, payouts),) = served.rows(BATCH, BIG_APPLE)
    assert (status, payouts) == ("draft", drivers)
    return number, f"/admin/ledger/payoutbatch/{key}/change/"


def test_pays_the_weeks_drivers(visitor_of: Callable[..., Visitor], served: Served, tmp_path: Path) -> None:
    manager, second = visitor_of("manager"), visitor_of("controller")
    number, address = _draft(manager, served)

    second.go(address)
    second.sees(re.compile("Another person decides"))
    second.press("Approve")
    second.press("Show what would happen")
    second.press("Confirm: Approve")
    second.sees(f"{number} is approved and can be built.")

    manager.go(address)
    manager.press("Build")
    manager.press("Confirm: Build")
    manager.sees(re.compile(f"{number} is built"))
    manager.press("Take the file")
    with manager.page.expect_download() as download:
        manager.press("Take the file")
    file = download.value.path().read_text()
    manager.go(address)
    manager.press("It is sent")
    manager.press("Confirm: It is sent")
    manager.sees(re.compile(f"of {number} went out"))
    manager.shoot("payouts-sent")

    key = address.split("/")[-3]
    ((trace, amount, dtr, status),) = served.rows(LAST_PAID, BIG_APPLE, key)
    assert (trace in file, status) == (True, "Paid")
    came_back = tmp_path / "returns.ach"
    came_back.write_text(return_file((trace, "R01", Decimal(amount), "")))
    manager.go("/admin/payout-returns/import/")
    manager.page.locator("input[type=file]").set_input_files(came_back)
    manager.press("Show what would happen")
    manager.sees("Came back, due again")
    manager.shoot("payouts-returned")
    manager.press("Confirm: Record them")
    manager.sees(re.compile("Recorded of returns.ach: 1 entry"))

    manager.go(f"/admin/ledger/dtr/?q={dtr}")
    manager.sees("Finalized")
    ((_, _, _, status),) = served.rows(LAST_PAID, BIG_APPLE, key)
    assert status == "Finalized"
