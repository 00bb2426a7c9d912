"""A bank account of a running company is cut over: what was at the bank moves to it, item by item.

Two people: one asks for it, as it was shown, and another agrees. Rule: docs/domain.md#bank-cut-over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank import postings
from bank.errors import CUT_OVER_CHANGED
from bank.models import CutOver, CutOverItem
from bank.services.chain import lock_account as lock_statements
from bank.services.chain import prove
from bank.services.cut_over_items import CASH, MayBeThere
from bank.services.cut_over_plans import Other, Plan, Wanted, plan_cut_over, require_agreeing
from bank.subjects import ACCOUNT_CUT_OVER
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import execute_batch, insert_many
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, exact_money, format_amount
from batconnect.core.kernel.words import format_count, format_day
from batconnect.core.models import Approval
from ledger import chart
from ledger.postings import EntryDraft
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.treasury.errors import DrawerShort
from ledger.treasury.services.paying import find_bank_account, lock_account, locked_balance
from ledger.treasury.subjects import BANK_ACCOUNT
from payments.services.allocation import lock_payments
from payments.services.figures import put_each_at_bank

ASK: Final = "ledger.open_books"
AGREE: Final = "ledger.approve_opening"
_CHUNK: Final = 500


@joins_transaction
def ask_to_cut_over(*, actor: Actor, wanted: Wanted) -> Approval:
    """Ask another person to cut the account over, as it is planned now; nothing is posted before.

    Needs `ledger.open_books`, and a reason of 10 to 500 characters. Raises what `plan_cut_over` does, InvalidInput
    `cut_over_differs` naming the figures, Conflict 409 `cut_over_empty`, `approval_pending`.
    """
    actor.require(ASK)
    reason = checked_reason(wanted.reason)
    plan = plan_cut_over(actor=actor, wanted=wanted)
    require_agreeing(plan)
    account = plan.account
    about = About(
        subject_type=BANK_ACCOUNT,
        subject_id=str(account.id),
        title=f"Cut-over of {account.name} on {format_day(wanted.day)}: {format_count(len(plan.items), 'item')}, "
        f"{format_amount(plan.balance)} {account.currency} at the bank",
        parameters={**_kept(wanted, plan.balance), "digest": plan.digest},
        reason=reason,
        amount=plan.turnover,
        currency=account.currency,
        holds=str(account.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Cut over what was asked for; refused by now when anything of it is another than it was."""
    wanted = _read_kept(approval)
    lock_statements(actor=actor, bank_account_id=wanted.bank_account_id)
    plan = plan_cut_over(actor=actor, wanted=wanted)
    lock_payments(actor=actor, ids=[each.id for each in plan.items if each.kind == "payment"])
    _lock_accounts(actor, plan)
    # Nobody closes or reconciles the account meanwhile.
    find_bank_account(actor=actor, currency=plan.account.currency, bank_account_id=plan.account.id)
    # Read again under the locks: what was asked for is what is moved.
    plan = plan_cut_over(actor=actor, wanted=wanted)
    if plan.digest != approval.parameters["digest"]:
        raise Conflict(
            "What the account may have had at the bank has changed since the cut-over was asked for.",
            code=CUT_OVER_CHANGED,
        )
    require_agreeing(plan)
    done = _post(actor, plan, approval)
    figures = f"{format_count(done.item_count, 'item')}, {format_amount(done.balance)} {done.currency}"
    sentence = f"{plan.account.name} is cut over: {figures}."
    return Carried(sentence, {"cut_over_id": str(done.id), "items": done.item_count}, done)


KIND: Final = ApprovalKind(
    code="bank_cut_over",
    label="Cut-over of a bank account",
    permission=AGREE,
    view_permission="bank.view",
    trail="bank.cut_over",
    carry_out=_carry_out,
)


