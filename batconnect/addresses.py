"""Mail addresses by company, read from the environment."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured


def read_addresses(text: str) -> dict[str, str]:
    """The address of each company by its name in small letters: `NAME=ADDRESS`, several separated by semicolons.

    Raises ImproperlyConfigured for a part that is not of this form: a mail that goes nowhere is not noticed.
    """
    addresses = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        name, _, address = (each.strip() for each in part.rpartition("="))
        local, _, domain = address.partition("@")
        if not (name and local and domain) or any(each.isspace() or each in ",<>" for each in address):
            raise ImproperlyConfigured(
                f"SEAL_HEADS_TO has {part[:80]!r}; it takes NAME=ADDRESS, several separated by semicolons."
            )
        addresses[name.casefold()] = address
    return addresses
