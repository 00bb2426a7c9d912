"""What every document that a company hands out begins with: logo, color, address."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings


def letterhead(*, actor: Actor) -> dict[str, Any]:
    """The context of `pdf/base.html`'s children: `company`, `settings`, `logo` (a data URI), `address_lines`."""
    settings = CompanySettings.objects.get(company_id=actor.company_id)
    return {
        "company": actor.company,
        "settings": settings,
        "logo": logo_address(settings),
        "address_lines": [line.strip() for line in settings.address.splitlines() if line.strip()],
    }


def logo_address(settings: CompanySettings) -> str:
    """The logo as a data URI, "" without one."""
    logo = bytes(settings.logo) if settings.logo else b""
    kind = "image/png" if logo.startswith(b"\x89PNG") else "image/jpeg"
    return f"data:{kind};base64,{b64encode(logo).decode()}" if logo else ""
