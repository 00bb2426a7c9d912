"""What a page says after a redirect, in a cookie that no neighboring host and no plain answer can set."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookie(CookieStorage):
    """Django's cookie, named for the host under HTTPS like the session's."""

    cookie_name = "__Host-messages" if settings.SESSION_COOKIE_SECURE else "messages"


class HostMessages(FallbackStorage):
    """In the cookie, or in the session where they are too long for it."""

    storage_classes = (HostCookie, SessionStorage)
