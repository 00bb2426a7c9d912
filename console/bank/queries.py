"""What the pages of the bank read; they write nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Min

from bank.models import LinePart, Statement
from bank.querysets.balances import latest_statements, open_accounts
from bank.querysets.parts import MAX_TEXT, Wanted, wanted_parts
from bank.querysets.parts import open_parts as all_open
from bank.services.operations import find_certain
from bank.services.reconciling import reconciled_until
from bank.services.suggesting import Suggestion, suggest
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.treasury.models import BankAccount
from ledger.treasury.querysets import BankFigures, bank_figures

PER_PAGE: Final = 50
_DEEPEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Position:
    """How a bank account stands: by its bank's latest balance, by the books, and until when it is explained."""

    account: BankAccount
    figures: BankFigures
    statement: Statement | None
    open_lines: int
    explained_until: date | None
    reconciled_until: date | None

    @property
    def difference(self) -> Decimal | None:
        """The bank's balance less the books'; None while the bank has not said how it stands."""
        if self.statement is None or self.statement.closing is None:
            return None
        return self.statement.closing - self.figures.bank


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part that nobody explained, its age in days, and the likeliest explanation of it."""

    part: LinePart
    age: int
    suggestions: Sequence[Suggestion]

    @property
    def best(self) -> Suggestion | None:
        """The first suggestion."""
        return self.suggestions[0] if self.suggestions else None


@dataclass(frozen=True, slots=True)
class Narrowed(Wanted):
    """Which parts are shown, and which page of them."""

    page: int = 1


def positions(*, actor: Actor) -> list[Position]:
    """Every open bank account; four statements."""
    accounts = open_accounts(actor=actor)
    figures = bank_figures(actor=actor, accounts=accounts)
    statements = latest_statements(actor=actor)
    until = reconciled_until(actor=actor)
    counted = (
        all_open(actor=actor)
        .order_by()
        .values_list("bank_account_id")
        .annotate(Min("payment_date"), Count("id"))
    )
    oldest: dict[UUID, tuple[date, int]] = {account: (day, rows) for account, day, rows in counted}
    return [
        Position(
            account=each,
            figures=figures[each.id],
            statement=statements.get(each.id),
            open_lines=oldest[each.id][1] if each.id in oldest else 0,
            explained_until=_explained_until(statements.get(each.id), oldest.get(each.id)),
            reconciled_until=until.get(each.id),
        )
        for each in accounts
    ]


def open_parts(*, actor: Actor, wanted: Narrowed) -> tuple[list[Waiting], bool]:
    """A page of parts that nobody explained, the oldest first, each with suggestions; and whether there are more."""
    first = (wanted.page - 1) * PER_PAGE
    parts = list(wanted_parts(actor=actor, wanted=wanted)[first : first + PER_PAGE + 1])
    return _waiting(actor, parts[:PER_PAGE]), len(parts) > PER_PAGE


def certain_parts(*, actor: Actor, wanted: Narrowed) -> list[Waiting]:
    """The wanted parts of which something is certain (`find_certain`), each with that."""
    day = today(actor.company)
    return [
        Waiting(each.part, (day - each.part.payment_date).days, (each.suggestion,))
        for each in find_certain(actor=actor, wanted=wanted)
    ]


def narrowed_by(query: Mapping[str, str]) -> Narrowed:
    """What an address of the desk asks for; what makes no sense asks for nothing."""
    page = query.get("page", "1")
    try:
        account = UUID(query["account"]) if query.get("account") else None
    except ValueError:
        account = None
    direction = query.get("direction", "")
    return Narrowed(
        account=account,
        direction=direction if direction in ("in", "out") else "",
        text=query.get("q", "").strip()[:MAX_TEXT],
        page=min(int(page), _DEEPEST) if page.isdecimal() and int(page[:9]) > 0 else 1,
    )


def said_by(wanted: Narrowed) -> dict[str, str]:
    """The address's words for it, but the page."""
    said = {"account": wanted.account, "direction": wanted.direction, "q": wanted.text}
    return {name: str(value) for name, value in said.items() if value}


def find_part(*, actor: Actor, part_id: UUID) -> LinePart | None:
    """A part with its line and account."""
    rows = LinePart.objects.filter(company_id=actor.company_id, id=part_id)
    return rows.select_related("bank_account", "line", "line__statement").first()


def _waiting(actor: Actor, parts: Sequence[LinePart]) -> list[Waiting]:
    suggested = suggest(actor=actor, parts=parts)
    day = today(actor.company)
    return [Waiting(each, (day - each.payment_date).days, suggested.get(each.id, ())) for each in parts]


def _explained_until(statement: Statement | None, oldest: tuple[date, int] | None) -> date | None:
    """The day before the oldest open line; without one, the end of the latest statement."""
    if oldest is not None:
        return date.fromordinal(oldest[0].toordinal() - 1)
    return statement.period_to if statement else None
