"""What the tables of payment gateways are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import SourceType, Subject

ENDPOINT: Final = "gateways.endpoint"
_VIEW: Final = "gateways.view"

SUBJECTS: Final = (
    Subject(model="payments.GatewayCharge", title="Charges", icon="credit_card", permission=_VIEW),
    Subject(
        model="payments.GatewayEndpoint",
        title="Gateways",
        icon="lan",
        permission=_VIEW,
        sources=(SourceType(ENDPOINT),),
        named="{t}.gateway",
    ),
)
