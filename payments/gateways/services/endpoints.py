"""Which gateway a company uses, and the secret they share.

Secrets are never stored: an endpoint's stands in the environment under its own id, so that no company can name
another's. The sandbox's follows from the installation's key.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_missing
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from payments.gateways.errors import URL_REFUSED, NoGateway
from payments.gateways.interface import Gateway
from payments.gateways.models import GatewayEndpoint
from payments.gateways.sandbox import SandboxGateway
from payments.gateways.subjects import ENDPOINT
from payments.gateways.webhook import WebhookGateway

GATEWAYS: Final[dict[str, Gateway]] = {"sandbox": SandboxGateway(), "webhook": WebhookGateway()}


@joins_transaction
def endpoint_in_use(*, actor: Actor) -> GatewayEndpoint:
    """The company's active gateway; else its sandbox, which is made when it is first asked for.

    Raises NoGateway (409) where the installation offers no sandbox, the company has switched it off, or has a gateway
    for real money, though switched off: what it stands for is not settled without money meanwhile.
    """
    endpoints = {each.gateway: each for each in GatewayEndpoint.objects.filter(company_id=actor.company_id)}
    webhook = endpoints.get(GatewayEndpoint.Kind.WEBHOOK)
    if webhook is not None and webhook.is_active:
        return webhook
    sandbox = endpoints.get(GatewayEndpoint.Kind.SANDBOX)
    switched_off = sandbox is not None and not sandbox.is_active
    if not settings.GATEWAY_SANDBOX or webhook is not None or switched_off:
        raise NoGateway("The company has no payment gateway for electronic payments.")
    if sandbox is None:
        made = GatewayEndpoint(company_id=actor.company_id, gateway=GatewayEndpoint.Kind.SANDBOX)
        insert_missing([made], unique=("company_id", "gateway"))
        sandbox = GatewayEndpoint.objects.get(
            company_id=actor.company_id, gateway=GatewayEndpoint.Kind.SANDBOX
        )
    return sandbox


def secrets_of(endpoint: GatewayEndpoint) -> list[bytes]:
    """The secrets that the endpoint's events may be signed with, the one to sign with first; none: not set up."""
    if endpoint.gateway == GatewayEndpoint.Kind.SANDBOX:
        text = f"gateway sandbox {endpoint.id}".encode()
        keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return [hmac.new(key.encode(), text, hashlib.sha256).digest() for key in keys]
    return list(settings.GATEWAY_SECRETS.get(endpoint.id.hex, []))


@transaction.atomic
def connect_gateway(*, actor: Actor, url: str) -> GatewayEndpoint:
    """Connect the company's HTTPS gateway; its secret is then set in the environment under the endpoint's id.

    Needs `gateways.configure`. Raises InvalidInput `gateway_url_refused`, Conflict where there is one already.
    """
    actor.require("gateways.configure")
    kind = GatewayEndpoint.Kind.WEBHOOK
    if GatewayEndpoint.objects.filter(company_id=actor.company_id, gateway=kind).exists():
        raise Conflict("The company has an HTTPS gateway already: change its address.")
    endpoint = GatewayEndpoint(company_id=actor.company_id, gateway=kind, url=checked_url(url))
    endpoint.save(force_insert=True)
    _audit(actor, endpoint, "gateways.connected")
    return endpoint


@transaction.atomic
def change_endpoint(
    *, actor: Actor, endpoint: GatewayEndpoint, url: str | None = None, is_active: bool | None = None
) -> None:
    """Change a gateway's address, or switch it off or on; charges on their way stay with it.

    Needs `gateways.configure`. Raises InvalidInput `gateway_url_refused`.
    """
    actor.require("gateways.configure")
    if url is not None:
        if endpoint.gateway == GatewayEndpoint.Kind.SANDBOX:
            raise InvalidInput("The sandbox has no address.", code=URL_REFUSED, field="url")
        endpoint.url = checked_url(url)
    if is_active is not None:
        endpoint.is_active = is_active
    endpoint.save(update_fields=["url", "is_active"])
    _audit(actor, endpoint, "gateways.changed")


def checked_url(text: str) -> str:
    """The address without a slash at its end. Raises InvalidInput unless it is https on an allowed host."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, plain = parts.hostname or "", not (parts.username or parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        host, plain = "", False
    if not url.startswith("https://") or not plain or host not in settings.GATEWAY_HOSTS or len(url) > 200:
        allowed = ", ".join(settings.GATEWAY_HOSTS) or "none is allowed here (GATEWAY_HOSTS)"
        raise InvalidInput(
            f"Give an https address on one of these hosts: {allowed}.", code=URL_REFUSED, field="url"
        )
    return url


def _audit(actor: Actor, endpoint: GatewayEndpoint, action: str) -> None:
    details = {"gateway": endpoint.gateway, "url": endpoint.url, "is_active": endpoint.is_active}
    record_event(actor=actor, action=action, subject_type=ENDPOINT, subject_id=endpoint.id, details=details)
