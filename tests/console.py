"""A browser in the operators' console, for the tests of every app's pages."""

from __future__ import annotations

import re
from typing import Any

from batconnect.core.models import User
from console.tests.conftest import ConsoleClient


def browser(username: str) -> ConsoleClient:
    """A signed-in session of one of the cast."""
    client = ConsoleClient()
    client.force_login(
        User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def seen_on(page: Any) -> dict[str, str]:
    """The hidden fields of a confirmation, as the browser sends them."""
    inputs = re.findall(r"<input type=\"hidden\"[^>]*>", page.content.decode())
    pairs = (re.search(r'name="([^"]+)"[^>]*?value="([^"]*)"', each) for each in inputs)
    return {pair[1]: pair[2] for pair in pairs if pair and pair[1] != "csrfmiddlewaretoken"}
