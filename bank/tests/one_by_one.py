"""What the system decides, line by line, by the calls that a person makes: what deciding by the chunk is held to.

It shares the evidence with the code, and nothing of how it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from bank.models import Explanation, LinePart
from bank.rules.evidence_amounts import Open, named_fit
from bank.services.explaining import Decision, explain_part
from bank.services.suggesting import Suggestion, suggest
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import from_cents, to_cents
from payments.models import Payment
from payments.services.auto import AutoOptions, auto_allocate_payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.open_items import read_named

# In the order in which ids are given names: those before come first in what is made of a line.
_TABLES: Final = (
    *("bank_line_parts", "bank_match_rules", "ledger_obligations", "payments", "bank_explanations"),
    *("payment_allocations", "ledger_entries", "ledger_postings", "audit_events", "counters"),
)
_TIMES: Final = frozenset(
    ["created_at", "updated_at", "last_hit_at", "plan_hash", "recorded_at", "posted_at", "at"]
)
# Rows that no other names: a posting is its entry's line, a counter is named by its series.
_UNNAMED: Final = frozenset(["ledger_postings", "audit_events", "counters"])
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def decide_one_by_one(actor: Actor, part_ids: Sequence[UUID], operation_id: UUID, strategy: str) -> list[str]:
    """Each part is looked at when those before it are booked; what became of each."""
    return [_decide(actor, each, operation_id, strategy) for each in part_ids]


def _decide(actor: Actor, part_id: UUID, operation_id: UUID, strategy: str) -> str:
    part = LinePart.objects.get(id=part_id)
    best = suggest(actor=actor, parts=[part])[part_id]
    if not best or not best[0].is_certain:
        return "open"
    said = best[0]
    is_rule = said.rule_id is not None and said.customer_id is None
    decision = Decision(
        by="rule" if is_rule else "system",
        rule_id=said.rule_id,
        because=said.because,
        operation_id=operation_id,
    )
    try:
        with transaction.atomic():
            (made,) = explain_part(
                actor=actor, part_id=part_id, pieces=said.pieces, decision=decision
            ).explanations
    except Refusal:
        return "open"
    if strategy and made.kind == Explanation.Kind.PAYMENT:
        assert made.payment_id is not None
        try:
            with transaction.atomic():
                _apply(actor, made.payment_id, said, strategy)
        except Refusal:
            pass
    return "explained"


def _apply(actor: Actor, payment_id: UUID, said: Suggestion, strategy: str) -> None:
    payment = Payment.objects.get(id=payment_id)
    if requests := _requests(actor, payment, said.named):
        allocate_payment(actor=actor, payment_id=payment_id, requests=requests)
        payment.refresh_from_db()
    if payment.unallocated and said.may_spread:
        auto_allocate_payment(actor=actor, payment_id=payment_id, options=AutoOptions(strategy=strategy))


def _requests(actor: Actor, payment: Payment, named: Sequence[UUID]) -> list[AllocationRequest]:
    items = read_named(actor=actor, obligation_ids=named)
    listed = []
    for each in sorted(items.obligations.values(), key=lambda each: (each.due_date, each.id)):
        if (each.status, each.customer_id, each.currency) == ("open", payment.customer_id, payment.currency):
            terms = items.invoices[each.id].terms if each.id in items.invoices else None
            listed.append(Open(each.id, "", to_cents(each.outstanding), each.due_date, terms))
    left = to_cents(payment.amount)
    fit = named_fit(listed, left, on=payment.payment_date) if listed else None
    if fit is None and sum(each.outstanding for each in listed) > left:
        return []
    requests = []
    for item in listed:
        if fit is None or item.id in fit.items:
            is_discounted = (
                fit is not None and fit.points > 0 and len(fit.items) == 1 and item.outstanding > left
            )
            settled = item.outstanding if is_discounted else min(item.outstanding, left)
            left -= min(settled, left)
            if settled:
                requests.append(
                    AllocationRequest(
                        amount=from_cents(settled),
                        obligation_id=item.id,
                        apply_early_payment_discount=is_discounted,
                    )
                )
    return requests


def everything(tables: Sequence[str] = _TABLES) -> dict[str, list[str]]:
    """All rows that deciding writes, by table: without times, and with names in the place of new ids, by the order in
    which they were made. Two equal answers are the same books."""
    names: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'select to_jsonb(t) from "{table}" t')
            read = [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]
            rows[table] = sorted(read, key=lambda row: str(row.get("id", row)))
    for table, some in rows.items():
        for place, row in enumerate(some):
            if isinstance(row.get("id"), str):
                names.setdefault(row["id"], f"{table} {place}")
            if row.get("operation_id"):
                names.setdefault(row["operation_id"], f"operation {len(names)}")
    for table, some in rows.items():
        left_out = {*_TIMES, *(["id"] if table in _UNNAMED else [])}
        found[table] = sorted(
            _ID.sub(lambda id: names.get(id[0], id[0]), json.dumps(_without(row, left_out), sort_keys=True))
            for row in some
        )
    return found


def _without(value: Any, left_out: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, left_out) for name, each in value.items() if name not in left_out}
    return value
