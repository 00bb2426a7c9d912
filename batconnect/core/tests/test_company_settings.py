"""What an administrator decides for the company, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from batconnect.core.companies.settings import LARGEST_LOGO_BYTES, change_settings
from batconnect.core.database.history import FieldChange, history_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.core.models import CompanySettings
from tests.digest import assert_nothing_written


def picture(*, width: int = 2, height: int = 1) -> bytes:
    """A PNG of that size."""
    file = BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


PNG = picture()


def test_changes_settings_and_keeps_what_was(administrator: Actor) -> None:
    before = CompanySettings.objects.get(company_id=administrator.company_id)

    change_settings(actor=administrator, write_off_approval_limit=Decimal("250.00"), logo=PNG)

    after = CompanySettings.objects.get(pk=before.pk)
    assert (after.write_off_approval_limit, bytes(after.logo or b"")) == (Decimal("250.00"), PNG)
    newest = history_of(after)[0]
    assert newest.who == "administrator"
    assert FieldChange("write off approval limit", "1,000.00", "250.00") in newest.fields
    assert after.refund_approval_limit == before.refund_approval_limit


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"settles_from": date(2026, 1, 5)}, "settles_from"),
        ({"closed_until": date(2999, 1, 1)}, "closed_until"),
        ({"write_off_approval_limit": Decimal("-1.00")}, "write_off_approval_limit"),
        ({"refund_approval_limit": Decimal("1000000000.00")}, "refund_approval_limit"),
        ({"brand_colour": "red"}, "brand_colour"),
        ({"email": "nobody"}, "email"),
        ({"logo": b"GIF89a"}, "logo"),
        ({"logo": PNG + b"0" * LARGEST_LOGO_BYTES}, "logo"),
        ({"logo": picture(width=2001)}, "logo"),
        ({"logo": PNG[:40]}, "logo"),
        ({"legal_name": "x" * 161}, "legal_name"),
    ],
)
def test_refuses_values_that_make_no_sense(administrator: Actor, values: dict[str, Any], field: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        change_settings(actor=administrator, **values)

    assert field in [each.field for each in refused.value.errors]


@pytest.mark.parametrize("who", ["cashier", "manager", "auditor"])
def test_refuses_everybody_else(request: pytest.FixtureRequest, who: str) -> None:
    actor = request.getfixturevalue(who)

    with assert_nothing_written(), pytest.raises(NotAllowed):
        change_settings(actor=actor, closed_until=date(2026, 1, 1))
