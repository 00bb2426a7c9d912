"""Text that looks like a format, typed into every filter, search box and form of the console: no page breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any, Final

import pytest
from django.db import transaction
from django.urls import reverse

from bank.models import Explanation, LinePart, Statement
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings, Note, NoteFile
from batconnect.directory.models import Customer
from console.pages import registered_pages
from console.reports.catalog import REPORTS
from console.tests.conftest import ConsoleClient
from console.tests.test_action_matrix import address_of, patterns_of
from console.tests.test_matrix import PAGES, path_of
from console.tests.world import row_of
from ledger.models import Obligation, PayoutBatch
from payments.models import CreditMemo, Invoice, Payment
from tests.forms import PageForm, forms_of

TYPED: Final = "%s %(x)s {0} {x!r} %"
NO_NUMBER: Final = "²"
"""A digit, of which no number can be made."""
PEOPLE: Final = ("manager", "administrator")
_PART: Final = re.compile(r"<\w+:(\w+)>")
ConsoleOf = Callable[[str], ConsoleClient]


@contextmanager
def taken_back() -> Iterator[None]:
    """What a form writes is gone before the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def addresses() -> Iterator[str]:
    """Every page with forms: of each table the list, its row and a new one, each action, and the pages of their own."""
    for model in PAGES:
        row = row_of(model)
        yield path_of(model, "changelist")
        yield path_of(model, "add")
        yield path_of(model, "change", row.pk)
        for name, pattern in patterns_of(model):
            yield address_of(model, name, pattern)
    named: dict[str, Iterable[Any]] = {
        "payment_id": [row_of(Payment).pk],
        "customer_id": [row_of(Customer).pk],
        "report": REPORTS,
        "obligation_id": [row_of(Obligation).pk],
        "memo_id": [row_of(CreditMemo).pk],
        "invoice_id": [row_of(Invoice).pk],
        "part_id": [row_of(LinePart).pk],
        "operation_id": [row_of(Explanation).operation_id],
        "batch_id": [row_of(PayoutBatch).pk],
        "statement_id": [row_of(Statement).pk],
        "note_id": [row_of(Note).pk],
        "file_id": [row_of(NoteFile).pk],
        "subject_type": ["customer"],
        "subject_id": [row_of(Customer).pk],
    }
    for name, page in registered_pages().items():
        for values in product(*(named.get(part, ["1"]) for part in _PART.findall(page.route))):
            yield reverse(f"admin:{name}", args=values)
    yield reverse("admin:password_change")


@pytest.mark.system
@pytest.mark.parametrize("who", PEOPLE)
def test_every_list_takes_it_as_a_filter(world: Actor, console_of: ConsoleOf, who: str) -> None:
    client, wrong, tried = console_of(who), [], 0
    client.raise_request_exception = False

    for model in PAGES:
        page = client.get(path_of(model, "changelist"))
        if page.status_code == 403:
            continue
        if model is CompanySettings:
            continue  # its only row stands in place of the list
        shown = page.context["cl"]
        names = [name for each in shown.filter_specs for name in each.expected_parameters() if name]
        date_name = shown.date_hierarchy
        names += [f"{date_name}__{part}" for part in ("year", "month", "day")] if date_name else []
        names += ["q", "o", "p", "all", "_facets", "s", TYPED, f"pk__{TYPED}", f"created_at__{TYPED}"]
        for name, value in product(names, (TYPED, NO_NUMBER)):
            answer = client.get(path_of(model, "changelist"), {name: value})
            tried += 1
            if answer.status_code >= 500:
                wrong.append(f"{model._meta.label}?{name}={value}: {answer.status_code}")

    assert tried > 50
    assert not wrong, "\n".join(wrong)


@pytest.mark.system  # some hundred pages and two answers for each form of them
@pytest.mark.parametrize("who", PEOPLE)
def test_every_form_takes_it(world: Actor, console_of: ConsoleOf, who: str) -> None:
    client, wrong, tried = console_of(who), [], 0
    client.raise_request_exception = False
    # Every page has the forms that lead to other pages.
    elsewhere = {reverse("admin:logout")}

    for address in addresses():
        with taken_back():
            forms = forms_of(client.get(address))
        for form in forms:
            if form.action in elsewhere:
                continue
            elsewhere |= {form.action} if form.action.startswith("/") else set()
            for everywhere in (False, True):
                with taken_back():
                    answer = _send(client, address, form, form.filled(TYPED, everywhere=everywhere))
                tried += 1
                if answer.status_code >= 500:
                    wrong.append(f"{address} → {form.action or 'itself'}: {answer.status_code}")

    assert tried > 50
    assert not wrong, "\n".join(wrong)


def _send(client: ConsoleClient, address: str, form: PageForm, values: dict[str, str]) -> Any:
    to = form.action.split("#")[0] or address
    if not to.startswith("/"):
        to = address
    return client.post(to, values) if form.method == "post" else client.get(to, values)
