"""The HTTP endpoints that say what a statement's line is, or take it back (docs/api.md#statement-lines)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from bank.errors import SEVERAL_PARTS, ExplanationNotFound, LineNotFound, NothingToUndo, PartNotOpen
from bank.models import Explanation, LinePart, StatementLine
from bank.serializers.explaining import (
    ResolvedLine,
    ResolveInput,
    UndoLineInput,
    kinds_in_words,
    read_pieces,
)
from bank.serializers.lines import StatementLineDetail, etag_of_line, line_document
from bank.services.explaining import explain_part, undo_explanation
from bank.services.held_lines import find_line
from bank.services.parts import RIGHT
from batconnect.core.api import waiting
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.schema import documented
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import Approval

_TAGS: Final = ["Bank"]
_EXAMPLE: Final[dict[str, Any]] = {
    "pieces": [
        {"kind": "payment", "amount": "503.00", "customer_id": "01900000-0000-7000-8000-0000000000c1"},
        {"kind": "charges", "amount": "-3.00", "note": "Kept by the bank"},
    ]
}
_NAMED: Final = (
    *("does_not_add_up", "wrong_direction", "unknown_explanation", "account_has_items", "amount_differs"),
    *("named_twice", "several_parts", "above_returnable", "lease_required", "fee_too_large", "other_vendor"),
)
_STATE: Final = (
    *("line_explained", "line_changed", "at_the_bank", "payment_not_posted", "payment_returned"),
    *("payment_deposited", "payment_not_returnable", "refund_pending", "reference_taken", "opening_locked"),
    *("not_in_transit", "payout_not_returnable", "drawer_short", "approval_pending"),
    *("vendor_credit_not_found", "above_open", "already_voided", "vendor_bill_paid", "not_handed_over"),
)
# What taking an explanation back may be refused as.
UNDO_ERRORS: Final = (
    *("explanation_not_found", "explanation_undone", "explanation_final", "reason_length", "already_voided"),
    *("payment_not_posted", "payment_returned", "payment_refunded", "payment_deposited", "refund_pending"),
    *("opening_locked", "approval_pending", "vendor_bill_paid", "vendor_bill_not_open", "above_open"),
    *("above_refundable", "above_left", "above_payable", "more_than_held", "handed_over", "document_state"),
)


class _LineView(CompanyView):
    company_header_required = True
    idempotency = "required"


class ResolveLineView(_LineView):
    """`POST /api/accounting/statement-lines/{id}/resolve`."""

    required_permission = {"POST": RIGHT}

    @documented(
        "Say what a statement's line is",
        tags=_TAGS,
        description=(
            "One piece, or several that sum to what is left of the line; each becomes an entry of its own. Kinds: "
            f"{kinds_in_words()}. A piece below zero is what the bank kept. {waiting.EXPLAINED}"
        ),
        request=ResolveInput,
        request_example=_EXAMPLE,
        response=ResolvedLine,
        more={202: waiting.Waiting},
        errors=["statement_line_not_found", "stale", *_NAMED, *_STATE],
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        body = ResolveInput.read(request.data)
        line, parts = _read(self.actor, line_id)
        require_match(request, etag_of_line(line))
        part = _meant(parts, body.get("part_id"))
        version = body.get("version")
        if version is None and request.headers.get("If-Match"):
            version = part.version
        done = explain_part(
            actor=self.actor,
            part_id=part.id,
            pieces=read_pieces(body["pieces"]),
            version=version,
        )
        if done.waiting is not None:
            return waiting.accepted(done.waiting)
        return _answer(line, warnings=list(done.warnings))


class UndoLineView(_LineView):
    """`POST /api/accounting/statement-lines/{id}/undo`."""

    required_permission = {"POST": RIGHT}

    @documented(
        "Take back what a statement's line was explained as",
        tags=_TAGS,
        description=(
            "The entries of the explanation are reversed today, with what was explained together with it; the line is "
            f"open again, and its own entry stays. {waiting.EXPLAINED}"
        ),
        request=UndoLineInput,
        request_example={"reason": "It was another customer's money"},
        response=StatementLineDetail,
        more={202: waiting.Waiting},
        errors=["statement_line_not_found", "nothing_explained", "several_parts", "stale", *UNDO_ERRORS],
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        body = UndoLineInput.read(request.data)
        line, parts = _read(self.actor, line_id)
        require_match(request, etag_of_line(line))
        explanation_id = body.get("explanation_id") or _only_operation(self.actor, parts)
        _require_of(self.actor, parts, explanation_id)
        done = undo_explanation(actor=self.actor, explanation_id=explanation_id, reason=body["reason"])
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return _answer(line)


def _read(actor: Actor, line_id: UUID) -> tuple[StatementLine, list[LinePart]]:
    line = find_line(actor=actor, line_id=line_id)
    return line, _parts(actor, line)


def _parts(actor: Actor, line: StatementLine) -> list[LinePart]:
    return list(LinePart.objects.filter(company_id=actor.company_id, line=line.id).order_by("part_no", "id"))


def _meant(parts: Sequence[LinePart], part_id: UUID | None) -> LinePart:
    """The part that is named, else the line's only one, else its only open one."""
    if part_id is not None:
        named = next((each for each in parts if each.id == part_id), None)
        if named is None:
            raise LineNotFound(f"The line has no part {part_id}.")
        return named
    if len(parts) == 1:
        return parts[0]
    still = [each for each in parts if each.status == LinePart.Status.OPEN]
    if len(still) > 1:
        raise InvalidInput(
            f"The line has {len(still)} parts that are open: name one.", code=SEVERAL_PARTS, field="part_id"
        )
    if not still:
        raise PartNotOpen("Nothing of this line is open.")
    return still[0]


def _only_operation(actor: Actor, parts: Sequence[LinePart]) -> UUID:
    """An explanation of what the line was explained as, where that was done at once."""
    live = _explanations(actor, parts).filter(status=Explanation.Status.LIVE)
    first: dict[tuple[UUID, UUID], UUID] = {}
    for each in live:
        first.setdefault((each.operation_id, each.part_id), each.id)
    if not first:
        raise NothingToUndo("Nothing of this line is explained.")
    if len(first) > 1:
        raise InvalidInput(
            f"The line was explained in {len(first)} steps: name an explanation.",
            code=SEVERAL_PARTS,
            field="explanation_id",
        )
    return next(iter(first.values()))


def _require_of(actor: Actor, parts: Sequence[LinePart], explanation_id: UUID) -> None:
    """Refuse an explanation of another line."""
    if not _explanations(actor, parts).filter(id=explanation_id).exists():
        raise ExplanationNotFound(f"This line has no explanation {explanation_id}.")


def _explanations(actor: Actor, parts: Sequence[LinePart]) -> Any:
    rows = Explanation.objects.filter(company_id=actor.company_id)
    return rows.filter(part__in=[each.id for each in parts]).order_by("id")


def _answer(line: StatementLine, **more: Any) -> Response:
    document = line_document(line)
    return Response({**document, **more}, headers={"ETag": etag_of_line(line)})
