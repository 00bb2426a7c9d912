"""Which gateway a company uses, and the secret they share.

Secrets are never stored: an endpoint's stands in the environment under its own id, so that no company can name
another's. A gateway that makes its own (the sandbox, of the installation's key) says so (`interface.GatewayKind`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_missing
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from payments.gateways.errors import URL_REFUSED, NoGateway
from payments.gateways.kinds import GATEWAYS, connectable
from payments.gateways.models import GatewayEndpoint
from payments.gateways.sandbox import SANDBOX
from payments.gateways.subjects import ENDPOINT


@joins_transaction
def endpoint_in_use(*, actor: Actor) -> GatewayEndpoint:
    """The company's active gateway for real money, of several the one connected last; else its sandbox, which is made
    when it is first asked for.

    Raises NoGateway (409) where the installation offers no sandbox, the company has switched it off, or has a gateway
    for real money, though switched off: what it stands for is not settled without money meanwhile.
    """
    endpoints = GatewayEndpoint.objects.filter(company_id=actor.company_id).order_by("-created_at", "gateway")
    real = [each for each in endpoints if each.kind.moves_money]
    active = next((each for each in real if each.is_active), None)
    if active is not None:
        return active
    sandbox = next((each for each in endpoints if each.gateway == SANDBOX.code), None)
    switched_off = sandbox is not None and not sandbox.is_active
    if not settings.GATEWAY_SANDBOX or real or switched_off:
        raise NoGateway("The company has no payment gateway for electronic payments.")
    if sandbox is None:
        made = GatewayEndpoint(company_id=actor.company_id, gateway=SANDBOX.code)
        insert_missing([made], unique=("company_id", "gateway"))
        sandbox = GatewayEndpoint.objects.get(company_id=actor.company_id, gateway=SANDBOX.code)
    return sandbox


def secrets_of(endpoint: GatewayEndpoint) -> list[bytes]:
    """The secrets that the endpoint's events may be signed with, the one to sign with first; none: not set up."""
    if endpoint.kind.own_secrets is not None:
        return endpoint.kind.own_secrets(endpoint.id)
    return list(settings.GATEWAY_SECRETS.get(endpoint.id.hex, []))


@transaction.atomic
def connect_gateway(*, actor: Actor, gateway: str, url: str = "") -> GatewayEndpoint:
    """Connect a gateway for real money, by its code in `kinds.GATEWAYS`; its secret is then set in the environment
    under the endpoint's id.

    Needs `gateways.configure`. Raises InvalidInput: no such gateway, `gateway_url_refused`; Conflict where the
    company has it already.
    """
    actor.require("gateways.configure")
    kind = GATEWAYS.get(gateway)
    if kind is None or not kind.moves_money:
        offered = ", ".join(each.code for each in connectable())
        raise InvalidInput(f"Give one of these gateways: {offered}.", field="gateway")
    if GatewayEndpoint.objects.filter(company_id=actor.company_id, gateway=gateway).exists():
        raise Conflict(f"The company has this gateway already ({kind.label}): change that.")
    endpoint = GatewayEndpoint(company_id=actor.company_id, gateway=gateway)
    endpoint.url = _url_for(endpoint, url)
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
        endpoint.url = _url_for(endpoint, url)
    if is_active is not None:
        endpoint.is_active = is_active
    endpoint.save(update_fields=["url", "is_active"])
    _audit(actor, endpoint, "gateways.changed")


def _url_for(endpoint: GatewayEndpoint, url: str) -> str:
    if endpoint.kind.needs_url:
        return checked_url(url)
    if url:
        raise InvalidInput(f"{endpoint.kind.label} takes no address.", code=URL_REFUSED, field="url")
    return ""


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
