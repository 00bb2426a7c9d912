"""The floor's own paths."""

from __future__ import annotations

from batconnect.core.api.endpoints.approvals import ApprovalsView, ApprovalView, ApproveView, RejectView
from batconnect.core.api.endpoints.documents import SchemaView, SwaggerView
from batconnect.core.api.endpoints.health import HealthView, ReadyView
from batconnect.core.api.endpoints.printed import ReceiptLinkView
from batconnect.core.api.endpoints.session import CurrenciesView, MeView, ReferenceView, SessionView
from batconnect.core.api.endpoints.tokens import BlacklistView, RefreshView, TokenView, VerifyView
from batconnect.core.api.paths import both

_APPROVAL = "api/approvals/<uuid:approval_id>"

urlpatterns = [
    *both("api/token/", TokenView.as_view(), "token"),
    *both("api/token/refresh/", RefreshView.as_view(), "token-refresh"),
    *both("api/token/verify/", VerifyView.as_view(), "token-verify"),
    *both("api/token/blacklist/", BlacklistView.as_view(), "token-blacklist"),
    *both("api/me", MeView.as_view(), "me"),
    *both("api/session", SessionView.as_view(), "session"),
    *both("api/reference", ReferenceView.as_view(), "reference"),
    *both("api/accounting/currencies", CurrenciesView.as_view(), "currencies"),
    *both("api/approvals", ApprovalsView.as_view(), "approvals"),
    *both(_APPROVAL, ApprovalView.as_view(), "approval"),
    *both(f"{_APPROVAL}/approve", ApproveView.as_view(), "approval-approve"),
    *both(f"{_APPROVAL}/reject", RejectView.as_view(), "approval-reject"),
    *both("api/receipts/pdf", ReceiptLinkView.as_view(), "receipt-link"),
    *both("api/schema/", SchemaView.as_view(), "schema"),
    *both("docs", SwaggerView.as_view(), "docs"),
    *both("health/", HealthView.as_view(), "health"),
    *both("health/ready/", ReadyView.as_view(), "health-ready"),
]
