"""Whose address a request has, and who is believed about it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from batconnect.core.serving.proxies import ProxyMiddleware, client_address, read_address, read_trusted

NETWORKS = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client", "believed"),
    [
        ("10.0.0.1", "203.0.113.7", "203.0.113.7", True),
        # What the client wrote itself stands to the left of what the nearest proxy adds.
        ("10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7", True),
        ("10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.9", "203.0.113.7", True),
        ("10.0.0.1", "10.0.0.8, 10.0.0.9", "10.0.0.8", True),
        ("10.0.0.1", "", "10.0.0.1", True),
        ("10.0.0.1", "1.1.1.1, nonsense", "10.0.0.1", True),
        ("10.0.0.1", "1.1.1.1, unknown, 10.0.0.9", "10.0.0.9", True),
        ("fd00::1", "2001:db8::7", "2001:db8::7", True),
        ("::ffff:10.0.0.1", "203.0.113.7:4711", "203.0.113.7:4711", True),
        ("203.0.113.9", "1.1.1.1", "203.0.113.9", False),
        ("", "1.1.1.1", "", False),
    ],
)
def test_networks_are_believed(peer: str, forwarded: str, client: str, believed: bool) -> None:
    assert read_trusted(*NETWORKS).client(peer=peer, forwarded=forwarded) == (client, believed)


@pytest.mark.parametrize(
    ("count", "forwarded", "client", "believed"),
    [
        ("1", "203.0.113.7", "203.0.113.7", True),
        ("1", "1.1.1.1, 203.0.113.7", "203.0.113.7", True),
        ("2", "1.1.1.1, 203.0.113.7, 172.18.0.9", "203.0.113.7", True),
        ("2", "203.0.113.7", "172.18.0.2", False),
        ("1", "", "172.18.0.2", False),
        ("0", "203.0.113.7", "172.18.0.2", False),
    ],
)
def test_a_number_of_proxies_is_believed(count: str, forwarded: str, client: str, believed: bool) -> None:
    assert read_trusted(count).client(peer="172.18.0.2", forwarded=forwarded) == (client, believed)


def test_nobody_is_believed_by_default() -> None:
    assert read_trusted().client(peer="127.0.0.1", forwarded="203.0.113.7") == ("127.0.0.1", False)


@pytest.mark.parametrize("entries", [("proxy",), ("10.0.0.1/8",), ("1", "2"), ("10.0.0.0/33",)])
def test_refuses_to_start_with_anything_else(entries: tuple[str, ...]) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        read_trusted(*entries)


def asked(settings: Any, *, peer: str, **meta: str) -> HttpRequest:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer, **meta}
    ProxyMiddleware(lambda _: HttpResponse())(request)
    return request


FORGED = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.7",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "elsewhere.example",
    "HTTP_X_FORWARDED_PORT": "1",
    "HTTP_X_REAL_IP": "203.0.113.7",
    "HTTP_FORWARDED": "for=203.0.113.7;proto=https",
}


def test_takes_away_what_anybody_else_says(settings: Any) -> None:
    assert asked(settings, peer="198.51.100.1", **FORGED).META == {"REMOTE_ADDR": "198.51.100.1"}


def test_keeps_the_scheme_that_a_trusted_proxy_says(settings: Any) -> None:
    assert asked(settings, peer="10.0.0.1", **FORGED).META == {
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_X_FORWARDED_PROTO": "https",
    }


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        # One home has a whole network of them.
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("[2001:db8:1:2:ffff::1]:443", "2001:db8:1:2::"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_the_limits_count_by_this_address(sent: str, address: str) -> None:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": sent}

    assert client_address(request) == address


def test_reads_no_address_from_nonsense() -> None:
    assert read_address("for=1.1.1.1") is None
