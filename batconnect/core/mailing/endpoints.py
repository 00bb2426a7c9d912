"""Documents by mail: sent, and the log of what was sent."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import django_filters
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Id, Instant, Listed, Text, Whole, api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.fields import BoundedList, StrictSerializer
from batconnect.core.api.filters import LabelFilter, ListFilters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.refusals import OTHER_CODES
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.mailing.errors import MailNotFound
from batconnect.core.mailing.services import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    MAX_RECIPIENTS,
    queue_document,
    send_again,
)
from batconnect.core.models import OutgoingMail

TAGS: Final = ("Mail",)
_LONGEST_ADDRESS: Final = 254
_ORDER: Final = Sorting(names={"created_at": ("id",), "sent_at": ("sent_at", "id")}, default="created_at")


class MailRow(Answer):
    """A document on its way to one address, or sent."""

    mail_id = Id("e1")
    document_kind = Text("payments.receipt")
    document_number = Text("01900000-0000-7000-8000-0000000000d1")
    title = Text("Receipt RCPT-2026-000001")
    customer_id = Id("c1", null=True)
    case_no = Text()
    recipient = Text("john@example.com")
    subject = Text("Receipt RCPT-2026-000001, Big Apple Taxi")
    state = Choice(OutgoingMail.State)
    attempts = Whole(0)
    failure = Text()
    requested_by = Text("Merly")
    created_at = Instant()
    sent_at = Instant(null=True)


class QueuedMails(Answer):
    """The mails that were queued, one for each address."""

    mails = Listed(MailRow)


class MailInput(StrictSerializer):
    """Which document goes to whom; without addresses to the customer's, without texts with what is proposed."""

    document_kind = serializers.CharField(max_length=40)
    document_number = serializers.CharField(max_length=60)
    recipients = BoundedList(
        child=serializers.CharField(max_length=_LONGEST_ADDRESS), max_length=MAX_RECIPIENTS, required=False
    )
    subject = serializers.CharField(max_length=LONGEST_SUBJECT, required=False, allow_blank=True)
    body = serializers.CharField(max_length=LONGEST_BODY, required=False, allow_blank=True)


class MailFilters(ListFilters):
    """What narrows the log."""

    state = LabelFilter(choices=OutgoingMail.State.choices, field_name="state")
    customer_id = django_filters.UUIDFilter(field_name="customer_id")
    document_kind = django_filters.CharFilter(field_name="kind")
    document_number = django_filters.CharFilter(field_name="number")


class MailsView(CompanyView):
    """`/api/mails`."""

    required_permission = {"GET": "mail.view", "POST": "mail.send"}
    idempotency = "required"

    @documented(
        "Mails of documents",
        tags=TAGS,
        response=api_page_of(MailRow),
        parameters=[
            OpenApiParameter("state", str, enum=OutgoingMail.State.values),
            OpenApiParameter("customer_id", UUID),
            OpenApiParameter("document_kind", str),
            OpenApiParameter("document_number", str),
            *paging_parameters(screen=False),
        ],
        errors=["unknown_choice"],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = MailFilters(query, queryset=_rows(self.actor.company_id)).checked()
        return Response(api_page(query, rows, sorting=_ORDER, shape=_shape))

    @documented(
        "Send a document by mail",
        tags=TAGS,
        request=MailInput,
        request_example={
            "document_kind": "payments.receipt",
            "document_number": "01900000-0000-7000-8000-0000000000d1",
            "recipients": ["john@example.com"],
        },
        status=202,
        response=QueuedMails,
        errors=["document_not_mailed", "mail_address_invalid", OTHER_CODES],
        description=(
            f"At most {MAX_RECIPIENTS} addresses, each of which gets a mail. A worker sends it after the answer; "
            "`GET /api/mails/{mail_id}` tells what became of it. Needs the right to see the document as well."
        ),
    )
    def post(self, request: Request) -> Response:
        values = MailInput.read(request.data)
        mails = queue_document(
            actor=self.actor,
            kind=values.pop("document_kind"),
            number=values.pop("document_number"),
            **values,
        )
        rows = {row["id"]: row for row in _rows(self.actor.company_id).filter(id__in=[m.id for m in mails])}
        return Response({"mails": [_shape(rows[mail.id]) for mail in mails]}, status=202)


class MailView(CompanyView):
    """`GET /api/mails/{id}`."""

    required_permission = {"GET": "mail.view"}

    @documented("A mail", tags=TAGS, response=MailRow, errors=["mail_not_found"])
    def get(self, request: Request, mail_id: UUID) -> Response:
        return _answer(self.actor.company_id, mail_id)


class SendAgainView(CompanyView):
    """`POST /api/mails/{id}/send-again`."""

    required_permission = {"POST": "mail.send"}

    @documented(
        "Send a mail that failed once more",
        tags=TAGS,
        response=MailRow,
        errors=["mail_not_found", "mail_not_failed", OTHER_CODES],
    )
    def post(self, request: Request, mail_id: UUID) -> Response:
        send_again(actor=self.actor, mail_id=mail_id)
        return _answer(self.actor.company_id, mail_id)


def _rows(company_id: UUID) -> Any:
    return OutgoingMail.objects.filter(company_id=company_id).values(
        *("id", "kind", "number", "title", "customer_id", "case_no", "recipient", "subject", "state"),
        *("attempts", "failure", "requested_by", "created_at", "sent_at"),
    )


def _shape(row: dict[str, Any]) -> dict[str, Any]:
    names = {"mail_id": "id", "document_kind": "kind", "document_number": "number"}
    return {name: row[names.get(name, name)] for name in MailRow.members()}


def _answer(company_id: UUID, mail_id: UUID) -> Response:
    row = _rows(company_id).filter(id=mail_id).first()
    if row is None:
        raise MailNotFound(f"There is no mail {mail_id}.")
    return Response(_shape(row))
