"""Group × page × right, for every page that the site registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib import admin
from django.db import models, transaction
from django.urls import reverse

from batconnect.core.console.rights import Guarded
from batconnect.core.kernel.actors import Actor
from console.tests.conftest import ConsoleClient
from console.tests.world import row_of

EVERYBODY = frozenset({"cashier", "manager", "auditor", "administrator"})
FINANCE = frozenset({"cashier", "manager", "auditor"})
DIRECTORY = frozenset({"manager", "administrator"})
ADMINISTRATORS = frozenset({"administrator"})
NOBODY: frozenset[str] = frozenset()
# Beat's own rows are global ticks: people change when their company's jobs run on the page Schedules.
OUT_OF_THE_MENU = frozenset({"django_celery_beat.PeriodicTask"})
# Page: who sees it, who adds, who changes.
EXPECTED = {
    "bank.DrawerSession": (FINANCE, NOBODY, NOBODY),
    "bank.DepositSlip": (FINANCE, NOBODY, NOBODY),
    "core.CompanySettings": (EVERYBODY, NOBODY, ADMINISTRATORS),
    "core.User": (EVERYBODY, ADMINISTRATORS, ADMINISTRATORS),
    "core.Membership": (EVERYBODY, NOBODY, ADMINISTRATORS),
    "core.Invitation": (ADMINISTRATORS, ADMINISTRATORS, NOBODY),
    "core.Approval": (EVERYBODY, NOBODY, NOBODY),
    "core.OutgoingMail": (FINANCE, NOBODY, NOBODY),
    "core.AuditEvent": (EVERYBODY - {"cashier"}, NOBODY, NOBODY),
    "django_celery_beat.PeriodicTask": (EVERYBODY, NOBODY, NOBODY),
    "directory.Customer": (EVERYBODY, DIRECTORY, DIRECTORY),
    "directory.Driver": (EVERYBODY, DIRECTORY, DIRECTORY),
    "directory.Vehicle": (EVERYBODY, DIRECTORY, DIRECTORY),
    "directory.Medallion": (EVERYBODY, DIRECTORY, DIRECTORY),
    "directory.Lease": (EVERYBODY, DIRECTORY, DIRECTORY),
    "directory.LeaseRate": (EVERYBODY, DIRECTORY, DIRECTORY),
    "ledger.Account": (FINANCE, NOBODY, NOBODY),
    "ledger.ManualEntry": (FINANCE, NOBODY, NOBODY),
    "ledger.JournalExport": (FINANCE, NOBODY, NOBODY),
    "ledger.BankAccount": (FINANCE, NOBODY, NOBODY),
    "ledger.Drawer": (FINANCE, NOBODY, NOBODY),
    "ledger.Disbursement": (FINANCE, NOBODY, NOBODY),
    "ledger.Obligation": (FINANCE, NOBODY, NOBODY),
    "ledger.Entry": (FINANCE, NOBODY, NOBODY),
    "ledger.Dtr": (FINANCE, NOBODY, NOBODY),
    "ledger.DtrExport": (FINANCE, NOBODY, NOBODY),
    "ledger.PayoutBatch": (FINANCE, NOBODY, NOBODY),
    "ledger.Payout": (FINANCE, NOBODY, NOBODY),
    "ledger.PayeeAccount": (FINANCE, NOBODY, NOBODY),
    "ledger.PayeeHold": (FINANCE, NOBODY, NOBODY),
    "ledger.PayoutOrder": (FINANCE, NOBODY, NOBODY),
    "ledger.PayoutReturn": (FINANCE, NOBODY, NOBODY),
    "ledger.PayingAccount": (FINANCE, NOBODY, NOBODY),
    "ledger.LeaseEarning": (FINANCE, NOBODY, NOBODY),
    "ledger.WeeklyRun": (FINANCE, NOBODY, NOBODY),
    "ledger.RepaymentMatrix": (FINANCE, frozenset({"manager"}), NOBODY),
    "ledger.LedgerVerification": (FINANCE, NOBODY, NOBODY),
    "ledger.Vendor": (FINANCE, frozenset({"manager"}), frozenset({"manager"})),
    "ledger.VendorBill": (FINANCE, NOBODY, NOBODY),
    "ledger.VendorCredit": (FINANCE, NOBODY, NOBODY),
    "ledger.TaxAuthority": (FINANCE, frozenset({"manager"}), NOBODY),
    "ledger.Remittance": (FINANCE, NOBODY, NOBODY),
    "ledger.SecurityDeposit": (FINANCE, NOBODY, NOBODY),
    "ledger.ProcessorDeposit": (FINANCE, NOBODY, NOBODY),
    "ledger.OpeningBatch": (FINANCE, NOBODY, NOBODY),
    "loans.DriverLoan": (FINANCE, NOBODY, NOBODY),
    "loans.LoanInstallment": (FINANCE, NOBODY, NOBODY),
    "repairs.RepairInvoice": (FINANCE, NOBODY, NOBODY),
    "repairs.RepairInstallment": (FINANCE, NOBODY, NOBODY),
    "payments.Invoice": (FINANCE, NOBODY, NOBODY),
    "payments.Payment": (FINANCE, NOBODY, NOBODY),
    "payments.Allocation": (FINANCE, NOBODY, NOBODY),
    "payments.Refund": (FINANCE, NOBODY, NOBODY),
    "payments.CreditMemo": (FINANCE, NOBODY, NOBODY),
    "payments.CreditRefund": (FINANCE, NOBODY, NOBODY),
    "payments.LeaseCorrection": (FINANCE, NOBODY, NOBODY),
    "payments.PaymentBatch": (FINANCE, NOBODY, NOBODY),
    "agencies.AgencyImport": (FINANCE, NOBODY, NOBODY),
    "agencies.AgencyRow": (FINANCE, NOBODY, NOBODY),
    "agencies.AgencyChange": (FINANCE, NOBODY, NOBODY),
    "agencies.KnownVehicle": (FINANCE, NOBODY, NOBODY),
    "agencies.AgencyLayout": (FINANCE, NOBODY, NOBODY),
    "bank.Statement": (FINANCE, NOBODY, NOBODY),
    "bank.StatementLine": (FINANCE, NOBODY, NOBODY),
    "bank.LinePart": (FINANCE, NOBODY, NOBODY),
    "bank.BankNotification": (FINANCE, NOBODY, NOBODY),
    "bank.MatchRule": (FINANCE, NOBODY, NOBODY),
    "bank.Reconciliation": (FINANCE, NOBODY, NOBODY),
    "bank.CutOver": (FINANCE, NOBODY, NOBODY),
    "bank.StatementMapping": (FINANCE, frozenset({"manager"}), frozenset({"manager"})),
    "payments.GatewayEndpoint": (EVERYBODY, ADMINISTRATORS, ADMINISTRATORS),
    "payments.GatewayCharge": (EVERYBODY, NOBODY, NOBODY),
    "outstanding.RenewalCase": (FINANCE, NOBODY, NOBODY),
    "outstanding.PaymentPlan": (FINANCE, NOBODY, NOBODY),
    "outstanding.CustomerPayment": (FINANCE, NOBODY, NOBODY),
    "outstanding.PaymentReminder": (FINANCE, NOBODY, NOBODY),
    "cases.Case": (FINANCE, NOBODY, NOBODY),
    "cases.CaseType": (FINANCE, NOBODY, NOBODY),
    "cases.CaseStepConfig": (FINANCE, NOBODY, NOBODY),
    "cases.CaseStepOverride": (EVERYBODY, ADMINISTRATORS, ADMINISTRATORS),
}
# Nothing else is ever deleted.
DELETED_BY = {"cases.CaseStepOverride": ADMINISTRATORS}
PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label)
# Tables of the whole installation, not of a company.
SHARED = {"django_celery_beat.PeriodicTask", "cases.CaseType", "cases.CaseStepConfig"}


def path_of(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_page_is_in_the_table_and_states_its_rights() -> None:
    assert {model._meta.label for model in PAGES} == set(EXPECTED)
    assert all(isinstance(page, Guarded) for page in admin.site._registry.values())


@contextmanager
def taken_back() -> Iterator[None]:
    """What one cell writes is gone before the next: making the world for each would take a minute."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("username", sorted(EVERYBODY))
