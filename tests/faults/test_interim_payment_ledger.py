"""The ledger fails in the middle of an interim payment: 500, nothing stays, and the same request then succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from ledger.services import journal
from payments.services import allocation
from payments.tests.builders import make_john_doe, new_key, outstanding
from payments.tests.conftest import SEED_DATA
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

BODY = {"step_id": "INTPAY-002", "data": {**SEED_DATA, "total_amount": "700.00"}}


class LedgerDown(RuntimeError):
    """A fault of ours."""


def _before_posting(**_: Any) -> None:
    raise LedgerDown


def _after_posting(**values: Any) -> None:
    journal.post_entries(**values)
    raise LedgerDown


def _with_an_unbalanced_line(**values: Any) -> None:
    """What a wrong rule would do: the database refuses it."""
    journal.post_entries(**values)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger,"
            " amount, obligation_id, payment_id) select gen_random_uuid(), company_id, entry_id, 3, line_count,"
            " account_id, currency, subledger, 1, obligation_id, payment_id from ledger_postings limit 1"
        )


@pytest.mark.parametrize("fault", [_before_posting, _after_posting, _with_an_unbalanced_line])
def test_nothing_stays_and_the_same_request_then_succeeds(
    manager: Actor, client_of: Callable[..., StaffClient], monkeypatch: Any, fault: Callable[..., None]
) -> None:
    make_john_doe(manager)
    cashier = client_of("cashier")
    case_no = cashier.post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]
    key = {"Idempotency-Key": new_key()}

    with assert_nothing_written(), monkeypatch.context() as patched:
        patched.setattr(allocation, "post_entries", fault)
        failed = cashier.post(f"/bpm/case/{case_no}", BODY, headers=key)
    case = cashier.get(f"/bpm/case/{case_no}").json()["case_info"]
    again = cashier.post(f"/bpm/case/{case_no}", BODY, headers=key)

    assert failed.status_code == 500
    assert failed.json()["code"] == "server_error"
    assert case["case_status"] == "Open"
    assert again.status_code == 200, again.content
    assert again.json()["payment_id"].endswith("-00001")
    assert outstanding("MED-102-LS-09") == 165
