"""The page of a customer's account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from batconnect.console.addresses import ACCOUNT, address_of, page_address
from batconnect.console.customers.queries import Figures, read_balance_lines, read_figures
from batconnect.console.customers.sections import balance_table, sections, statement_address
from batconnect.console.pages import ConsolePage, register_page
from batconnect.core.base_admin import may
from batconnect.core.clock import today
from batconnect.core.history import history_of
from batconnect.directory.models import Customer, Driver
from ledger.due_dates import all_moved_due_dates

_CHANGES = 10


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
        customer = Customer.objects.filter(company_id=self.actor.company_id, id=customer_id).first()
        if customer is None:
            raise Http404("There is no such customer.")
        driver = Driver.objects.filter(company_id=self.actor.company_id, customer=customer).first()
        figures = read_figures(
            actor=self.actor,
            customer_id=customer.pk,
            day=today(self.actor.company),
            moved=all_moved_due_dates(actor=self.actor),
        )
        chosen = _chosen(request, figures, self.actor.company.base_currency)
        place = _page(request)
        lines, has_more = read_balance_lines(
            actor=self.actor, customer_id=customer.pk, currency=chosen, page=place
        )
        return self.page(
            title=customer.name,
            customer=customer,
            driver=driver,
            figures=[(each, statement_address(customer.pk, each.currency)) for each in figures],
            balance=balance_table(lines, chosen),
            currency=chosen,
            place=place,
            has_more=has_more,
            tables=list(sections(request, customer, driver)),
            buttons=self._buttons(customer, driver),
            changes=history_of(customer, limit=_CHANGES),
            driver_changes=history_of(driver, limit=_CHANGES) if driver else [],
            directory_link=address_of("directory.Customer", customer.pk),
            driver_link=address_of("directory.Driver", driver.pk) if driver else "",
            may_change=may(request, "directory.change"),
        )

    def _buttons(self, customer: Customer, driver: Driver | None) -> list[tuple[str, str, str]]:
        """What can be done for the customer, where those pages are there and let the person in."""
        wanted = [("take_payment", "Take a payment", "point_of_sale")]
        if driver is not None:
            wanted += [("new_loan", "New loan", "request_quote"), ("new_repair", "New repair", "car_repair")]
        found = ((page_address(name, self.request, customer=customer.pk), *rest) for name, *rest in wanted)
        return [(address, text, icon) for address, text, icon in found if address]


def _chosen(request: HttpRequest, figures: list[Figures], base: str) -> str:
    currencies = [each.currency for each in figures]
    asked: Any = request.GET.get("currency", "").upper()
    if asked in currencies:
        return str(asked)
    return base if base in currencies else currencies[0]


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(int(asked), 1) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1
