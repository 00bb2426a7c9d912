"""A receipt by its signed link: no token, one document, for a quarter of an hour."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from batconnect.core.api.base import PublicView
from batconnect.core.api.printed import open_link
from batconnect.core.api.schema import documented
from batconnect.core.audit import record_event
from batconnect.core.database.tenancy import open_request
from batconnect.core.kernel.errors import LinkInvalid
from batconnect.core.serving.middleware import request_id_of
from batconnect.core.serving.throttling import limit_requests

_PER_MINUTE = 60


class ReceiptLinkView(PublicView):
    """`GET /api/receipts/pdf?link=…`, as `receipt_pdf_url` gives it."""

    # Who was handed it has just paid, and signs in nowhere.
    may_lag = False

    @documented(
        "A receipt's PDF by its signed link",
        tags=["Payments"],
        media_types=["application/pdf"],
        parameters=[OpenApiParameter("link", str, required=True, description="As receipt_pdf_url has it.")],
        errors=["link_invalid", "link_expired", "too_many_requests", "pdf_unavailable", "permission_denied"],
        description="Needs no token: the link opens one document for 15 minutes, in the name of the person who was "
        "handed it, and no longer than that person may see it. Every opening is in the audit trail.",
    )
    def get(self, request: Request) -> HttpResponse:
        plain = request._request
        link = open_link(plain.GET.get("link", ""))
        limit_requests(name="receipt_links", subject=str(link.user_id), limit=_PER_MINUTE, seconds=60)
        opened = open_request(
            user_id=link.user_id, company_id=link.company_id, request_id=request_id_of(plain)
        )
        actor = opened[1] if opened else None
        if actor is None:
            raise LinkInvalid("The person who was given this link no longer works in the company.")
        actor.require(link.kind.permission)
        printed = link.kind.print(actor, link.number)
        record_event(
            actor=actor,
            action="core.open_receipt_link",
            subject_type=link.kind.code,
            subject_id=link.number,
            details={"file": printed.name},
        )
        return printed.to_response()
