"""The gateways that there are: each is declared in a module of its own, and listed here.

How to add one: docs/contributing.md#adding.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from django.conf import settings
from django.db.models import Q

from payments.gateways.interface import GatewayKind
from payments.gateways.sandbox import SANDBOX
from payments.gateways.webhook import WEBHOOK

GATEWAYS: Final[dict[str, GatewayKind]] = {each.code: each for each in (SANDBOX, WEBHOOK)}


def connectable() -> list[GatewayKind]:
    """The gateways for real money: administrators connect them."""
    return [each for each in GATEWAYS.values() if each.moves_money]


def kinds_in_use() -> list[str]:
    """The codes of the gateways that may report anything in this installation."""
    return [code for code, each in GATEWAYS.items() if each.moves_money or settings.GATEWAY_SANDBOX]


def address_fits() -> Q:
    """That an endpoint has an https address where its gateway needs one, and none elsewhere."""
    return reduce(
        or_,
        (
            Q(gateway=code, url__startswith="https://") if each.needs_url else Q(gateway=code, url="")
            for code, each in GATEWAYS.items()
        ),
    )
