"""What the menu under one's own name offers."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """The own sign-in, the password, and the companies."""
    return [
        {"title": "Your sign-in", "link": reverse("admin:account")},
        {"title": "Notices to you", "link": reverse("admin:notices")},
        {"title": "Change password", "link": reverse("admin:password_change")},
        {"title": "Companies and invitations", "link": reverse("admin:company")},
    ]
