"""The floor's own paths."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern

from batconnect.core.api.endpoints.approvals import ApprovalsView, ApprovalView, ApproveView, RejectView
from batconnect.core.api.endpoints.documents import SchemaView, SwaggerView
from batconnect.core.api.endpoints.health import HealthView, ReadyView
from batconnect.core.api.endpoints.printed import ReceiptLinkView
from batconnect.core.api.endpoints.schedules import SchedulesView, ScheduleView
from batconnect.core.api.endpoints.session import CurrenciesView, MeView, ReferenceView, SessionView
from batconnect.core.api.endpoints.tokens import BlacklistView, RefreshView, TokenView, VerifyView
from batconnect.core.api.paths import with_optional_slash
from batconnect.core.mailing.endpoints import MailsView, MailView, SendAgainView
from batconnect.core.notes.endpoints import NoteFileView, NotesView, WithdrawView

_APPROVAL = "api/approvals/<uuid:approval_id>"


def _mail_events() -> list[URLPattern]:
    """Where the provider of mail reports; without one its library is not loaded."""
    if not settings.MAIL_PROVIDER:
        return []
    return list(import_module("batconnect.core.mailing.provider").provider_urls())


urlpatterns = [
    *with_optional_slash("api/token/", TokenView.as_view(), "token"),
    *with_optional_slash("api/token/refresh/", RefreshView.as_view(), "token-refresh"),
    *with_optional_slash("api/token/verify/", VerifyView.as_view(), "token-verify"),
    *with_optional_slash("api/token/blacklist/", BlacklistView.as_view(), "token-blacklist"),
    *with_optional_slash("api/me", MeView.as_view(), "me"),
    *with_optional_slash("api/session", SessionView.as_view(), "session"),
    *with_optional_slash("api/reference", ReferenceView.as_view(), "reference"),
    *with_optional_slash("api/accounting/currencies", CurrenciesView.as_view(), "currencies"),
    *with_optional_slash("api/approvals", ApprovalsView.as_view(), "approvals"),
    *with_optional_slash(_APPROVAL, ApprovalView.as_view(), "approval"),
    *with_optional_slash(f"{_APPROVAL}/approve", ApproveView.as_view(), "approval-approve"),
    *with_optional_slash(f"{_APPROVAL}/reject", RejectView.as_view(), "approval-reject"),
    *with_optional_slash("api/schedules", SchedulesView.as_view(), "schedules"),
    *with_optional_slash("api/schedules/<str:job>", ScheduleView.as_view(), "schedule"),
    *with_optional_slash("api/mails", MailsView.as_view(), "mails"),
    *with_optional_slash("api/mails/<uuid:mail_id>", MailView.as_view(), "mail"),
    *with_optional_slash("api/mails/<uuid:mail_id>/send-again", SendAgainView.as_view(), "mail-send-again"),
    *_mail_events(),
    *with_optional_slash("api/notes", NotesView.as_view(), "notes"),
    *with_optional_slash("api/notes/<uuid:note_id>/withdraw", WithdrawView.as_view(), "note-withdraw"),
    *with_optional_slash(
        "api/notes/<uuid:note_id>/files/<uuid:file_id>", NoteFileView.as_view(), "note-file"
    ),
    *with_optional_slash("api/receipts/pdf", ReceiptLinkView.as_view(), "receipt-link"),
    *with_optional_slash("api/schema/", SchemaView.as_view(), "schema"),
    *with_optional_slash("docs", SwaggerView.as_view(), "docs"),
    *with_optional_slash("health/", HealthView.as_view(), "health"),
    *with_optional_slash("health/ready/", ReadyView.as_view(), "health-ready"),
]
