"""The HTTP endpoints of premiums as trust money (docs/domain.md#premiums)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.base import CompanyView
from batconnect.core.api.fields import MoneyInput, StrictSerializer
from batconnect.core.api.schema import documented
from batconnect.core.api.times import read_day
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO
from ledger.treasury.inputs import PAID_FROM_ERRORS, PaidFromInput, read_paid_from
from outstanding.models import PremiumMove
from outstanding.querysets import find_renewal, premiums_by_policy
from outstanding.services.premiums import premium_standing, remit_premium, take_commission

TAGS: Final = ["Outstanding Amounts"]
_REFUSED: Final = ("renewal_case_not_found", "above_payable")


class RemitPremiumInput(PaidFromInput):
    """How much is passed on to the insurer, and how."""

    amount = MoneyInput()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CommissionInput(StrictSerializer):
    """How much of the premiums is our income."""

    amount = MoneyInput()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PremiumMoveRow(Answer):
    """Something that was passed on, or taken as commission."""

    id = Id("b1")
    kind = Choice(PremiumMove.Kind)
    amount = Money("250.00")
    entry_id = Id("e1")
    is_voided = Flag()
    note = Text()
    made_by = Text("Mara")
    created_at = Instant()


class PolicyPremiums(Answer):
    """What of a policy's premiums is due to the insurer."""

    case_id = Whole(7)
    case_no = Text("RENEWAL000007")
    policy_number = Text("POL-1")
    currency = Text("USD")
    collected = Money("300.00")
    payable = Money("900.00")
    moves = Listed(PremiumMoveRow)
    warnings = Listed(Text(), [])


class PremiumRow(Answer):
    """A policy's trust money."""

    case_id = Whole(7)
    policy_number = Text("POL-1")
    customer_name = Text("Acme Insurance")
    currency = Text("USD")
    collected = Money("300.00")
    returned = Money()
    remitted = Money("250.00")
    commission = Money("30.00")
    needed = Money("20.00")
    due_back = Money()


class PremiumReport(Answer):
    """The trust money that is needed: collected − returned − remitted − commission, of each policy at least nothing;
    and what insurers owe for policies that were canceled."""

    as_of = Day("2026-01-31")
    needed = Money("20.00")
    due_back = Money()
    policies = Listed(PremiumRow)


class _AccountingView(CompanyView):
    company_header_required = True
    idempotency = "required"


class PremiumsView(_AccountingView):
    """`GET /api/accounting/premiums`."""

    required_permission = {"GET": "outstanding.view"}

    @documented(
        "Trust money by policy",
        tags=TAGS,
        description="Policies in the company's currency of which something moved.",
        parameters=[OpenApiParameter("as_of", date, description="Default: the company's today.")],
        response=PremiumReport,
    )
    def get(self, request: Request) -> Response:
        as_of = read_day(request._request.GET, "as_of") or today(self.actor.company)
        rows = premiums_by_policy(actor=self.actor, as_of=as_of, currency=self.actor.company.base_currency)
        needed, due_back = (sum((row[name] for row in rows), ZERO) for name in ("needed", "due_back"))
        return Response({"as_of": as_of, "needed": needed, "due_back": due_back, "policies": rows})


class PolicyView(_AccountingView):
    """`GET /api/accounting/premiums/{case}`."""

    required_permission = {"GET": "outstanding.view"}

    @documented(
        "A policy's trust money with what was passed on",
        tags=TAGS,
        response=PolicyPremiums,
        errors=["renewal_case_not_found"],
    )
    def get(self, request: Request, case_id: str) -> Response:
        return Response(_policy(self.actor, case_id))


class RemitPremiumView(_AccountingView):
    """`POST /api/accounting/premiums/{case}/remit`."""

    required_permission = {"POST": "outstanding.remit"}

    @documented(
        "Pass premiums on to the insurer",
        tags=TAGS,
        request=RemitPremiumInput,
        request_example={"amount": 250, "method": "ACH", "payee": "Empire Mutual"},
        status=201,
        response=PolicyPremiums,
        errors=[*_REFUSED, *PAID_FROM_ERRORS],
    )
    def post(self, request: Request, case_id: str) -> Response:
        body = RemitPremiumInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        done = remit_premium(
            actor=self.actor,
            case=case_id,
            amount=values["amount"],
            note=values["note"],
            paid_from=read_paid_from(values),
        )
        return Response(_policy(self.actor, case_id, done.warnings), status=201)


class CommissionView(_AccountingView):
    """`POST /api/accounting/premiums/{case}/commission`."""

    required_permission = {"POST": "outstanding.remit"}

    @documented(
        "Take the commission of premiums",
        tags=TAGS,
        request=CommissionInput,
        request_example={"amount": 30},
        status=201,
        response=PolicyPremiums,
        errors=_REFUSED,
    )
    def post(self, request: Request, case_id: str) -> Response:
        body = CommissionInput(data=request.data)
        body.is_valid(raise_exception=True)
        take_commission(actor=self.actor, case=case_id, **body.validated_data)
        return Response(_policy(self.actor, case_id), status=201)


def _policy(actor: Actor, case: str, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    renewal = find_renewal(actor=actor, case=case)
    standing = premium_standing(actor=actor, case_id=renewal.pk)
    moves = PremiumMove.objects.filter(company_id=actor.company_id, renewal_case=renewal.pk).order_by("-id")
    return {
        "case_id": renewal.pk,
        "case_no": renewal.case.case_no,
        "policy_number": renewal.policy_number,
        "currency": renewal.currency,
        "collected": standing.collected,
        "payable": standing.payable,
        "moves": list(
            moves.values("id", "kind", "amount", "entry_id", "is_voided", "note", "made_by", "created_at")
        ),
        "warnings": list(warnings),
    }
