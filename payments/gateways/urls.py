"""Where gateways deliver their events."""

from __future__ import annotations

from batconnect.core.api.paths import both
from payments.gateways.views import GatewayEventsView

urlpatterns = both("api/gateway-events/<str:endpoint_id>", GatewayEventsView.as_view(), "gateway-events")
