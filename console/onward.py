"""Where a page leads afterwards: always to one of our own addresses."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def safe_next(request: HttpRequest) -> str:
    """The address that the request names as `next` when it is one of ours, else the console's front page."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Back at the sign-in, a signed-in browser would go round in circles.
    circles = onward.startswith((reverse("admin:login"), reverse("admin:logout")))
    return onward if is_ours and not circles else reverse("admin:index")


def leading_to(address: str, onward: str) -> str:
    """The address with `next`."""
    return f"{address}?{urlencode({'next': onward}, safe='/')}"