def _lock_accounts(actor: Actor, plan: Plan) -> None:
    """The cash accounts by code; a drawer, and the office's, has what leaves it."""
    leaving: dict[str, Decimal] = {}
    for each in plan.items:
        leaving[each.account_code] = leaving.get(each.account_code, ZERO) + each.amount
    for code in sorted(leaving):
        if code != chart.cash(CASH) and not chart.is_drawer(code):
            lock_account(actor=actor, currency=plan.account.currency, code=code)
            continue
        there = locked_balance(actor=actor, currency=plan.account.currency, code=code)
        if there < leaving[code]:
            raise DrawerShort(
                f"{format_amount(leaving[code])} {plan.account.currency} cannot have been taken from {code} to the "
                f"bank: it holds {format_amount(max(there, ZERO))}. Leave out what was not deposited."
            )


def _post(actor: Actor, plan: Plan, approval: Approval) -> CutOver:
    account, wanted = plan.account, plan.wanted
    done = CutOver(
        id=uuid7(),
        company_id=actor.company_id,
        bank_account=account,
        day=wanted.day,
        currency=account.currency,
        balance=plan.balance,
        opened=plan.opened,
        moved=plan.moved,
        others=plan.others,
        item_count=len(plan.items) + len(wanted.others),
        reason=approval.reason,
        approval_id=approval.id,
        made_by=approval.requested_by.display_name,
    )
    insert_many([done])
    things: list[MayBeThere | Other] = [*plan.items, *wanted.others]
    rows = [_row(actor, done, each) for each in things]
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        drafts = [_draft(plan, done, item, of) for item, of in chunk]
        post_entries(actor=actor, drafts=drafts, rows=[[item for item, _ in chunk]])
    places = {item.payment_id: item.id for item, _ in rows if item.payment_id is not None}
    trail = audit_event(
        actor=actor,
        action="bank.cut_over",
        subject_type=ACCOUNT_CUT_OVER,
        subject_id=done.id,
        reason=done.reason,
        details={"account": account.code, "items": done.item_count, "balance": str(done.balance)},
    )
    on = [put_each_at_bank(company_id=actor.company_id, places=places)] if places else []
    execute_batch([trail], changes=on)
    prove(actor=actor, account=account)
    return done


def _row(actor: Actor, done: CutOver, of: MayBeThere | Other) -> tuple[CutOverItem, MayBeThere | Other]:
    kind = of.kind if isinstance(of, MayBeThere) else CutOverItem.Kind.OTHER.value
    item = CutOverItem(
        id=uuid7(),
        company_id=actor.company_id,
        cut_over_id=done.id,
        kind=kind,
        payment_id=of.id if isinstance(of, MayBeThere) and kind == CutOverItem.Kind.PAYMENT else None,
        source_entry_id=of.id if isinstance(of, MayBeThere) and kind == CutOverItem.Kind.ENTRY else None,
        account_code=of.account_code,
        amount=of.amount,
        entry_id=uuid7(),
    )
    return item, of


def _draft(plan: Plan, done: CutOver, item: CutOverItem, of: MayBeThere | Other) -> EntryDraft:
    return postings.cut_over(
        item_id=item.id,
        entry_id=item.entry_id,
        bank_account=plan.account.code,
        account=item.account_code,
        amount=item.amount,
        currency=done.currency,
        on=plan.effective_on,
        operation_id=done.id,
        customer_id=of.customer_id if isinstance(of, MayBeThere) else None,
        lease_id=of.lease_id if isinstance(of, MayBeThere) else None,
        reason=done.reason,
    )


def _kept(wanted: Wanted, balance: Decimal) -> dict[str, Any]:
    return {
        "bank_account_id": str(wanted.bank_account_id),
        "day": wanted.day.isoformat(),
        "balance": str(balance),
        "methods": list(wanted.methods),
        "leave_out": sorted(str(each) for each in wanted.leave_out),
        "others": [{"account_code": each.account_code, "amount": str(each.amount)} for each in wanted.others],
    }


def _read_kept(approval: Approval) -> Wanted:
    said: Mapping[str, Any] = approval.parameters
    return Wanted(
        bank_account_id=UUID(said["bank_account_id"]),
        day=date.fromisoformat(said["day"]),
        balance=exact_money(said["balance"]),
        methods=tuple(said["methods"]),
        leave_out=frozenset(UUID(each) for each in said["leave_out"]),
        others=tuple(Other(each["account_code"], exact_money(each["amount"])) for each in said["others"]),
        reason=approval.reason,
    )
