"""The demo users' password: given by BATCONNECT_DEMO_PASSWORD, else random for this installation; never logged."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from django.conf import settings

from batconnect.embedded.files import write_private
from demo.staff import STAFF

_PASSWORD = re.compile(r"^Password\s+(\S+)$", re.MULTILINE)


def logins_file() -> Path:
    """Where the logins are kept: `demo-logins.txt` in the data dir, readable only by its owner."""
    return Path(settings.DATA_DIR) / "demo-logins.txt"


def ensure_password() -> str:
    """The password of every demo user, kept in the file from now on.

    The configured one; else the one that the file holds already, so that a load that was cut short and a reset
    keep it; else a new one.
    """
    password = settings.DEMO_PASSWORD or _kept() or secrets.token_urlsafe(9)
    path = logins_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path=path, text=_text(password=password))
    return password


def _kept() -> str:
    try:
        match = _PASSWORD.search(logins_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return match.group(1) if match else ""


def _text(*, password: str) -> str:
    lines = ["Demo logins", f"Password   {password}"]
    lines += [f"  {person.username:<10} {person.group:<16} {person.company_name}" for person in STAFF]
    return "\n".join(lines) + "\n"
