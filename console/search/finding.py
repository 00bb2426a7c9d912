"""What a person finds: rows that they may see, each with the page it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.kernel.clock import today
from cases import registry
from console.addresses import account_address, address_of, may_see_accounts
from console.search.queries import Row, find_rows
from console.search.rules import Asked, read


class Kind(NamedTuple):
    """What is searched for: the heading over it, its symbol, and the table whose right to see it counts."""

    heading: str
    icon: str
    label: str


KINDS: Final = {
    "driver": Kind("Drivers", "badge", "directory.Driver"),
    "customer": Kind("Customers", "groups", "directory.Customer"),
    "payment": Kind("Payments", "payments", "payments.Payment"),
    "case": Kind("Cases", "work", "cases.Case"),
    "invoice": Kind("Invoices", "receipt_long", "payments.Invoice"),
    "loan": Kind("Driver loans", "request_quote", "loans.DriverLoan"),
    "repair": Kind("Vehicle repairs", "car_repair", "repairs.RepairInvoice"),
    "dtr": Kind("DTRs", "description", "ledger.Dtr"),
    "lease": Kind("Leases", "contract", "directory.Lease"),
    "medallion": Kind("Medallions", "verified", "directory.Medallion"),
    "vehicle": Kind("Vehicles", "local_taxi", "directory.Vehicle"),
    "obligation": Kind("Obligations", "account_balance_wallet", "ledger.Obligation"),
    "batch": Kind("Payment batches", "upload_file", "payments.PaymentBatch"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A row with its page. `what` says by which of its names it was found."""

    kind: str
    title: str
    about: str
    what: str
    is_exact: bool
    link: str

    @property
    def icon(self) -> str:
        """The kind's symbol."""
        return KINDS[self.kind].icon


def find(request: HttpRequest, text: str, *, kind: str = "") -> list[Hit]:
    """What the text names or begins, among what the request's actor may see; exact hits first. One statement."""
    actor = actor_of(request)
    query = read(
        text,
        year=today(actor.company).year,
        case_prefixes=[flow.prefix for flow in registry.flows()],
    )
    kinds = [name for name in KINDS if (not kind or name == kind) and _may_see(request, name)]
    rows = find_rows(company_id=actor.company_id, query=query, kinds=kinds)
    order = list(KINDS)
    rows.sort(key=lambda row: (not row.is_exact, order.index(row.kind)))
    return [_hit(request, row, query) for row in rows]


def the_one(hits: list[Hit]) -> Hit | None:
    """The hit that the text names, when there is exactly one. An invoice's obligation has the invoice's number: a
    document goes before its obligation."""
    exact = [hit for hit in hits if hit.is_exact]
    documents = [hit for hit in exact if hit.kind != "obligation"] or exact
    return documents[0] if len(documents) == 1 else None


def grouped(hits: list[Hit]) -> Iterator[tuple[Kind, list[Hit]]]:
    """The hits under their kinds: kinds with an exact hit first, the others in their usual order."""
    exact = {hit.kind for hit in hits if hit.is_exact}
    for name in sorted(KINDS, key=lambda name: name not in exact):
        if mine := [hit for hit in hits if hit.kind == name]:
            yield KINDS[name], mine


def _may_see(request: HttpRequest, name: str) -> bool:
    page = admin.site.get_model_admin(apps.get_model(KINDS[name].label))
    return page.has_view_permission(request)


def _hit(request: HttpRequest, row: Row, query: Asked) -> Hit:
    what = "receipt" if row.kind == "payment" and query.is_receipt else row.what
    return Hit(row.kind, row.title, row.about, what, row.is_exact, _link(request, row))


def _link(request: HttpRequest, row: Row) -> str:
    """A person's own page for customers and drivers, the row's for everything else."""
    if row.customer and may_see_accounts(request):
        return account_address(row.customer)
    return address_of(KINDS[row.kind].label, row.key)
