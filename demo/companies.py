"""The demo companies: made as the owner, with the numbers that the seeds name kept free."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.companies.opening import add_company
from batconnect.core.database.roles import as_owner
from batconnect.core.kernel import clock
from batconnect.core.models import Company, CompanySettings
from demo.errors import DemoRefused
from demo.logo import draw_logo

BIG_APPLE: Final = UUID("0192b7f0-1c00-7000-8000-000000000001")
HUDSON: Final = UUID("0192b7f0-1c00-7000-8000-000000000002")
EMPIRE: Final = UUID("0192b7f0-1c00-7000-8000-000000000003")
NAMES: Final = {
    BIG_APPLE: "Big Apple Taxi",
    HUDSON: "Hudson Premium Finance",
    EMPIRE: "Empire Fleet",
}

# The last id that the demo gives out itself; the cases of the renewal flow begin at 1, interim ones at 1001.
RESERVED_IDS: Final = {"drivers": 110, "vehicles": 110, "medallions": 110, "leases": 2063, "cases": 1000}


def ensure_companies() -> None:
    """Make the companies unless they are there, and move the sequences past the ids that the demo uses.

    Raises DemoRefused when rows of other companies hold those ids already, or another company one of the names.
    """
    with as_owner(), transaction.atomic():
        there = set(Company.objects.filter(pk__in=NAMES).values_list("pk", flat=True))
        if not there:
            _require_free_ids()
        for company_id, name in NAMES.items():
            if company_id in there:
                continue
            if Company.objects.filter(name=name).exists():
                raise DemoRefused(
                    f"There already is a company named {name}; the demo cannot be loaded beside it."
                )
            add_company(company_id=company_id, name=name, time_zone="America/New_York", base_currency="USD")
        for table, last in RESERVED_IDS.items():
            _move_sequence(table=table, last=last)


def exist() -> bool:
    """Whether the demo companies were made, all together; an older demo had two of them."""
    return Company.objects.filter(pk=BIG_APPLE).exists()


def dress_big_apple(*, today: date) -> None:
    """Its letterhead, and the first Sunday to settle; the transaction is inside the company, as below."""
    CompanySettings.objects.filter(company_id=BIG_APPLE).update(
        address="31-00 47th Avenue\nLong Island City, NY 11101",
        phone="(212) 555-0100",
        email="office@bigappletaxi.example",
        brand_colour="#b45309",
        logo=draw_logo(background="#facc15", checks="#111827"),
        settles_from=clock.week_start(today),
    )


def dress_hudson() -> None:
    """Its letterhead."""
    CompanySettings.objects.filter(company_id=HUDSON).update(
        address="200 Hudson Street\nNew York, NY 10013",
        phone="(212) 555-0200",
        email="office@hudsonpremium.example",
        brand_colour="#1d4ed8",
        logo=draw_logo(background="#1d4ed8", checks="#dbeafe"),
    )


def dress_empire() -> None:
    """Its letterhead."""
    CompanySettings.objects.filter(company_id=EMPIRE).update(
        address="44-02 Vernon Boulevard\nLong Island City, NY 11101",
        phone="(212) 555-0300",
        email="office@empirefleet.example",
        brand_colour="#047857",
        logo=draw_logo(background="#047857", checks="#d1fae5"),
    )


def _require_free_ids() -> None:
    for table in RESERVED_IDS:
        with connection.cursor() as cursor:
            cursor.execute("select pg_get_serial_sequence(%s, 'id')", [table])
            (sequence,) = cursor.fetchone()
            cursor.execute(f"select is_called from {sequence}")  # noqa: S608 - a name from the catalog
            if cursor.fetchone()[0]:
                raise DemoRefused(
                    f"The table {table} was in use before: the demo needs ids of its own, so it is loaded into an "
                    "empty database only."
                )


def _move_sequence(*, table: str, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        cursor.execute(
            f"select setval(%s, greatest(last_value, %s)) from {sequence}",  # noqa: S608 - a name from the catalog
            [sequence, last],
        )
