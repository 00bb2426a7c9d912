"""The company's own settings."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from batconnect.core.actors import Actor
from batconnect.core.clock import today
from batconnect.core.errors import FieldError, InvalidInput
from batconnect.core.models import CompanySettings

LARGEST_LOGO_BYTES: Final = 200 * 1024
LARGEST_LOGO_PIXELS: Final = 2000
_LOGO_KINDS: Final = ("PNG", "JPEG")
_CHANGEABLE: Final = frozenset(
    {
        "legal_name",
        "address",
        "phone",
        "email",
        "logo",
        "brand_colour",
        "closed_until",
        "settles_from",
        "back_dating_days",
        "refund_approval_limit",
        "write_off_approval_limit",
        "void_approval_limit",
        "payout_approval_limit",
        "loan_approval_limit",
        "longest_schedule",
    }
)


@transaction.atomic
def change_settings(*, actor: Actor, **values: Any) -> CompanySettings:
    """Change settings of the actor's company; amounts are in its base currency, `logo` is a PNG's or JPEG's bytes.

    Raises NotAllowed, InvalidInput (a value, a `settles_from` that is no Sunday,
    a `closed_until` that is not over yet, a logo too large or of another kind).
    """
    actor.require("core.manage_settings")
    assert set(values) <= _CHANGEABLE, set(values) - _CHANGEABLE
    settings = CompanySettings.objects.select_for_update().get(company_id=actor.company_id)
    for name, value in values.items():
        setattr(settings, name, value)
    _check(settings, set(values))
    closes = values.get("closed_until")
    if closes is not None and closes >= today(actor.company):
        # Voids and refunds count for today, which must stay open.
        raise InvalidInput("Only days that are over can be closed.", field="closed_until")
    settings.save(update_fields=list(values))
    return settings


def _check(settings: CompanySettings, changed: set[str]) -> None:
    unchanged = {field.name for field in settings._meta.fields} - changed
    try:
        settings.clean_fields(exclude=unchanged | {"logo"})
    except ValidationError as error:
        found = [FieldError(field, text) for field, texts in error.message_dict.items() for text in texts]
        raise InvalidInput("; ".join(each.message for each in found), errors=found) from error
    if settings.settles_from is not None and settings.settles_from.isoweekday() != 7:
        raise InvalidInput("Settlement begins on a Sunday.", field="settles_from")
    logo = bytes(settings.logo or b"") if "logo" in changed else b""
    if len(logo) > LARGEST_LOGO_BYTES:
        raise InvalidInput(f"A logo has at most {LARGEST_LOGO_BYTES // 1024} kB.", field="logo")
    if logo:
        _check_picture(logo)


def _check_picture(logo: bytes) -> None:
    """By what is in it, whatever the file is called. The size is known before anything is unpacked."""
    try:
        with Image.open(BytesIO(logo), formats=_LOGO_KINDS) as picture:
            if max(picture.size) > LARGEST_LOGO_PIXELS:
                raise InvalidInput(f"A logo has at most {LARGEST_LOGO_PIXELS} pixels each way.", field="logo")
            picture.load()
    except UnidentifiedImageError as error:
        raise InvalidInput("A logo is a PNG or a JPEG.", field="logo") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput("This picture is damaged.", field="logo") from error
