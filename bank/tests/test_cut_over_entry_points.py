"""A cut-over by call, page and command."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from bank.models import CutOver
from bank.tests.builders import default_account
from bank.tests.test_cut_over import assert_clean, before, taken
from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger import chart
from payments.tests.billing import post
from tests.cast import StaffClient, _actor
from tests.console import browser, seen_on

REASON = "The bank's word from here on"


def at(actor: Actor) -> str:
    return f"/api/accounting/bank-accounts/{default_account(actor).id}/cut-over"


def test_the_api(manager: Actor, api: StaffClient) -> None:
    _, there = taken(manager, "500.00", "70.00")
    body = {
        "day": before(manager).isoformat(),
        "balance": "488.00",
        "leave_out": [str(there.id)],
        "others": [{"account_code": chart.BANK_CHARGES, "amount": "-12.00"}],
        "reason": REASON,
    }

    missing = api.get(at(manager))
    listed = api.get(f"{at(manager)}/items?day={body['day']}&limit=1").json()
    shown = post(api, at(manager), {**body, "preview": True})
    short = post(api, at(manager), {**body, "balance": "500.00"})
    asked = post(api, at(manager), body)
    approve(actor=_actor("second_manager"), approval_id=UUID(asked.json()["approval_request_id"]))
    done = api.get(at(manager)).json()
    items = api.get(f"{at(manager)}/items").json()
    undone = post(api, f"{at(manager)}/undo", {"reason": REASON})

    assert (missing.status_code, missing.json()["code"]) == (404, "cut_over_not_found")
    assert (listed["total"], len(listed["results"])) == (2, 1)
    assert shown.status_code == 200
    assert b'"comes_to":488.00' in shown.content
    assert (short.status_code, short.json()["code"]) == (400, "cut_over_differs")
    assert asked.status_code == 202
    assert (done["status"], done["items"]) == ("live", 2)
    assert {each["kind"] for each in items["results"]} == {"payment", "other"}
    assert (undone.status_code, undone.json()["status"]) == (200, "undone")
    assert_clean(manager)


def test_the_console_shows_every_item_before_it_asks(manager: Actor) -> None:
    payment, there = taken(manager, "500.00", "70.00")
    account = default_account(manager)
    client = browser("manager")
    path = f"/admin/ledger/bankaccount/{account.id}/cut-over/"
    typed = {
        "day": before(manager).isoformat(),
        "balance": "488.00",
        "leave_out": there.number,
        "others": f"{chart.BANK_CHARGES} -12.00",
        "reason": REASON,
    }

    preview = client.post(path, typed)
    asked = client.post(path, {**typed, **seen_on(preview)})

    assert payment.number in preview.content.decode()
    table = preview.content.decode().split("<tbody")[1].split("</tbody>")[0]
    assert there.number not in table
    assert asked.status_code == 302, asked.content.decode()
    request = Approval.objects.get()
    approve(actor=_actor("second_manager"), approval_id=request.id)
    done = CutOver.objects.get()
    back = f"/admin/bank/cutover/{done.id}/undo/"
    shown = client.post(back, {"reason": REASON})
    assert client.post(back, {"reason": REASON, **seen_on(shown)}).status_code == 302
    assert CutOver.objects.get().status == "undone"
    assert_clean(manager)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("leave_out", "PAY-NONE", "PAY-NONE"),
        ("others", "bank_charges", "code and an amount"),
        ("others", "bank_charges much", "code and an amount"),
        ("others", "receivable:LEASE 1.00", "made up of items"),
    ],
)
def test_the_console_says_what_is_wrong(manager: Actor, field: str, typed: str, said: str) -> None:
    taken(manager, "500.00")
    path = f"/admin/ledger/bankaccount/{default_account(manager).id}/cut-over/"
    given = {"day": before(manager).isoformat(), "balance": "500.00", "reason": REASON, field: typed}

    page = browser("manager").post(path, given)

    assert page.status_code == 200
    assert said in page.content.decode()


def test_the_command_lists_the_items(manager: Actor, tmp_path: Path) -> None:
    taken(manager, "500.00", "70.00")
    out = StringIO()
    day = before(manager).isoformat()
    options: dict[str, Any] = {"company": "North Taxi", "stdout": out}

    call_command(
        "plan_bank_cut_over", "operating", day, balance="500.00", items=tmp_path / "items.csv", **options
    )

    assert "2 items over 570.00 USD" in out.getvalue()
    assert "-70.00 apart" in out.getvalue()
    assert len((tmp_path / "items.csv").read_text().splitlines()) == 3
    with pytest.raises(CommandError):
        call_command("plan_bank_cut_over", "gold", day, **options)
    with pytest.raises(CommandError):
        call_command("plan_bank_cut_over", "operating", day, **options)
    assert_clean(manager)