def test_lets_in_whom_the_table_names(
    world: Actor, console_of: Callable[[str], ConsoleClient], request: pytest.FixtureRequest, username: str
) -> None:
    if username != "manager":  # who sees every page drawn
        request.getfixturevalue("undrawn")
    client, actual, expected = console_of(username), {}, {}

    for model in PAGES:
        with taken_back():
            actual[model._meta.label] = _answers(client, model, username)
        expected[model._meta.label] = _expected(model, username)

    assert actual == expected


def _answers(client: ConsoleClient, model: type[models.Model], username: str) -> dict[str, Any]:
    row = row_of(model)
    if model._meta.label == "core.Membership":
        row = model._default_manager.exclude(user__username=username).first()
    if model._meta.label == "core.Approval" and username == "administrator":
        row = model._default_manager.get(kind="rights")  # each sees the kinds that they may decide or ask for
    answers = {
        "list": client.get(path_of(model, "changelist")).status_code,
        "one": client.get(path_of(model, "change", row.pk)).status_code,
        "history": client.get(path_of(model, "history", row.pk)).status_code,
        "add": client.get(path_of(model, "add")).status_code,
    }
    changed = client.post(path_of(model, "change", row.pk), {}).status_code
    answers["delete"] = client.post(path_of(model, "delete", row.pk), {"post": "yes"}).status_code
    return {**answers, "changes": {403: False, 200: True, 302: True}[changed]}


