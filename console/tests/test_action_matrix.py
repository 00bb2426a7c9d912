"""Group × page × action: everything that a table's page can do beside showing, adding and changing a row.

Generated from the registry: the addresses that a page adds to the standard ones (its actions among them), its bulk
actions and its buttons on the submit line. A new one fails until it is in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.contrib import admin
from django.db import models
from django.test import RequestFactory
from django.urls import URLPattern, reverse

from batconnect.core.console.bulk.actions import bulk_actions
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import User
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import FINANCE
from console.tests.world import row_of
from tests.cast import _actor

PEOPLE: Final = ("administrator", "auditor", "cashier", "manager")
STANDARD: Final = {"changelist", "add", "history", "delete", "change"}
# Every list has them, for whom the list lets in (batconnect.core.console.lists).
OF_EVERY_LIST: Final = {"download", "saved_filters"}

ADMINISTRATORS: Final = frozenset({"administrator"})
MANAGERS: Final = frozenset({"manager"})
CASHIERS: Final = MANAGERS | {"cashier"}
KEEPERS: Final = MANAGERS | ADMINISTRATORS
# The manager asked for what waits in the world: a second person decides.
SECOND: Final = frozenset({"second_manager"})
_FILES: Final = {"import": KEEPERS, "import_template": KEEPERS, "export": KEEPERS | {"auditor"}}
_POSTED: Final = dict.fromkeys(("post_due", "hold", "release", "adjust", "cancel"), MANAGERS)
# Page: action: for whom it opens.
EXPECTED: Final[dict[str, dict[str, frozenset[str]]]] = {
    "bank.DrawerSession": {"open_till": CASHIERS, "count": CASHIERS},
    "bank.DepositSlip": {
        "make": CASHIERS,
        "edit": CASHIERS,
        "close": CASHIERS,
        "reopen": CASHIERS,
        "void": CASHIERS,
        "print": FINANCE,
    },
    "cases.Case": {
        "hold": MANAGERS,
        "release": MANAGERS,
        "reassign": MANAGERS,
        "give_back": MANAGERS,
        "cancel": MANAGERS,
    },
    "core.Approval": {"approve": SECOND, "reject": SECOND},
    "core.User": {
        "reset_second_factor": ADMINISTRATORS,
        "unlock": ADMINISTRATORS,
        "close": ADMINISTRATORS,
        "open": ADMINISTRATORS,
    },
    "core.Membership": {"confirm_place": ADMINISTRATORS, "end_place": ADMINISTRATORS},
    "core.Invitation": {"withdraw": ADMINISTRATORS},
    "core.OutgoingMail": {"send_again": CASHIERS},
    "outstanding.PaymentReminder": {"send": CASHIERS},
    "directory.Customer": {**_FILES, "send_statement": CASHIERS},
    "directory.Driver": _FILES,
    "directory.Lease": {**_FILES, "correct_weeks": MANAGERS},
    "directory.LeaseRate": _FILES,
    "directory.Medallion": _FILES,
    "directory.Vehicle": _FILES,
    "ledger.Account": {"ledger": FINANCE, "own_number": MANAGERS},
    "ledger.ManualEntry": {"enter": MANAGERS, "void": MANAGERS},
    "ledger.JournalExport": {
        "export": FINANCE,
        "fetch_journal": FINANCE,
        "fetch_totals": FINANCE,
        "fetch_numbers": FINANCE,
    },
    "ledger.BankAccount": {
        "open_account": MANAGERS,
        "rename": MANAGERS,
        "make_default": MANAGERS,
        "close": MANAGERS,
        "cut_over": MANAGERS,
    },
    "ledger.Drawer": {"open_drawer": MANAGERS, "rename": MANAGERS, "close": MANAGERS},
    "ledger.Dtr": {
        "pay_out": MANAGERS,
        "return_payout": MANAGERS,
        "statement": FINANCE,
        "draft": MANAGERS,
        "send": CASHIERS,
    },
    "ledger.PayoutBatch": {
        "draft": MANAGERS,
        "submit": MANAGERS,
        "approve": MANAGERS,
        "reject": MANAGERS,
        "build": MANAGERS,
        "file": MANAGERS,
        "checks": MANAGERS,
        "send": MANAGERS,
        "undo": MANAGERS,
    },
    "ledger.Payout": {"came_back": MANAGERS, "check": MANAGERS},
    "ledger.PayeeAccount": {
        "propose": MANAGERS,
        "confirm": MANAGERS,
        "reject": MANAGERS,
        "close": MANAGERS,
    },
    "ledger.PayoutOrder": {
        "propose": MANAGERS,
        "confirm": MANAGERS,
        "reject": MANAGERS,
        "end": MANAGERS,
    },
    "ledger.PayeeHold": {"hold": MANAGERS, "release": MANAGERS},
    "ledger.PayoutReturn": {"upload": MANAGERS},
    "ledger.PayingAccount": {"enter": MANAGERS, "edit": MANAGERS, "decide": MANAGERS},
    "ledger.DtrExport": {"ask": FINANCE, "fetch": FINANCE, "retry": FINANCE},
    "ledger.Entry": {"void": MANAGERS},
    "ledger.LeaseEarning": {"import": MANAGERS, "import_template": MANAGERS},
    "ledger.Obligation": {
        "upload_charges": MANAGERS,
        "charges_template": MANAGERS,
        "write_off": MANAGERS,
        "void": MANAGERS,
        "credit": MANAGERS,
        "move": MANAGERS,
        "penalty": MANAGERS,
    },
    "ledger.WeeklyRun": {"post_lease_fees": MANAGERS},
    "ledger.Vendor": {"top_up": MANAGERS},
    "ledger.VendorBill": {
        "enter": MANAGERS,
        "import": MANAGERS,
        "import_template": MANAGERS,
        "pay": MANAGERS,
        "use_credit": MANAGERS,
        "void": MANAGERS,
    },
    "ledger.VendorCredit": {"enter": MANAGERS, "void": MANAGERS},
    "ledger.Remittance": {"remit": MANAGERS, "stop": MANAGERS},
    "ledger.SecurityDeposit": {"use": MANAGERS, "return": MANAGERS},
    "ledger.OpeningBatch": {"import": MANAGERS, "import_template": MANAGERS, "lock": MANAGERS},
    "outstanding.RenewalCase": {
        "import": MANAGERS,
        "import_template": MANAGERS,
        "pay": CASHIERS,
        "plan": CASHIERS,
        "replace_plan": CASHIERS,
        "remit": MANAGERS,
        "commission": MANAGERS,
        "cancel": MANAGERS,
    },
    "outstanding.PaymentPlan": {"cancel": CASHIERS},
    "loans.DriverLoan": {
        **_POSTED,
        "payoff": MANAGERS,
        "undo_payoff": MANAGERS,
        "prepay": MANAGERS,
        "hand_over": MANAGERS,
        "stop_hand_over": MANAGERS,
        "not_given": MANAGERS,
        "send": CASHIERS,
    },
    "repairs.RepairInvoice": {**_POSTED, "send": CASHIERS},
    "payments.Allocation": {"refund": MANAGERS, "undo": MANAGERS, "void": MANAGERS},
    "payments.CreditMemo": {
        "apply": CASHIERS,
        "apply_to": CASHIERS,
        "refund": MANAGERS,
        "void": MANAGERS,
        "upload_credit_memos": MANAGERS,
        "credit_memos_template": MANAGERS,
    },
    "payments.Invoice": {"write_off": MANAGERS, "void": MANAGERS, "credit": MANAGERS},
    "payments.LeaseCorrection": {"undo": MANAGERS},
    "payments.Payment": {
        "allocate": CASHIERS,
        "send": CASHIERS,
        "recover": CASHIERS,
        "refund": MANAGERS,
        "return": MANAGERS,
        "deposit": MANAGERS,
        "undo": MANAGERS,
        "void": MANAGERS,
    },
    "payments.PaymentBatch": {
        "progress": FINANCE,
        "errors": FINANCE,
        "cancel": MANAGERS,
        "retry": MANAGERS,
        "undo": MANAGERS,
        "pay_held": MANAGERS,
        "drop_held": MANAGERS,
        "repair": MANAGERS,
    },
    "bank.Statement": {
        "accept": MANAGERS,
        "refuse": MANAGERS,
        "balance": MANAGERS,
        "reconciliation": FINANCE,
        "file": FINANCE,
    },
    "bank.StatementLine": {"book": MANAGERS, "known": MANAGERS, "undo": MANAGERS},
    "agencies.AgencyImport": {"desk": FINANCE, "errors": FINANCE},
    "agencies.AgencyRow": {"assign": MANAGERS, "set_aside": MANAGERS},
    "agencies.AgencyChange": {"take": MANAGERS, "dismiss": MANAGERS},
    "agencies.KnownVehicle": {"end": MANAGERS},
    "agencies.AgencyLayout": {"remove": MANAGERS},
    "bank.BankNotification": {"line": FINANCE},
    "bank.MatchRule": {"edit": MANAGERS, "switch_off": MANAGERS, "switch_on": MANAGERS},
    "bank.Reconciliation": {"report": FINANCE},
    "bank.CutOver": {"undo": MANAGERS},
    "bank.LinePart": {
        "match": MANAGERS,
        "unmatch": MANAGERS,
        "processor": MANAGERS,
        "vendor_refund": MANAGERS,
        "unexplain": MANAGERS,
    },
}

# What is done to many rows: who is offered it. Each row is asked about by itself.
BULK: Final[dict[str, frozenset[str]]] = {
    "cases.case.hold": MANAGERS,
    "cases.case.release": MANAGERS,
    "cases.case.reassign": MANAGERS,
    "cases.case.give_back": MANAGERS,
    "core.approval.approve": KEEPERS,
    "core.approval.reject": KEEPERS,
    "directory.customer.print_many": FINANCE,
    "directory.customer.mail_many": CASHIERS,
    "ledger.dtr.print_many": FINANCE,
    "ledger.dtr.mail_many": CASHIERS,
    "ledger.obligation.void": MANAGERS,
    "loans.driverloan.hold": MANAGERS,
    "loans.driverloan.release": MANAGERS,
    "payments.payment.print_many": FINANCE,
    "payments.payment.mail_many": CASHIERS,
    "repairs.repairinvoice.hold": MANAGERS,
    "repairs.repairinvoice.release": MANAGERS,
}


def patterns_of(model: type[models.Model]) -> Iterator[tuple[str, URLPattern]]:
    """The page's own addresses by the name of what they do."""
    begins = f"{model._meta.app_label}_{model._meta.model_name}_"
    for pattern in admin.site._registry[model].get_urls():
        name = (pattern.name or "").removeprefix(begins)
        if name and name not in STANDARD | OF_EVERY_LIST:
            yield name, pattern


