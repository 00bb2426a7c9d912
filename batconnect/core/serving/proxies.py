"""Who asks, when proxies stand in between: the address and the scheme of the client, as told by trusted proxies alone.

`TRUSTED_PROXIES` names networks (`10.0.0.0/8,fd00::/8`), or the number of proxies in front (`1`) where nobody else
can reach this server. What anybody else says about itself is thrown away before anything reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Address = IPv4Address | IPv6Address
_FORWARDED: Final = "HTTP_X_FORWARDED_FOR"
_SCHEME: Final = "HTTP_X_FORWARDED_PROTO"
# Said by proxies of other makes, and read by nobody here.
_UNREAD: Final = ("HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
# Whoever has one address of IPv6 has all of its network.
_ONE_HOME: Final = 64


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Which senders of X-Forwarded-For are believed: those of the networks, or the last `count` whoever they are."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    count: int = 0

    def client(self, *, peer: str, forwarded: str) -> tuple[str, bool]:
        """The client's address, and whether what the peer says of it is believed.

        Read from the right, where the nearest proxy writes: whatever a client puts in itself stands to the left.
        """
        hops = [each.strip() for each in forwarded.split(",")] if forwarded.strip() else []
        if self.count:
            return (hops[-self.count], True) if len(hops) >= self.count else (peer, False)
        if not self._knows(peer):
            return peer, False
        client = peer
        for hop in reversed(hops):
            if read_address(hop) is None:
                break
            client = hop
            if not self._knows(hop):
                break
        return client, True

    def _knows(self, text: str) -> bool:
        address = read_address(text)
        return address is not None and any(address in network for network in self.networks)


@lru_cache(maxsize=8)
def read_trusted(*entries: str) -> TrustedProxies:
    """The proxies that TRUSTED_PROXIES names. Raises ImproperlyConfigured for anything else."""
    given = [entry.strip() for entry in entries if entry.strip()]
    if len(given) == 1 and given[0].isdecimal():
        return TrustedProxies(count=int(given[0]))
    try:
        return TrustedProxies(networks=tuple(ip_network(entry) for entry in given))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES is a list of networks such as 10.0.0.0/8, or one number of proxies: {error}."
        ) from error


def read_address(text: str) -> Address | None:
    """The address in a hop, which may carry a port; IPv4 in IPv6's clothes is IPv4. None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_address(request: HttpRequest) -> str:
    """Where the request came from: an address, of IPv6 its network, for the limits; empty over a local socket."""
    address = read_address(str(request.META.get("REMOTE_ADDR") or ""))
    if address is None:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _ONE_HOME), strict=False).network_address)
    return str(address)


class ProxyMiddleware:
    """Puts the client into REMOTE_ADDR, keeps X-Forwarded-Proto of trusted proxies, and takes all else away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        _trusted(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        client, believed = _trusted(settings.TRUSTED_PROXIES).client(
            peer=str(meta.get("REMOTE_ADDR") or ""), forwarded=str(meta.pop(_FORWARDED, ""))
        )
        meta["REMOTE_ADDR"] = client
        for name in (*_UNREAD, *(() if believed else (_SCHEME,))):
            meta.pop(name, None)
        return self.get_response(request)


def _trusted(entries: Sequence[str]) -> TrustedProxies:
    return read_trusted(*entries)
