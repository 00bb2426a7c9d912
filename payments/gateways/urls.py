"""Where gateways deliver their events."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from payments.gateways.views import GatewayEventsView

urlpatterns = with_optional_slash(
    "api/gateway-events/<str:endpoint_id>", GatewayEventsView.as_view(), "gateway-events"
)
