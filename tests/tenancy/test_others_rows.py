"""Every call that names a row, with the row of another company: the answer is that of a row that does not exist.

The calls are read from the URLs. A new kind of address stops the test until somebody says here which row it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final
from uuid import UUID

import pytest
from django.apps import apps
from django.test import Client

from batconnect.core.api.base import CompanyView
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Membership
from console.tests.conftest import world
from payments.tests.builders import new_key
from tests.access.endpoints import NOTHING, Call, calls
from tests.cast import NORTH, SOUTH, STAFF, StaffClient
from tests.digest import assert_nothing_written

__all__ = ["world"]

# The address up to its first part that names a row: the table and the column whose value stands there.
NAMED: Final = {
    "api/accounting/bank-accounts/<uuid:bank_account_id>": "ledger.BankAccount.id",
    "api/accounting/bank-statements/<uuid:statement_id>": "bank.Statement.id",
    "api/accounting/credit-memos/<uuid:memo_id>": "payments.CreditMemo.id",
    "api/accounting/deposit-slips/<uuid:slip_id>": "bank.DepositSlip.id",
    "api/accounting/disbursements/<uuid:disbursement_id>": "ledger.Disbursement.id",
    "api/accounting/drawer-sessions/<uuid:session_id>": "bank.DrawerSession.id",
    "api/accounting/drawers/<uuid:drawer_id>": "ledger.Drawer.id",
    "api/accounting/explanation-operations/<uuid:operation_id>": "bank.Explanation.operation_id",
    "api/accounting/journal-entries/<uuid:manual_entry_id>": "ledger.ManualEntry.id",
    "api/accounting/journal-exports/<uuid:export_id>": "ledger.JournalExport.id",
    "api/accounting/match-rules/<uuid:rule_id>": "bank.MatchRule.id",
    "api/accounting/payment-batches/<uuid:batch_id>": "payments.PaymentBatch.id",
    "api/accounting/premiums/<str:case_id>": "outstanding.RenewalCase.case_id",
    "api/accounting/security-deposits/<uuid:deposit_id>": "ledger.SecurityDeposit.id",
    "api/accounting/statement-lines/<uuid:line_id>": "bank.StatementLine.id",
    "api/accounting/statement-mappings/<uuid:mapping_id>": "bank.StatementMapping.id",
    "api/accounting/unidentified-receipts/<uuid:receipt_id>": "bank.LinePart.id",
    "api/accounting/vendor-bills/<uuid:bill_id>": "ledger.VendorBill.id",
    "api/accounting/vendors/<uuid:vendor_id>": "ledger.Vendor.id",
    "api/approvals/<uuid:approval_id>": "core.Approval.id",
    "api/case-tracking/cases/<str:case_id>": "outstanding.RenewalCase.case_id",
    "api/case-tracking/payments/<str:payment_id>": "outstanding.CustomerPayment.transaction_id",
    "api/customers/<uuid:customer_id>": "directory.Customer.id",
    "api/invoices/<uuid:invoice_id>": "payments.Invoice.id",
    "api/mails/<uuid:mail_id>": "core.OutgoingMail.id",
    "api/notes/<uuid:note_id>": "core.Note.id",
    "api/operations/<uuid:operation_id>": "payments.Allocation.operation_id",
    "api/payments/<uuid:payment_id>": "payments.Payment.id",
    "api/refund-requests/<uuid:request_id>": "core.Approval.id",
    "bpm/case/<str:case_no>": "cases.Case.case_no",
    "case/<str:case_no>": "cases.Case.case_no",
    "ledger/accounts/<uuid:account_id>": "ledger.Account.id",
    "ledger/balances/<uuid:obligation_id>": "ledger.Obligation.id",
    "ledger/dtrs/<str:number>": "ledger.Dtr.number",
    "ledger/dtrs/exports/<uuid:export_id>": "ledger.DtrExport.id",
    "ledger/imports/<uuid:import_id>": "agencies.AgencyImport.id",
    "ledger/imports/changes/<uuid:change_id>": "agencies.AgencyChange.id",
    "ledger/imports/known-vehicles/<uuid:known_id>": "agencies.KnownVehicle.id",
    "ledger/imports/layouts/<uuid:layout_id>": "agencies.AgencyLayout.id",
    "ledger/imports/rows/<uuid:row_id>": "agencies.AgencyRow.id",
    "ledger/lease-corrections/<uuid:correction_id>": "payments.LeaseCorrection.id",
    "ledger/payee-accounts/<uuid:account_id>": "ledger.PayeeAccount.id",
    "ledger/paying-accounts/<uuid:bank_account_id>": "ledger.PayingAccount.bank_account_id",
    "ledger/payout-batches/<uuid:batch_id>": "ledger.PayoutBatch.id",
    "ledger/payout-orders/<uuid:order_id>": "ledger.PayoutOrder.id",
    "ledger/payouts/<uuid:payout_id>": "ledger.Payout.id",
    "ledger/postings/<uuid:posting_id>": "ledger.Posting.id",
    "ledger/write-off-requests/<uuid:request_id>": "core.Approval.id",
    "payments/driver-loans/<str:loan_id>": "loans.DriverLoan.number",
    "payments/interim-payments/<str:payment_id>": "payments.Payment.number",
    "payments/vehicle-repairs/<str:repair_id>": "repairs.RepairInvoice.number",
}
# Names no row: a job, which every company has.
OF_EVERY_COMPANY: Final = {"api/schedules/<str:job>"}
# Files that no worker has made, and what hangs together with rows that the world has none of.
NOT_IN_THE_WORLD: Final[dict[str, list[int]]] = {
    "GET /api/accounting/journal-exports/<uuid:export_id>/download": [403, 404],
    "GET /ledger/dtrs/exports/<uuid:export_id>/download": [403, 409],
    "GET /ledger/payout-batches/<uuid:batch_id>/checks": [403, 409],
    "GET /payments/vehicle-repairs/<str:repair_id>/document": [403, 404],
}
# What the second part of an address names, where the first one is a row.
SECOND: Final = {
    "allocation_id": "payments.Allocation.id",
    "row_id": "agencies.AgencyRow.id",
    "file_id": "core.NoteFile.id",
    "row_no": "1",
}
_FIRST: Final = re.compile(r"^.*?<[^>]*>")
_PART: Final = re.compile(r"<(\w+):(\w+)>")


def kind_of(call: Call) -> str:
    found = _FIRST.match(call.route)
    assert found is not None
    return found[0]


def naming_calls() -> Iterator[Call]:
    """Every call whose address names a row of a company."""
    for call in calls(CompanyView):
        if call.takes_ids and kind_of(call) not in OF_EVERY_COMPANY:
            yield call


def values_of(name: str) -> list[str]:
    """The column's values in north; the newest last."""
    if "." not in name:
        return [name]
    label, column = name.rsplit(".", 1)
    kept = apps.get_model(label)._base_manager.order_by("pk").values_list(column, flat=True)
    return [str(value) for value in kept if value is not None]


