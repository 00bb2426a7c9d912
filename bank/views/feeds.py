"""The calls on how statements come: mappings of columns, and feeds of accounts (docs/api.md#bank-statements)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from bank.models import StatementFeed, StatementMapping
from bank.serializers.feeds import (
    FeedChange,
    MappingChange,
    MappingInput,
    StatementFeedRow,
    StatementMappingRow,
    etag_of_feed,
    etag_of_mapping,
    feed_row,
    mapping_row,
)
from bank.services.feeds import find_account, set_feed
from bank.services.mappings import add_mapping, change_mapping
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters

TAGS: Final = ["Bank"]
_BY_NAME: Final = Sorting(names={"name": ("name", "id")}, default="name", order="asc")
_MATCHES: Final = "`If-Match` with the ETag of the answer refuses what somebody else changed meanwhile (412)."


class StatementMappingsView(CompanyView):
    """`/api/accounting/statement-mappings`."""

    required_permission = {"GET": "bank.view", "POST": "bank.import_statements"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "How tables of banks are read, by name",
        tags=TAGS,
        response=api_page_of(StatementMappingRow),
        parameters=paging_parameters(screen=False),
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = StatementMapping.objects.filter(company_id=self.actor.company_id)
        return Response(api_page(query, rows, sorting=_BY_NAME, shape=mapping_row))

    @documented(
        "Say which columns a bank's tables have",
        tags=TAGS,
        request=MappingInput,
        request_example={"name": "Chase", "date_column": "Posting Date", "amount_column": "Amount"},
        status=201,
        response=StatementMappingRow,
        errors=["mapping_name_taken"],
    )
    def post(self, request: Request) -> Response:
        mapping = add_mapping(actor=self.actor, **MappingInput.read(request.data))
        return Response(mapping_row(mapping), status=201, headers={"ETag": etag_of_mapping(mapping)})


class StatementMappingView(CompanyView):
    """`PATCH /api/accounting/statement-mappings/{id}`."""

    required_permission = {"PATCH": "bank.import_statements"}
    company_header_required = True

    @documented(
        "Change how a bank's tables are read",
        tags=TAGS,
        request=MappingChange,
        request_example={"text_column": "Memo"},
        response=StatementMappingRow,
        errors=["statement_mapping_not_found", "mapping_name_taken", "stale"],
        description=_MATCHES,
    )
    def patch(self, request: Request, mapping_id: UUID) -> Response:
        mapping = change_mapping(
            actor=self.actor,
            mapping_id=mapping_id,
            check=lambda locked: require_match(request, etag_of_mapping(locked)),
            **MappingChange.read(request.data),
        )
        return Response(mapping_row(mapping), headers={"ETag": etag_of_mapping(mapping)})


class StatementFeedView(CompanyView):
    """`/api/accounting/bank-accounts/{id}/feed`."""

    required_permission = {"GET": "bank.view", "PATCH": "bank.import_statements"}
    company_header_required = True

    @documented(
        "How a bank account's statements come",
        tags=TAGS,
        response=StatementFeedRow,
        errors=["bank_account_not_found"],
    )
    def get(self, request: Request, bank_account_id: UUID) -> Response:
        account = find_account(actor=self.actor, bank_account_id=bank_account_id)
        feed = StatementFeed.objects.filter(company_id=self.actor.company_id, bank_account=account).first()
        return _answer(feed or StatementFeed(bank_account=account))

    @documented(
        "Say how a bank account's statements come",
        tags=TAGS,
        description=(
            "The number by which files name it, the mapping of its tables, and what its chain begins with. "
            f"{_MATCHES}"
        ),
        request=FeedChange,
        request_example={"number": "DE89370400440532013000"},
        response=StatementFeedRow,
        errors=["bank_account_not_found", "unknown_mapping", "account_number_taken", "stale"],
    )
    def patch(self, request: Request, bank_account_id: UUID) -> Response:
        feed = set_feed(
            actor=self.actor,
            bank_account_id=bank_account_id,
            check=lambda locked: require_match(request, etag_of_feed(locked)),
            **FeedChange.read(request.data),
        )
        return _answer(feed)


def _answer(feed: StatementFeed) -> Response:
    return Response(feed_row(feed), headers={"ETag": etag_of_feed(feed)})
