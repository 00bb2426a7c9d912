"""Which companies a command works in."""

from __future__ import annotations

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import CommandError

from batconnect.core.models import Company


def add_company_argument(parser: ArgumentParser) -> None:
    """`--company`, by name or id."""
    parser.add_argument("--company", help="a company's name or id (default: every company)")


def chosen_companies(text: str | None) -> list[Company]:
    """The company that the text names, or every company without a text. Raises CommandError listing the names."""
    companies = list(Company.objects.order_by("name"))
    if not text:
        return companies
    try:
        company_id = UUID(text)
    except ValueError:
        company_id = None
    chosen = [each for each in companies if each.id == company_id or each.name.casefold() == text.casefold()]
    if not chosen:
        raise CommandError(
            f"There is no company {text!r}. Companies: {', '.join(each.name for each in companies)}."
        )
    return chosen


def only_company(text: str | None) -> Company:
    """The one company to work in. Raises CommandError when there are several and none is named."""
    companies = chosen_companies(text)
    if len(companies) != 1:
        raise CommandError(f"Name the company with --company: {', '.join(each.name for each in companies)}.")
    return companies[0]