def path_to(call: Call, first: str) -> str:
    """The call's path to a row of north, with rows of north in its further parts as well."""
    parts = _PART.findall(call.route)
    path = "/" + call.route
    for place, (kind, name) in enumerate(parts):
        value = first if place == 0 else values_of(SECOND[name])[0] if name in SECOND else NOTHING[kind]
        path = path.replace(f"<{kind}:{name}>", value, 1)
    return path


def send(client: Client, call: Call, path: str) -> Any:
    sent = {"data": {}, "format": "json"} if call.method != "GET" else {}
    return getattr(client, call.method.lower())(path, headers={"Idempotency-Key": new_key()}, **sent)


def told(answer: Any, path: str) -> tuple[int, str]:
    """The answer without what differs by the address alone."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode(errors="replace")
    for part in path.strip("/").split("/"):
        if len(part) > 8 or any(letter.isdigit() for letter in part):
            text = text.replace(part, "…")
    return answer.status_code, re.sub(r'"(instance|request_id)": ?"[^"]*"', "", text)


def test_every_kind_of_address_says_which_row_it_names() -> None:
    assert {kind_of(call) for call in naming_calls()} == set(NAMED)


def test_the_company_itself_finds_the_rows(world: Actor, client_of: Callable[..., StaffClient]) -> None:
    """Otherwise the other test would compare two addresses of nothing."""
    clients, missed, found = [client_of("manager"), client_of("administrator")], {}, 0

    for call in naming_calls():
        if call.method != "GET" or len(_PART.findall(call.route)) > 1:
            continue
        statuses = []
        for client, value in product(clients, reversed(values_of(NAMED[kind_of(call)]))):
            statuses.append(send(client, call, path_to(call, value)).status_code)
            if statuses[-1] == 200:
                found += 1
                break
        else:
            missed[str(call)] = sorted(set(statuses))

    assert found > 60
    assert missed == NOT_IN_THE_WORLD


@pytest.mark.parametrize(
    "group",
    [
        Group.FINANCE_MANAGER,
        *(
            pytest.param(group, marks=pytest.mark.system)
            for group in (Group.CASHIER, Group.AUDITOR, Group.ADMINISTRATOR)
        ),
    ],
    ids=lambda group: group.name.lower(),
)
def test_a_row_of_another_company_is_as_if_it_did_not_exist(
    world: Actor, client_of: Callable[..., StaffClient], group: Group
) -> None:
    set_company(SOUTH, metadata={"job": "test"})
    Membership.objects.filter(user_id=STAFF["outsider"][0]).update(groups=[group.value])
    set_company(NORTH, metadata={"job": "test"})
    client, wrong, tried = client_of("outsider"), [], 0
    rows = {kind: values_of(name)[-1] for kind, name in NAMED.items()}

    with assert_nothing_written():
        for call in naming_calls():
            path, nowhere = path_to(call, rows[kind_of(call)]), call.path()
            theirs, nobodys = (told(send(client, call, address), address) for address in (path, nowhere))
            tried += 1
            if theirs != nobodys or theirs[0] < 400 or theirs[0] >= 500:
                wrong.append(f"{call}: {theirs} is not {nobodys}")

    assert tried > 150
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("places", ["none", "two"])
def test_without_one_company_no_call_is_carried_out(
    in_north: UUID, client_of: Callable[..., StaffClient], places: str
) -> None:
    """Somebody whose place ended, and somebody who has two and names neither."""
    if places == "none":
        Membership.objects.filter(user_id=STAFF["manager"][0]).update(is_active=False)
    else:
        set_company(SOUTH, metadata={"job": "test"})
        Membership.objects.create(
            company_id=SOUTH, user_id=STAFF["manager"][0], groups=[Group.FINANCE_MANAGER.value]
        )
        set_company(NORTH, metadata={"job": "test"})
    client, wrong = client_of("manager", company_header=False), []

    with assert_nothing_written():
        for call in calls(CompanyView):
            answer = send(client, call, call.path())
            if answer.status_code != 403 or not answer.json()["code"].startswith("company_context_"):
                wrong.append(f"{call}: {answer.status_code} {answer.content[:120]!r}")

    assert not wrong, "\n".join(wrong)
