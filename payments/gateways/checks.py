"""Refuse to start where debts could be settled without money beside real gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from batconnect.core.database.tenancy import company_context, company_ids
from payments.gateways.kinds import connectable
from payments.gateways.models import GatewayEndpoint


@register(Tags.database)
def no_sandbox_beside_real_gateways(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Outside the embedded trial the sandbox is off once any company has connected a gateway."""
    if settings.EMBEDDED or not settings.GATEWAY_SANDBOX or "default" not in (databases or ()):
        return []
    table = GatewayEndpoint._meta.db_table
    if table not in connections["default"].introspection.table_names():
        return []  # before the first migration
    for company_id in company_ids():
        with company_context(company_id, job="check") as actor:
            real = GatewayEndpoint.objects.filter(
                company_id=company_id, gateway__in=[each.code for each in connectable()]
            )
            if real.exists():
                return [
                    Error(
                        f"The gateway sandbox is on, and {actor.company.name} has connected a gateway for real money.",
                        hint="Leave GATEWAY_SANDBOX out: it is off by default.",
                        id="gateways.E001",
                    )
                ]
    return []
