"""Events of the bank's word in words, and why they are not voided from the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bank.models import CutOverItem, DepositSlip, DrawerSession, Explanation, LinePart, StatementLine
from bank.querysets.counter import name_of
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.errors import NOT_VOIDABLE
from ledger.sources import Description

_LINES = "/api/accounting/statement-lines"


@reads
def refuse_void(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """A line stays booked, and an explanation is undone where it was given. Raises Conflict (409)."""
    raise Conflict(
        "What the bank booked stays: undo what its line was explained as, on the line.", code=NOT_VOIDABLE
    )


@reads
def describe_lines(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The lines in words; one statement."""
    lines = StatementLine.objects.select_related("bank_account").filter(
        company_id=actor.company_id, id__in=ids
    )
    return {
        str(each.id): Description(
            text=f"Line of {each.booked_on}, {each.bank_account.name}: {each.text[:80]}".rstrip(": "),
            url=f"{_LINES}/{each.id}",
        )
        for each in lines
    }


@reads
def describe_explanations(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The explanations in words; one statement."""
    rows = Explanation.objects.select_related("part").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): Description(
            text=f"{each.get_kind_display()} on a line of {each.part.payment_date}",
            url=f"{_LINES}/{each.part.line_id}" if each.part.line_id else "",
        )
        for each in rows
    }


@reads
def refuse_void_of_count(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """What was counted stays. Raises Conflict (409)."""
    raise Conflict("What was counted stays: open the drawer and count it again.", code=NOT_VOIDABLE)


@reads
def refuse_void_of_slip(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """A slip is reopened where it was closed. Raises Conflict (409)."""
    raise Conflict("Reopen the deposit slip, while no line is explained by it.", code=NOT_VOIDABLE)


@reads
def describe_sessions(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The counts in words; one statement."""
    rows = DrawerSession.objects.select_related("drawer").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): Description(
            text=f"Count of {name_of(each.drawer)} on {each.counted_on}",
            url=f"/api/accounting/drawer-sessions/{each.id}",
        )
        for each in rows
    }


@reads
def describe_slips(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The closings of slips in words; one statement."""
    by_source = {each: each.partition("/")[0] for each in ids}
    rows = DepositSlip.objects.filter(company_id=actor.company_id, id__in=set(by_source.values()))
    slips = {str(each.id): each for each in rows}
    return {
        source: Description(
            text=f"Deposit slip {slips[key].number}", url=f"/api/accounting/deposit-slips/{key}"
        )
        for source, key in by_source.items()
        if key in slips
    }


@reads
def describe_parts(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """What was received before there were statements, in words; one statement."""
    parts = LinePart.objects.select_related("batch").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): Description(
            text=f"Receipt of {each.payment_date} in {each.batch.number}, row {each.row_no}",
            url=f"/api/accounting/payment-batches/{each.batch_id}",
        )
        for each in parts
        if each.batch is not None
    }


@reads
def refuse_void_of_cut_over(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """A cut-over is taken back as a whole. Raises Conflict (409)."""
    raise Conflict("Take the cut-over of the bank account back, with all its items.", code=NOT_VOIDABLE)


@reads
def describe_cut_overs(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The items of cut-overs in words; one statement."""
    rows = CutOverItem.objects.select_related("cut_over__bank_account").filter(
        company_id=actor.company_id, id__in=ids
    )
    return {
        str(each.id): Description(
            text=f"At the bank before the cut-over of {each.cut_over.bank_account.name} on {each.cut_over.day}",
            url=f"/api/accounting/bank-accounts/{each.cut_over.bank_account_id}/cut-over",
        )
        for each in rows
    }
