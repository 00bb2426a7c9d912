"""The HTTP endpoints of what lines may be, and of the rules that say so (docs/domain.md#matching)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from bank.errors import LineNotFound, RuleNotFound
from bank.filters.matching import RuleFilters
from bank.models import LinePart, MatchRule, StatementLine
from bank.serializers.matching import (
    LineSuggestions,
    MatchRuleChange,
    MatchRuleInput,
    MatchRuleRow,
    line_suggestions_document,
)
from bank.services.suggesting import suggest
from bank.services.writing_rules import CHANGE, change_rule, write_rule
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import etag, require_match
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Rows, Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
_ORDER: Final = Sorting(
    names={"created_at": ("id",), "pattern": ("pattern", "id"), "hits": ("hits", "id")}, default="created_at"
)
_REFUSED: Final = ("rule_says_too_little", "rule_taken")


class LineSuggestionsView(CompanyView):
    """`GET /api/accounting/statement-lines/{id}/suggestions`."""

    required_permission = {"GET": _VIEW}
    company_header_required = True

    @documented(
        "What a line may be",
        tags=_TAGS,
        response=LineSuggestions,
        errors=["statement_line_not_found"],
        description="For each open part the likeliest explanations, best first, at most five, each with the pieces "
        "to explain it with and with what speaks for it.",
    )
    def get(self, request: Request, line_id: UUID) -> Response:
        line = StatementLine.objects.filter(company_id=self.actor.company_id, id=line_id).first()
        if line is None:
            raise LineNotFound(f"There is no line {line_id}.")
        parts = list(
            LinePart.objects.filter(
                company_id=self.actor.company_id, line=line_id, status=LinePart.Status.OPEN
            ).order_by("part_no")
        )
        suggested = suggest(actor=self.actor, parts=parts)
        return Response(line_suggestions_document(line_id, parts, suggested))


class MatchRulesView(CompanyView):
    """`/api/accounting/match-rules`."""

    required_permission = {"GET": CHANGE, "POST": CHANGE}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Rules that say what lines are",
        tags=_TAGS,
        response=api_page_of(MatchRuleRow),
        parameters=[*filter_parameters(RuleFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = RuleFilters(query, queryset=_rules(self.actor)).checked()
        return Response(api_page(query, rows, sorting=_ORDER))

    @documented(
        "Write a rule",
        tags=_TAGS,
        request=MatchRuleInput,
        request_example={
            "on": "text",
            "pattern": "monthly maintenance fee",
            "direction": "out",
            "account_code": "bank_charges",
        },
        status=201,
        response=MatchRuleRow.shown(
            on="text",
            pattern="MONTHLY MAINTENANCE FEE",
            direction="out",
            customer_id=None,
            customer_name=None,
            account_code="bank_charges",
            is_learned=False,
            hits=0,
        ),
        errors=["unknown_choice", "unknown_explanation", "account_has_items", "rule_of_one_kind", *_REFUSED],
        description="One of an account of the chart books such lines by itself; one of a customer is evidence, which "
        "needs a second kind beside it.",
    )
    def post(self, request: Request) -> Response:
        rule = write_rule(actor=self.actor, **MatchRuleInput.read(request.data))
        return _answer(self.actor, rule.id, status=201)


class MatchRuleView(CompanyView):
    """`/api/accounting/match-rules/{id}`."""

    required_permission = {"GET": CHANGE, "PATCH": CHANGE}
    company_header_required = True

    @documented("A rule", tags=_TAGS, response=MatchRuleRow, errors=["match_rule_not_found"])
    def get(self, request: Request, rule_id: UUID) -> Response:
        return _answer(self.actor, rule_id)

    @documented(
        "Correct a rule, switch it off or on",
        tags=_TAGS,
        request=MatchRuleChange,
        request_example={"is_active": False},
        response=MatchRuleRow.shown(is_active=False, version=2),
        errors=["match_rule_not_found", "stale", *_REFUSED],
        description="`If-Match` with the ETag of the answer refuses what somebody else changed meanwhile (412).",
    )
    def patch(self, request: Request, rule_id: UUID) -> Response:
        change_rule(
            actor=self.actor,
            rule_id=rule_id,
            **MatchRuleChange.read(request.data),
            check=lambda locked: require_match(request, _etag(locked.id, locked.version)),
        )
        return _answer(self.actor, rule_id)


def _rules(actor: Actor) -> Rows:
    """The company's rules as `MatchRuleRow` has them."""
    return MatchRule.objects.filter(company_id=actor.company_id).values(
        *("id", "on", "pattern", "direction", "bank_account_id", "customer_id", "account_code", "is_active"),
        *("is_learned", "hits", "misses", "last_hit_at", "note", "created_by", "created_at", "version"),
        customer_name=F("customer__name"),
    )


def _answer(actor: Actor, rule_id: UUID, *, status: int = 200) -> Response:
    row = _rules(actor).filter(id=rule_id).first()
    if row is None:
        raise RuleNotFound(f"There is no rule {rule_id}.")
    return Response(row, status=status, headers={"ETag": _etag(row["id"], row["version"])})


def _etag(rule_id: UUID, version: int) -> str:
    return etag("match_rule", rule_id, version)
