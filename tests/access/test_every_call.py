"""Who may make which call: docs/permissions.md cell by cell, strangers, and the outsider.

Rule: docs/domain.md#permissions, docs/api.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from batconnect.core.api.base import CompanyView
from batconnect.core.kernel.permissions import GROUP_PERMISSIONS, PERMISSIONS, Group
from payments.tests.builders import new_key
from tests.access.endpoints import MALFORMED, calls
from tests.cast import NORTH, StaffClient
from tests.digest import assert_nothing_written

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
STAFF_OF: Final = {
    Group.CASHIER.value: "cashier",
    Group.FINANCE_MANAGER.value: "manager",
    Group.AUDITOR.value: "auditor",
    Group.ADMINISTRATOR.value: "administrator",
}
# What an auditor may never hold: all but seeing and exporting.
READING: Final = (".view", ".export")


def written_table() -> dict[str, frozenset[str]]:
    """The page's rows: each permission with the groups that are ticked."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    groups = [cell.strip() for cell in lines[0].split("|")[3:-1]]
    groups_by_code = {}
    for line in lines[2:]:
        code, _, *cells = [cell.strip() for cell in line.split("|")[1:-1]]
        ticked = [group for group, cell in zip(groups, cells, strict=True) if cell]
        groups_by_code[code.strip("`")] = frozenset(ticked)
    return groups_by_code


def make(client: APIClient, method: str, path: str) -> Any:
    """The call with an empty body and a fresh key."""
    sent = {"data": {}, "format": "json"} if method != "GET" else {}
    return getattr(client, method.lower())(path, headers={"Idempotency-Key": new_key()}, **sent)


def test_the_page_is_the_table_of_the_code() -> None:
    held = {
        permission: frozenset(group for group, codes in GROUP_PERMISSIONS.items() if permission in codes)
        for permission in PERMISSIONS
    }

    assert written_table() == held


def test_groups_hold_what_the_domain_gives_them() -> None:
    table = written_table()
    cashier, auditor = (
        {code for code, groups in table.items() if name in groups} for name in ("Cashier", "Auditor")
    )
    manager = {code for code, groups in table.items() if "Finance manager" in groups}

    assert auditor == {code for code in manager if code.endswith(READING)}
    assert {code for code in cashier if code.endswith(READING)} <= auditor
    assert cashier < manager
    assert manager - cashier >= {
        *("payments.void", "payments.void_allocation", "payments.refund", "payments.import_batches"),
        *("ledger.raise_obligation", "ledger.write_off", "ledger.void", "ledger.post_due", "ledger.pay_out"),
        *("ledger.change_matrix", "cases.manage", "loans.manage", "loans.post_due", "repairs.post_due"),
    }
    assert {
        groups for code, groups in table.items() if code in ("core.manage_users", "core.manage_settings")
    } == {frozenset({"Administrator"})}
    assert not [
        code for code, groups in table.items() if code.startswith("ledger.") and "Administrator" in groups
    ]


@pytest.mark.parametrize("group", sorted(STAFF_OF))
def test_lets_in_whom_the_page_ticks(
    in_north: Any, client_of: Callable[..., StaffClient], group: str
) -> None:
    table, client, wrong = written_table(), client_of(STAFF_OF[group]), []

    for call in calls(CompanyView):
        answer = make(client, call.method, call.path())
        denied = answer.status_code == 403 and answer.json()["code"] == "permission_denied"
        may = call.permission is None or group in table[call.permission]
        if denied is may or answer.status_code == 500:
            wrong.append(f"{call}: {answer.status_code} {answer.content[:200]!r}")

    assert not wrong, "\n".join(wrong)


def test_nobody_gets_in_without_a_token(db: None) -> None:
    client = APIClient(raise_request_exception=False)

    answers = {str(call): make(client, call.method, call.path()).status_code for call in calls()}

    assert {call: status for call, status in answers.items() if status != 401} == {}


def test_the_outsider_is_kept_out_of_north(in_north: Any, client_of: Callable[..., StaffClient]) -> None:
    client, wrong = client_of("outsider"), []
    client.credentials(**{**client._credentials, "HTTP_X_COMPANY_ID": str(NORTH)})

    with assert_nothing_written():
        for call in calls(CompanyView):
            answer = make(client, call.method, call.path())
            if answer.status_code != 403 or answer.json()["code"] != "company_context_invalid":
                wrong.append(f"{call}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)


def test_a_malformed_id_in_a_path_is_not_found(in_north: Any, client_of: Callable[..., StaffClient]) -> None:
    client, wrong = client_of("manager"), []

    for call in calls(CompanyView):
        if call.method == "GET" and call.takes_ids:
            answer = client.get(call.path(MALFORMED))
            if answer.status_code not in (403, 404):
                wrong.append(f"{call}: {answer.status_code} {answer.content[:200]!r}")

    assert not wrong, "\n".join(wrong)
