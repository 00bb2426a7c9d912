"""The pages of docs/ that are written from the code, so that they stay true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.module_loading import autodiscover_modules

from batconnect.core.kernel.codes import error_codes
from batconnect.core.kernel.permissions import GROUP_PERMISSIONS, PERMISSIONS, Group


def errors_page() -> str:
    """docs/errors.md: every code with its status, what it means and what to do."""
    autodiscover_modules("errors")
    rows = [
        (f"`{entry.code}`", str(entry.status), entry.title, entry.remedy)
        for entry in sorted(error_codes().values(), key=lambda entry: (entry.status, entry.code))
    ]
    return (
        "# Errors\n\n"
        "Written by `manage.py generate_docs`. Every answer other than a success is `application/problem+json` "
        "(RFC 9457); under `/api/case-tracking/` the members are `success, error, message, code, errors`. "
        "`code` is stable: clients may act upon it. `errors` names each field with a code of its own "
        "(`required`, `not_money`, `unknown_field`, …) and a message.\n\n"
        + _table(("code", "status", "kind", "what to do"), rows)
    )


def permissions_page() -> str:
    """docs/permissions.md: which group holds which permission."""
    rows = [
        (f"`{code}`", meaning, *("✓" if code in GROUP_PERMISSIONS[group] else "" for group in Group.values))
        for code, meaning in sorted(PERMISSIONS.items())
    ]
    return (
        "# Permissions\n\n"
        "Written by `manage.py generate_docs`. A user holds groups per company, through a membership; steps of "
        "cases name their own groups.\n\n" + _table(("permission", "allows", *Group.values), rows)
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
