"""The tiles at the top: each a count, the list that it counts, and what its rows come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bank.models import LinePart
from bank.models.lines import Direction
from bank.querysets.balances import count_differences
from batconnect.core.approvals.kinds import decidable_kinds
from batconnect.core.console.base import has_permission
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.subject import find_subject
from cases.models import Case
from console.addresses import list_of, may_see
from console.dashboard.attention import (
    CaseCounts,
    Held,
    ToExplain,
    count_approvals,
    count_cases,
    count_plans_in_default,
    due_installments,
    open_parts,
)
from ledger.repayment.kinds import RepaidKind, repaid_kinds
from outstanding.models import PaymentPlan
from payments.batches.querysets import RECENT_DAYS, count_rows_left
from payments.models import PaymentBatch

URGENT: Final = "urgent"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is printed, and the list that adds up to it; "" links nowhere."""

    text: str
    url: str = ""

    @property
    def drawn(self) -> SafeString:
        """The number with its link: a page of many figures takes no template for each."""
        if not self.url:
            return format_html('<span class="is-quiet">{}</span>', self.text)
        return format_html('<a href="{}">{}</a>', self.url, self.text)


@dataclass(frozen=True, slots=True)
class Tile:
    """A count with its list. `details` are further numbers with theirs; `tone` is how it looks while it is not 0."""

    name: str
    title: str
    icon: str
    count: int
    url: str
    explained: str
    details: tuple[Figure, ...] = ()
    tone: str = OPEN


def attention_tiles(request: HttpRequest, *, actor: Actor, day: date) -> list[Tile]:
    """What the actor may see of what waits, most personal first."""
    return [*_cases(request, actor), *_approvals(request, actor), *_money(request, actor, day)]


def _cases(request: HttpRequest, actor: Actor) -> Iterator[Tile]:
    if not may_see(request, Case):
        return
    counts: CaseCounts = count_cases(actor=actor)
    if has_permission(request, "cases.work"):
        both = list_of(Case, basket="mine", overdue="yes")
        yield Tile(
            "my-cases",
            "My cases",
            "inbox",
            counts.mine,
            list_of(Case, basket="mine"),
            "Open cases whose next step you may take",
            (Figure(f"{counts.mine_overdue} overdue", both),) if counts.mine_overdue else (),
        )
    yield Tile(
        "overdue-cases",
        "Overdue cases",
        "alarm",
        counts.overdue,
        list_of(Case, overdue="yes"),
        "They have waited longer than their step allows",
        tone=URGENT,
    )


def _approvals(request: HttpRequest, actor: Actor) -> Iterator[Tile]:
    if not decidable_kinds(actor):
        return
    yield Tile(
        "approvals",
        "To approve",
        "how_to_reg",
        count_approvals(actor=actor),
        reverse("admin:approvals"),
        "Refunds, write-offs and others that wait for a second person",
    )


def _money(request: HttpRequest, actor: Actor, day: date) -> Iterator[Tile]:
    if may_see(request, PaymentBatch):
        failed, held = count_rows_left(actor=actor)
        yield Tile(
            "failed-rows",
            "Failed batch rows",
            "error",
            failed,
            list_of(PaymentBatch, failed="recent"),
            f"In batches of the last {RECENT_DAYS} days",
            tone=URGENT,
        )
        yield Tile(
            "held-rows",
            "Held batch rows",
            "content_copy",
            held,
            list_of(PaymentBatch, held="some"),
            "Likely repeats of other files' payments: not paid until somebody decides",
        )
    if may_see(request, LinePart):
        parts = open_parts(actor=actor, day=day)
        yield _held(
            "unmatched-cash",
            "Unmatched cash",
            find_subject(LinePart).icon,
            parts.unmatched,
            "Receipts that nobody has matched to a customer",
            LinePart,
            status__exact=LinePart.Status.OPEN.value,
            direction__exact=Direction.IN.value,
        )
        yield from _bank(actor, parts.to_explain)
    kinds = [kind for kind in repaid_kinds() if may_see(request, kind.installment)]
    due = due_installments(actor=actor, kinds=kinds, day=day)
    for kind in kinds:
        yield _due(kind, due[kind.app])
    if may_see(request, PaymentPlan):
        yield Tile(
            "plans",
            "Plans in default",
            "event_busy",
            count_plans_in_default(actor=actor, day=day),
            list_of(PaymentPlan, default="yes"),
            "Payment plans with an installment past due",
            tone=URGENT,
        )


def _bank(actor: Actor, open_lines: ToExplain) -> Iterator[Tile]:
    """For those who may see the bank's lines."""
    desk = reverse("admin:bank_desk")
    ages = ((open_lines.week, "older than a week"), (open_lines.month, "older than 30 days"))
    yield Tile(
        "lines-to-explain",
        "Lines to explain",
        "fact_check",
        open_lines.lines,
        desk,
        "Lines of bank statements that are not explained yet",
        tuple(Figure(f"{count:,} {age}", desk) for count, age in ages if count),
        tone=URGENT if open_lines.week else OPEN,
    )
    yield Tile(
        "bank-differences",
        "Bank differences",
        "account_balance",
        count_differences(actor=actor),
        reverse("admin:bank"),
        "Accounts whose bank says another balance than the books",
        tone=URGENT,
    )


def _due(kind: RepaidKind, due: list[Held]) -> Tile:
    return _held(
        f"due-{kind.app}",
        f"{kind.plural.capitalize()} to post",
        kind.subject.icon,
        due,
        "Installments due and not posted yet",
        kind.installment,
        posting="due",
    )


def _held(
    name: str,
    title: str,
    icon: str,
    held: list[Held],
    explained: str,
    model: type[models.Model],
    **narrowed: str,
) -> Tile:
    return Tile(
        name,
        title,
        icon,
        sum(each.rows for each in held),
        list_of(model, **narrowed),
        explained,
        tuple(
            Figure(
                f"{format_amount(each.amount)} {each.currency}",
                list_of(model, **narrowed, currency=each.currency),
            )
            for each in held
        ),
    )