def registered() -> dict[str, set[str]]:
    """Every action of every page."""
    actions: dict[str, set[str]] = {}
    for model, page in admin.site._registry.items():
        names = {name for name, _ in patterns_of(model)}
        names |= {f"submit: {name}" for name in page.actions_submit_line or ()}
        if names:
            actions[model._meta.label] = names
    return actions


def address_of(model: type[models.Model], name: str, pattern: URLPattern) -> str:
    """The action's address, for the world's row."""
    parts = {part: row_of(model).pk for part in pattern.pattern.converters}
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", kwargs=parts)


def people_of(label: str) -> tuple[str, ...]:
    """Whom a page's actions are tried by: a second person only where one decides."""
    return (*PEOPLE, "second_manager") if SECOND in EXPECTED[label].values() else PEOPLE


def test_every_action_is_in_the_table() -> None:
    assert registered() == {label: set(actions) for label, actions in EXPECTED.items()}


@pytest.mark.usefixtures("undrawn")
def test_opens_for_whom_the_table_names_and_refuses_all_others(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    clients = {name: console_of(name) for name in (*PEOPLE, "second_manager")}
    wrong = []

    for model in admin.site._registry:
        for name, pattern in patterns_of(model):
            address, label = address_of(model, name, pattern), model._meta.label
            for person in people_of(label):
                may = person in EXPECTED[label][name]
                answers = [clients[person].get(address).status_code]
                if not may and person == "auditor":
                    answers.append(clients[person].post(address).status_code)
                if any((answer in (200, 302)) is not may or (answer == 403) is may for answer in answers):
                    wrong.append((label, name, person, answers))

    assert wrong == []


def test_offers_many_rows_to_whom_the_table_names(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    actual: dict[str, set[str]] = {each.code: set() for each in bulk_actions()}

    for name in PEOPLE:
        actor = _actor(name)
        for each in bulk_actions():
            if each.action.has_permission(actor):
                actual[each.code].add(name)
            elif name == "auditor":
                chosen = {
                    "action": each.action.name,
                    "index": "0",
                    "_selected_action": str(row_of(each.page.model).pk),
                }
                address = reverse(f"admin:{each.page.list_url}_changelist")
                answer = console_of(name).post(address, chosen)
                assert "/operations/" not in answer.get("Location", ""), each.code

    assert actual == BULK


@pytest.mark.parametrize("who", PEOPLE)
def test_offers_nothing_that_it_would_refuse(world: Actor, request: pytest.FixtureRequest, who: str) -> None:
    actor: Actor = request.getfixturevalue(who)
    sent: Any = RequestFactory().get("/")
    sent.actor, sent.user = actor, User.objects.get(id=actor.user_id)
    offered: dict[str, set[str]] = {}

    for model, page in admin.site._registry.items():
        if not page.has_view_permission(sent):
            continue
        begins = f"{model._meta.app_label}_{model._meta.model_name}_"
        buttons = [
            *page.get_actions_detail(sent, str(row_of(model).pk)),
            *page.get_actions_list(sent),
            *page.get_actions_row(sent),
        ]
        if buttons:
            offered[model._meta.label] = {each.action_name.removeprefix(begins) for each in buttons}

    refused = {
        (label, name)
        for label, names in offered.items()
        for name in names - OF_EVERY_LIST
        if who not in EXPECTED[label][name]
    }
    assert refused == set()
    assert ("void" in offered.get("payments.Payment", ())) is (who == "manager")
