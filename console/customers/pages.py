"""The page of a customer's account."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from batconnect.core.console.base import has_permission
from batconnect.core.console.histories import changes_of
from batconnect.core.console.notes import panel_of_customer
from batconnect.core.console.rights import NotHere
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.subject import noted_subjects
from batconnect.core.notes.reading import KeptNote
from batconnect.directory.models import Customer, Driver
from console.addresses import ACCOUNT, mailing_address, page_address, page_of, statement_address
from console.customers.queries import Figures, read_balance_lines, read_figures
from console.customers.sections import balance_table, sections
from console.pages import ConsolePage, register_page
from console.related import address_of_row
from ledger.chart import Category
from ledger.due_dates import moved_due_dates
from ledger.models import Obligation
from ledger.repayment.kinds import repaid_kinds

_CHANGES = 10
_ALWAYS = ("obligations", "payments")
"""The sections that also say that they are empty."""


@register_page
class CustomerPage(ConsolePage):
    """Everything about a customer; `?currency=` chooses the running balance, `?page=` its page."""

    route = "customers/<uuid:customer_id>/"
    url_name = ACCOUNT
    title = "Customer"
    permission = "payments.view"
    template_name = "admin/customers/customer.html"

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """The account. Raises Http404 for another company's."""
        driver = (
            Driver.objects.select_related("customer")
            .filter(company_id=self.actor.company_id, customer_id=customer_id)
            .first()
        )
        customer = driver.customer if driver else self._customer(customer_id)
        figures = read_figures(
            actor=self.actor,
            customer_id=customer.pk,
            day=today(self.actor.company),
            moved=_moved(self.actor, customer),
        )
        chosen = _chosen(request, figures, self.actor.company.base_currency)
        place = _page(request)
        lines, has_more = read_balance_lines(
            actor=self.actor, customer_id=customer.pk, currency=chosen, page=place
        )
        tables = list(sections(request, customer, driver))
        return self.page(
            title=customer.name,
            customer=customer,
            driver=driver,
            figures=[(each, statement_address(customer.pk, each.currency)) for each in figures],
            balance=balance_table(lines, chosen),
            currency=chosen,
            place=place,
            has_more=has_more,
            tables=[each for each in tables if each.rows or each.name in _ALWAYS],
            empty=[each.title for each in tables if not each.rows and each.name not in _ALWAYS],
            buttons=self._buttons(customer, driver),
            mailing=mailing_address(request, "directory_customer_send_statement", customer.pk),
            notes_panel=panel_of_customer(request, customer, address_of=self._address_of),
            changes=changes_of(customer, limit=_CHANGES),
            histories=_histories(customer, driver),
            directory_link=page_of("directory.Customer", customer.pk),
            driver_link=page_of("directory.Driver", driver.pk) if driver else "",
            may_change=has_permission(request, "directory.change"),
        )

    def _customer(self, customer_id: UUID) -> Customer:
        customer = Customer.objects.filter(company_id=self.actor.company_id, id=customer_id).first()
        if customer is None:
            raise Http404(NotHere("There is no such customer in this company."))
        return customer

    def _address_of(self, kept: KeptNote) -> str:
        """The page of what the note is about; empty for the customer, whose page this is."""
        note = kept.note
        model = noted_subjects()[note.subject_type].model_class
        return "" if model is Customer else address_of_row(self.request, model, note.subject_id)

    def _buttons(self, customer: Customer, driver: Driver | None) -> list[tuple[str, str, str]]:
        """What can be done for the customer, on pages that exist and that the person may open."""
        buttons = [("take_payment", "Take a payment", "point_of_sale")]
        if driver is not None:
            buttons += [
                (f"new_{kind.noun}", f"New {kind.noun}", kind.subject.icon) for kind in repaid_kinds()
            ]
        buttons += [
            ("new_charge", "Add a charge", "post_add"),
            ("new_invoice", "Issue an invoice", "request_quote"),
            ("new_credit", "Give a credit", "savings"),
        ]
        addressed = (
            (page_address(name, self.request, customer=customer.pk), *rest) for name, *rest in buttons
        )
        return [(address, text, icon) for address, text, icon in addressed if address]


def _moved(actor: Actor, customer: Customer) -> dict[UUID, date]:
    """The due dates that plans moved; only premiums have plans (docs/domain.md#payment-plans)."""
    premiums = Obligation.objects.filter(
        company_id=actor.company_id,
        customer=customer,
        status=Obligation.Status.OPEN,
        category=Category.PREMIUM.value,
    )
    return moved_due_dates(actor=actor, obligations=premiums)


def _histories(customer: Customer, driver: Driver | None) -> list[tuple[str, str]]:
    """Links to the pages that list every change of the details."""
    histories = [
        ("All changes to the customer", reverse("admin:directory_customer_history", args=[customer.pk]))
    ]
    if driver is not None:
        histories.append(
            ("Changes to the driver", reverse("admin:directory_driver_history", args=[driver.pk]))
        )
    return histories


def _chosen(request: HttpRequest, figures: list[Figures], base: str) -> str:
    currencies = [each.currency for each in figures]
    currency: Any = request.GET.get("currency", "").upper()
    if currency in currencies:
        return str(currency)
    return base if base in currencies else currencies[0]


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
