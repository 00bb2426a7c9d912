"""What a person finds: rows that they may see, each with the page it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.subject import Subject, searched
from batconnect.core.kernel.words import say_days
from cases import registry
from console.addresses import account_address, may_see, may_see_accounts, page_of
from console.search.queries import Row, find_rows
from console.search.rules import Asked, read

PICKED: Final = 20
"""Rows that a picker offers."""


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
        return searched()[self.kind].icon


def find(request: HttpRequest, text: str, *, kind: str = "") -> list[Hit]:
    """What the text names or begins, among what the request's actor may see; exact hits first. One statement."""
    actor = actor_of(request)
    query = read(
        text,
        year=today(actor.company).year,
        case_prefixes=[flow.prefix for flow in registry.flows()],
    )
    kinds = [name for name in searched() if (not kind or name == kind) and _may_see(request, name)]
    rows = find_rows(company_id=actor.company_id, query=query, kinds=kinds)
    order = list(searched())
    rows.sort(key=lambda row: (not row.is_exact, order.index(row.kind)))
    return [_hit(request, row, query) for row in rows]


def keys_found(request: HttpRequest, model: type[models.Model], text: str) -> list[str]:
    """The keys of the table's rows that the text names, begins or is a part of, as a picker offers them; none
    of a table of which no keys are kept. A customer is also found by the number of the driver that they are."""
    kind = next((name for name, each in searched().items() if each.model_class is model), "")
    search = searched()[kind].search if kind else None
    if search is None or search.by_key is None:
        return []
    actor = actor_of(request)
    query = read(text, year=today(actor.company).year, case_prefixes=())
    kinds = [kind, "driver"] if kind == "customer" else [kind]
    rows = find_rows(company_id=actor.company_id, query=query, kinds=kinds, limit=PICKED)
    return [row.key if row.kind == kind else row.customer for row in rows]


def the_one(hits: list[Hit]) -> Hit | None:
    """The hit that the text names, when there is exactly one. An invoice's obligation has the invoice's number: a
    document goes before its obligation."""
    exact = [hit for hit in hits if hit.is_exact]
    documents = [hit for hit in exact if hit.kind != "obligation"] or exact
    return documents[0] if len(documents) == 1 else None


def grouped(hits: list[Hit]) -> Iterator[tuple[Subject, list[Hit]]]:
    """The hits under their kinds: kinds with an exact hit first, the others in their usual order."""
    exact = {hit.kind for hit in hits if hit.is_exact}
    for name in sorted(searched(), key=lambda name: name not in exact):
        if mine := [hit for hit in hits if hit.kind == name]:
            yield searched()[name], mine


def _may_see(request: HttpRequest, name: str) -> bool:
    return may_see(request, searched()[name].model_class)


def _hit(request: HttpRequest, row: Row, query: Asked) -> Hit:
    what = query.papers.get(row.kind, row.what)
    return Hit(row.kind, row.title, say_days(row.about), what, row.is_exact, _link(request, row))


def _link(request: HttpRequest, row: Row) -> str:
    """A person's own page for customers and drivers, the row's for everything else."""
    if row.customer and may_see_accounts(request):
        return account_address(row.customer)
    return page_of(searched()[row.kind].model_class, row.key)
