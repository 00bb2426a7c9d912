"""What is refused reaches the person: in every form of the console, by the one mechanism that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, models
from django.test import RequestFactory
from django.urls import reverse

from bank.models import Explanation, LinePart, Reconciliation
from batconnect.core.console import confirmations
from batconnect.core.console.base import BaseAdmin
from batconnect.core.console.confirmations import Confirmation, Preview
from batconnect.core.console.refusals import TakesErrors, show_in_form
from batconnect.core.console.row_actions import RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import TypedMoneyField
from batconnect.core.models import User
from batconnect.settings import BASE_DIR
from console.pages import ConsolePage, registered_pages
from console.tests.conftest import ConsoleClient
from console.tests.test_action_matrix import EXPECTED, address_of, patterns_of
from console.tests.world import row_of
from payments.models import Payment
from tests.tree import PACKAGES

BESIDE: Final = "Refused beside the field."
ABOVE: Final = "Refused above the form."
# Addresses of pages with actions where nothing is confirmed: files, what leads to another page, and rows repaired.
NOT_CONFIRMED: Final = {
    "allocate",
    "charges_template",
    "check",
    "checks",
    "credit_memos_template",
    "desk",
    "errors",
    "export",
    "fetch",
    "fetch_journal",
    "fetch_numbers",
    "fetch_totals",
    "file",
    "import",
    "import_template",
    "ledger",
    "print",
    "process_import",
    "progress",
    "line",
    "reconciliation",
    "repair",
    "report",
    "statement",
    "upload",
    "upload_charges",
    "upload_credit_memos",
}
# Actions on held rows, of which the world's batch has none to choose, and on debts that were written off.
NOTHING_TO_CHOOSE: Final = {"assign", "pay_held", "drop_held", "recover"}


def refusing(field: str) -> Callable[..., Any]:
    """A preview that is refused for a field and for a line that no form has."""

    def refuse(run: Callable[[], Any]) -> Any:
        raise InvalidInput(BESIDE, errors=[FieldError(field, BESIDE), FieldError("lines.7.amount", ABOVE)])

    return refuse


def actions() -> Iterator[tuple[type[models.Model], str, Any]]:
    """Every address of a page with row actions, but for files."""
    for model, page in admin.site._registry.items():
        if isinstance(page, RowActionAdmin):
            for name, pattern in patterns_of(model):
                if name not in NOT_CONFIRMED | NOTHING_TO_CHOOSE:
                    yield model, name, pattern


def answers_of(form: forms.BaseForm) -> dict[str, str]:
    """Something that the form accepts."""
    return {name: form.initial.get(name) or _answer_of(field) for name, field in form.fields.items()}


def _answer_of(field: forms.Field) -> str:
    if isinstance(field, forms.ModelChoiceField):
        return str(field.queryset.first().pk) if field.queryset else ""
    if isinstance(field, forms.ChoiceField):
        return next((str(value) for value, _ in field.choices if value), "")
    if isinstance(field, TypedMoneyField | forms.IntegerField):
        return "1"
    if isinstance(field, forms.DateField):
        return date(2025, 1, 15).isoformat()
    text = "Typed to be refused."
    return "12" if 0 < (getattr(field, "max_length", None) or 0) <= len(text) else text


def test_every_action_shows_in_its_form_what_is_refused(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    clients: dict[str, ConsoleClient] = {}
    silent = []

    for model, name, pattern in actions():
        who = min(EXPECTED[model._meta.label][name])
        client = clients.setdefault(who, console_of(who))
        address = address_of(model, name, pattern)
        asked = client.get(address)
        if asked.status_code != 200:
            silent.append((model._meta.label, name, asked.status_code, {}))
            continue
        form = asked.context["form"]
        first = next(iter(form.fields), "")
        with monkeypatch.context() as patched:
            patched.setattr(confirmations, "previewed", refusing(first))
            answer = client.post(address, answers_of(form))
        if answer.status_code != 200 or not {BESIDE, ABOVE} <= set(_shown(answer.context["form"], first)):
            silent.append((model._meta.label, name, answer.status_code, dict(form.errors)))

    assert silent == []


def _shown(form: forms.BaseForm, first: str) -> list[str]:
    if not first:
        return list(form.non_field_errors())
    # A line that no form has is shown above it, or at the lines where they are typed as one text.
    return [*form.errors.get(first, []), *form.non_field_errors(), *form.errors.get("lines", [])]


def test_every_form_of_a_row_shows_what_is_refused(world: Actor) -> None:
    silent = []

    for model, page in admin.site._registry.items():
        if not isinstance(page, BaseAdmin):
            continue
        request: Any = RequestFactory().get("/")
        request.actor, request.user = world, User.objects.get(id=world.user_id)
        row: Any = page.get_queryset(request).order_by("pk").first() or row_of(model)
        fields = list(page.get_form(request, row, change=True).base_fields)
        request.refusal = InvalidInput(
            "Refused.", errors=[FieldError(name, f"{name} is refused.") for name in (*fields, "lines.7")]
        )
        form = page.get_form(request, row, change=True)({}, instance=row)
        said = {error for errors in form.errors.values() for error in errors}
        silent += [
            (model._meta.label, name) for name in (*fields, "lines.7") if f"{name} is refused." not in said
        ]

    assert silent == []


def _pages() -> set[type[Any]]:
    """Every way to confirm something, down to the last subclass."""
    waiting: list[type[Any]] = [Confirmation]
    leaves = set()
    while waiting:
        each = waiting.pop()
        below = [one for one in each.__subclasses__() if ".tests." not in one.__module__]
        waiting += below
        # What another test declared is gone from the pages, though not from the subclasses.
        if not below and (not issubclass(each, ConsolePage) or each in registered_pages().values()):
            leaves.add(each)
    return leaves


# Every page that confirms something: how it is sent, and whether its form is shown again.
WAYS: Final[dict[str, Callable[[Actor], tuple[str, dict[str, Any]]]]] = {
    "TakePayment": lambda actor: _at_the_counter("take_payment"),
    "NewCharge": lambda actor: _at_the_counter("new_charge"),
    "NewCredit": lambda actor: _at_the_counter("new_credit"),
    "NewInvoice": lambda actor: _at_the_counter("new_invoice"),
    "NewLoan": lambda actor: _at_the_counter("new_loan"),
    "NewRepair": lambda actor: _at_the_counter("new_repair"),
    "ExplainLine": lambda actor: (
        reverse("admin:bank_line", args=[LinePart.objects.filter(status="open")[0].pk]),
        {"kind-0": "interest"},
    ),
    "RowsToAssign": lambda actor: (
        reverse("admin:agency_desk"),
        {"lease": "LS-2054", "driver": "DRV-101", "notes": ""},
    ),
    "AcceptCertain": lambda actor: (reverse("admin:bank_certain"), {}),
    "Transfers": lambda actor: (
        reverse("admin:bank_transfers"),
        {
            "direction": "to_bank",
            "amount": "1.00",
            "currency": "USD",
            "moved_on": today(actor.company).isoformat(),
        },
    ),
    "UndoOperation": lambda actor: (
        reverse("admin:bank_operation", args=[Explanation.objects.get().operation_id]),
        {"reason": "Typed to be refused."},
    ),
    "Reconcile": lambda actor: (
        reverse("admin:bank_reconciliation", args=[Reconciliation.objects.get().statement_id]),
        {},
    ),
    "RunSchedule": lambda actor: (
        reverse("admin:run_schedule", args=["Escalate overdue cases"]),
        {"do": "it"},
    ),
    "_ImportOfFile": lambda actor: (
        reverse("admin:ledger_obligation_upload_charges"),
        {"file": SimpleUploadedFile("charges.csv", b"amount\n1.00\n")},
    ),
    "_OfPlan": lambda actor: (_bench(), {"do": "plan", "strategy": "fifo"}),
    "_OfTyped": lambda actor: (_bench(), {"do": "typed", f"amount-{_bench_item()}": "1.00"}),
}
# Tried over every page of the registry, above.
OF_EVERY_PAGE: Final = {"_ActionOfPage"}


def _at_the_counter(wizard: str) -> tuple[str, dict[str, str]]:
    payment = Payment.objects.filter(driver__isnull=False).order_by("id")[0]
    return f"{reverse(f'admin:{wizard}')}?driver={payment.driver_id}", {"amount": "1.00", "notes": "Typed."}


def _bench() -> str:
    return reverse("admin:workbench", args=[Payment.objects.order_by("-unallocated")[0].pk])


def _bench_item() -> str:
    return "019b0000-0000-7000-8000-000000000001"


def test_every_page_that_confirms_is_tried_here() -> None:
    assert {each.__name__ for each in _pages()} == {*WAYS, *OF_EVERY_PAGE}


@pytest.mark.parametrize("way", WAYS)
def test_every_page_that_confirms_shows_what_is_refused(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    address, sent = WAYS[way](world)
    monkeypatch.setattr(confirmations, "previewed", refusing("notes"))

    page = console_of("manager").post(address, sent, follow=True).content.decode()

    assert BESIDE in page
    assert ABOVE in page


@pytest.mark.parametrize("way", WAYS)
def test_every_page_that_confirms_says_that_somebody_else_works_on_it(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    address, sent = WAYS[way](world)

    def wait(run: Callable[[], Any]) -> Any:
        raise OperationalError("lock timeout") from _LockNotAvailable()

    monkeypatch.setattr(confirmations, "previewed", wait)

    page = console_of("manager").post(address, sent, follow=True)

    assert "Somebody else is working on the same items right now." in page.content.decode()


class _LockNotAvailable(Exception):
    sqlstate = "55P03"


class _Lines(TakesErrors, forms.Form):
    NAMES = {"total_amount": "amount"}

    amount = forms.CharField()
    items = forms.CharField()
    version = forms.CharField(widget=forms.HiddenInput)
    placed: list[str]

    def place_error(self, error: FieldError) -> bool:
        if not error.field.startswith("rows."):
            return False
        self.placed = [error.message]
        return True


def test_each_error_is_beside_the_field_that_it_names_or_above_the_form() -> None:
    form = _Lines({"amount": "1", "items": "2", "version": "3"})
    form.is_valid()
    names = ("total_amount", "items.0.price", "version", "rows.4.amount", "elsewhere", "")

    show_in_form(form, InvalidInput("All.", errors=[FieldError(name, f"{name}!") for name in names]))

    assert form.errors == {
        "amount": ["total_amount!"],
        "items": ["items.0.price!"],
        "__all__": ["version!", "elsewhere!", "!"],
    }
    assert form.placed == ["rows.4.amount!"]


def test_a_refusal_that_names_nothing_is_above_the_form_or_where_the_page_says() -> None:
    above, beside = (_Lines({"amount": "1", "items": "2", "version": "3"}) for _ in range(2))
    assert (above.is_valid(), beside.is_valid()) == (True, True)

    show_in_form(above, InvalidInput("Refused."))
    show_in_form(beside, InvalidInput("Refused.", field="elsewhere"), otherwise="items")

    assert (above.errors, beside.errors) == ({"__all__": ["Refused."]}, {"items": ["Refused."]})


def test_no_page_puts_refusals_into_forms_by_itself() -> None:
    own = re.compile(r"add_error\(.*\.message\b")
    mechanism = BASE_DIR / "batconnect/core/console/refusals.py"
    sources = [each for name in PACKAGES for each in (BASE_DIR / name).rglob("*.py") if each != mechanism]

    assert len(sources) > 500
    assert [each.name for each in sources if own.search(each.read_text())] == []
    assert own.search(mechanism.read_text())


def test_a_preview_leaves_nothing_and_is_equal_to_what_is_then_done(manager: Actor) -> None:
    def run() -> Preview:
        User.objects.filter(id=manager.user_id).update(first_name="Changed")
        return Preview("One name is changed.")

    seen = confirmations.previewed(run)
    before = User.objects.get(id=manager.user_id).first_name
    done = confirmations.confirmed(seen=seen.digest, run=run)

    assert before != "Changed"
    assert (done, User.objects.get(id=manager.user_id).first_name) == (seen, "Changed")