def _expected(model: type[models.Model], username: str) -> dict[str, Any]:
    may_see, may_add, may_change = EXPECTED[model._meta.label]
    seen = 200 if username in may_see else 403
    return {
        "list": seen,
        "one": seen,
        # What was done to an account stands in the audit trail.
        "history": 403 if model._meta.label == "core.User" and username == "cashier" else seen,
        "add": 200 if username in may_add else 403,
        "delete": 302 if username in DELETED_BY.get(model._meta.label, NOBODY) else 403,
        # People change by actions alone.
        "changes": username in may_change and model._meta.label != "core.User",
    }


@pytest.mark.usefixtures("undrawn")
def test_auditor_changes_nothing(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    client = console_of("auditor")

    for model in PAGES:
        row = row_of(model)
        before = list(model._default_manager.order_by("pk").values())
        answers = [
            client.post(path_of(model, "add"), {"name": "X"}).status_code,
            client.post(path_of(model, "change", row.pk), {"name": "X", "status": "X"}).status_code,
            client.post(path_of(model, "delete", row.pk), {"post": "yes"}).status_code,
        ]
        client.post(
            path_of(model, "changelist"),
            {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"},
        )

        assert answers == [403, 403, 403], model
        assert list(model._default_manager.order_by("pk").values()) == before, model


def test_outsider_sees_none_of_norths_rows(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    client = console_of("outsider")

    for model in PAGES:
        if model._meta.label in SHARED:
            continue
        row = row_of(model)
        shown = client.get(path_of(model, "changelist"))
        one = client.get(path_of(model, "change", row.pk))
        history = client.get(path_of(model, "history", row.pk))

        if "manager" not in EXPECTED[model._meta.label][0]:
            assert {answer.status_code for answer in (shown, one, history)} == {403}, model
            continue
        assert shown.status_code == 200, model
        assert path_of(model, "change", row.pk) not in shown.content.decode(), model
        assert (one.status_code, history.status_code) == (404, 404), model
        assert "There is nothing at this address" in one.content.decode(), model


@pytest.mark.parametrize("username", sorted(EVERYBODY))
def test_the_front_page_lists_what_one_may_see(
    world: Actor, console_of: Callable[[str], ConsoleClient], username: str
) -> None:
    # What a person's day does not need stands on the page of all pages.
    pages = [console_of(username).get(reverse(f"admin:{name}")) for name in ("index", "all_pages")]

    text = "".join(page.content.decode() for page in pages)
    assert [page.status_code for page in pages] == [200, 200]
    for model in PAGES:
        is_listed = username in EXPECTED[model._meta.label][0] and model._meta.label not in OUT_OF_THE_MENU
        assert (path_of(model, "changelist") in text) is is_listed, model
