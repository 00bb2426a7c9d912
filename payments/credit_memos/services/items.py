"""What a credit memo of an item may debit: what the item had credited, less what was credited of it already.

Rule: docs/domain.md#credit-memos. Read under the item's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import F, Sum

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from ledger import chart, sources
from ledger.chart import Category
from ledger.models import Obligation, Posting
from ledger.postings import OBLIGATION
from ledger.services.opening import keep_opening, opening_is_locked
from ledger.sources import Advanced
from payments.credit_memos.errors import ABOVE_CREDITABLE, HANDED_OVER, NOT_CREDITABLE
from payments.credit_memos.rules import PaidWithDiscount, in_turn, spread, tax_share
from payments.models import Allocation, CreditMemo, CreditMemoLine, Invoice, InvoiceLine, InvoiceTax
from payments.services.voids import LIVE

_ADVANCES: Final = (chart.LOAN_PRINCIPAL, chart.REPAIR_ADVANCES)
# What they stand for is corrected instead: earnings below zero, and a payment that came back.
_STAND_FOR_OTHERS: Final = {
    "NEG-": "correct the earnings that it comes from",
    "RET-": "correct the payment that came back",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an item: what raising it credited (`whole`), and what of it is not credited yet (`rest`)."""

    account: str
    whole: Decimal
    rest: Decimal
    item_id: UUID | None = None
    line: InvoiceLine | None = None
    tax: InvoiceTax | None = None
    limit: Decimal | None = None

    @property
    def key(self) -> tuple[str, UUID | None, UUID | None]:
        """What tells it from the other parts of its item."""
        return self.account, self.line.id if self.line else None, self.tax.id if self.tax else None

    def debit(self, amount: Decimal) -> CreditMemoLine:
        """The unsaved line of a memo that debits so much of it."""
        return CreditMemoLine(
            account=self.account,
            item_id=self.item_id,
            invoice_line_id=self.line.id if self.line else None,
            tax_id=self.tax.id if self.tax else None,
            rate=self.tax.rate if self.tax else None,
            amount=amount,
        )


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A line of an invoice to credit, with its taxes: `net` of it, or all that is left."""

    line: int
    net: Decimal | None = None


def creditable(obligation: Obligation) -> Decimal:
    """The limit of what is credited of an item: original − credited − written off."""
    return obligation.original - obligation.credited - obligation.written_off


@reads
def require_creditable(*, actor: Actor, obligation: Obligation) -> None:
    """Raise Conflict 409 `not_creditable` for an item that is voided, stands for something else, or was settled with
    its document: a premium whose policy was canceled."""
    if obligation.status == Obligation.Status.VOIDED:
        raise Conflict(f"{obligation} is voided: nothing of it is owed.", code=NOT_CREDITABLE)
    if obligation.category == Category.MISC:
        for prefix, instead in _STAND_FOR_OTHERS.items():
            if obligation.reference_id.startswith(prefix):
                raise Conflict(f"{obligation} is not credited: {instead}.", code=NOT_CREDITABLE)
    ended = sources.source(obligation.source_type).credit_ended
    if ended and (why := ended(actor, obligation.source_id)):
        raise Conflict(f"{obligation} is not credited: {why}.", code=NOT_CREDITABLE)


@reads
def find_advanced(*, actor: Actor, obligation: Obligation) -> Advanced | None:
    """What stands behind the principal of an item that asks back what was advanced; None for other items."""
    advanced_by = sources.source(obligation.source_type).advanced
    return advanced_by(actor, obligation.source_id) if advanced_by else None


@joins_transaction
def debits_of(
    *,
    actor: Actor,
    obligation: Obligation,
    amount: Decimal | None,
    lines: Sequence[LineRequest] = (),
) -> list[CreditMemoLine]:
    """What crediting `amount` of the locked item debits, or its `lines`, or without either all that is left.

    Raises Conflict 409 `not_creditable`, `principal_handed_over`; InvalidInput 400 `above_creditable` naming the
    figures, and for lines that the invoice does not have.
    """
    require_creditable(actor=actor, obligation=obligation)
    parts = _parts(actor, obligation)
    limit = creditable(obligation)
    if lines:
        debits = _of_lines(parts, lines)
        _refuse_above(obligation, sum_of(each.amount for each in debits), limit, "lines")
        return debits
    wanted = limit if amount is None else amount
    _refuse_above(obligation, wanted, limit, "amount")
    rests = [part.rest for part in parts]
    # Of a loan the interest comes first: what was handed over is owed in any case.
    shares = in_turn(wanted, rests) if obligation.category == Category.LOANS else spread(wanted, rests)
    for part, share in zip(parts, shares, strict=True):
        if part.limit is not None and share > part.limit:
            raise Conflict(
                f"{format_amount(share)} of it is principal of {obligation} that was handed over: at most "
                f"{format_amount(wanted - share + part.limit)} can be credited.",
                code=HANDED_OVER,
                field="amount",
            )
    return [part.debit(share) for part, share in zip(parts, shares, strict=True) if share]


@reads
def paid_with_discount(*, actor: Actor, obligation: Obligation) -> PaidWithDiscount:
    """What payments have settled of the locked item, with the discount in it, and what memos credited of that."""
    live = Allocation.objects.filter(
        company_id=actor.company_id, obligation=obligation.id, payment__isnull=False, status__in=LIVE
    ).aggregate(
        gross=Sum(F("amount") - F("refunded_amount") - F("refunded_discount")),
        discount=Sum(F("discount_amount") - F("refunded_discount")),
    )
    memos = CreditMemo.objects.filter(company_id=actor.company_id, obligation=obligation.id).exclude(
        status=CreditMemo.Status.VOIDED
    )
    credited = back = ZERO
    for memo in memos.annotate(gross_voided=Sum("lines__voided")):
        credited += max(memo.paid_part - memo.gross_voided, ZERO)
        back += memo.discount_amount - (memo.gross_voided - memo.voided)
    return PaidWithDiscount(
        settled=live["gross"] or ZERO, discount=live["discount"] or ZERO, credited=credited, come_back=back
    )


def _parts(actor: Actor, obligation: Obligation) -> list[Part]:
    credited = {
        (account, line, tax): amount
        for account, line, tax, amount in CreditMemoLine.objects.filter(
            company_id=actor.company_id, memo__obligation=obligation.id
        )
        .values_list("account", "invoice_line_id", "tax_id")
        .annotate(standing=Sum(F("amount") - F("voided")))
        .order_by()
    }
    whole = _invoice_parts(actor, obligation) or _raised_parts(actor, obligation)
    return [replace(part, rest=part.whole - credited.get(part.key, ZERO)) for part in whole]


def _invoice_parts(actor: Actor, obligation: Obligation) -> list[Part]:
    """The lines of the invoice behind the item, each followed by its taxes; none without an invoice."""
    invoice = Invoice.objects.filter(company_id=actor.company_id, obligation=obligation.id).first()
    if invoice is None:
        return []
    rows = InvoiceLine.objects.filter(company_id=actor.company_id, invoice=invoice.id).order_by("line")
    parts: list[Part] = []
    for line in rows.prefetch_related("taxes"):
        parts.append(Part(chart.INVOICE_INCOME, line.net, line.net, line=line))
        parts += [
            Part(chart.TAX_PAYABLE, tax.amount, tax.amount, line=line, tax=tax)
            for tax in sorted(line.taxes.all(), key=lambda each: each.place)
        ]
    return [part for part in parts if part.whole]


def _raised_parts(actor: Actor, obligation: Obligation) -> list[Part]:
    """What the entry that raised the item had credited."""
    credits = Posting.objects.filter(
        company_id=actor.company_id,
        entry__source_type=OBLIGATION,
        entry__source_id=str(obligation.id),
        entry__reverses__isnull=True,
        obligation__isnull=True,
    ).order_by("line")
    parts: dict[tuple[str, UUID | None], Part] = {}
    for code, amount, item_id in credits.values_list("account__code", "amount", "item_id"):
        part = _as_debited(actor, obligation, Part(code, -amount, -amount, item_id))
        key = part.account, part.item_id
        if key in parts:
            part = replace(parts[key], whole=parts[key].whole + part.whole)
        parts[key] = part
    # What nobody was handed, the interest, before what was advanced.
    return sorted(parts.values(), key=lambda part: part.account != chart.INTEREST_INCOME)


def _as_debited(actor: Actor, obligation: Obligation, part: Part) -> Part:
    """Where the part is debited, if not where it was credited."""
    if part.account == chart.OPENING_BALANCES:
        keep_opening(actor=actor)
        if opening_is_locked(actor=actor):
            return replace(part, account=chart.PRIOR_YEAR_CORRECTIONS)
    if part.account not in _ADVANCES:
        return part
    advanced = find_advanced(actor=actor, obligation=obligation)
    if advanced is None:
        raise Conflict(
            f"What stands behind {obligation} is not known: it is not credited.", code=NOT_CREDITABLE
        )
    return replace(part, account=advanced.account, item_id=advanced.item_id, limit=advanced.limit)


def _of_lines(parts: Sequence[Part], lines: Sequence[LineRequest]) -> list[CreditMemoLine]:
    """The net of lines with the taxes that go with it. Raises InvalidInput naming the lines that are wrong."""
    by_line: dict[int, list[Part]] = {}
    for part in parts:
        if part.line is not None:
            by_line.setdefault(part.line.line, []).append(part)
    wrong: list[FieldError] = []
    debits: list[CreditMemoLine] = []
    for place, request in enumerate(lines):
        of_line = by_line.pop(request.line, None)
        net = of_line[0] if of_line and of_line[0].tax is None else None
        if net is None or not of_line:
            message = f"The invoice has no line {request.line} with an amount, or it is named twice."
            wrong.append(FieldError(f"lines.{place}.line", message, ABOVE_CREDITABLE))
            continue
        wanted = net.rest if request.net is None else request.net
        if not ZERO < wanted <= net.rest:
            message = (
                f"{format_amount(wanted)} is more than the {format_amount(net.rest)} of line {request.line} that is "
                "not credited."
                if wanted
                else f"All of line {request.line} is credited."
            )
            wrong.append(FieldError(f"lines.{place}.net", message, ABOVE_CREDITABLE))
            continue
        debits.append(net.debit(wanted))
        for tax in of_line[1:]:
            share = tax_share(
                tax=tax.whole,
                net=net.whole,
                credited_net=net.whole - net.rest + wanted,
                credited_tax=tax.whole - tax.rest,
            )
            if share:
                debits.append(tax.debit(share))
    if wrong:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    return debits


def _refuse_above(obligation: Obligation, amount: Decimal, limit: Decimal, field: str) -> None:
    if limit <= 0:
        raise Conflict(
            f"All of {obligation}, {format_amount(obligation.original)}, is credited or written off.",
            code=NOT_CREDITABLE,
        )
    if amount > limit:
        raise InvalidInput(
            f"{format_amount(amount)} is more than can be credited of {obligation}: "
            f"{format_amount(obligation.original)} − {format_amount(obligation.credited)} credited − "
            f"{format_amount(obligation.written_off)} written off = {format_amount(limit)}.",
            code=ABOVE_CREDITABLE,
            field=field,
        )
