"""The company's own settings."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.services import About
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval, CompanySettings
from batconnect.core.notices import full_name
from batconnect.core.people.consent import ask_consent, needs_consent
from batconnect.core.people.notices import notify_administrators

LARGEST_LOGO_BYTES: Final = 200 * 1024
LARGEST_LOGO_PIXELS: Final = 2000
_LOGO_KINDS: Final = ("PNG", "JPEG")
_CHANGEABLE: Final = frozenset(CompanySettings.changeable())
# Above each of them a second person decides; None switches one off.
LIMITS: Final = frozenset(name for name in _CHANGEABLE if name.endswith("_approval_limit"))


@transaction.atomic
def change_settings(*, actor: Actor, **values: Any) -> CompanySettings | Approval:
    """Change settings of the actor's company; amounts are in its base currency, `logo` is a PNG's or JPEG's bytes.

    A limit that is raised or switched off, where a second administrator must agree, stays as it is: the request is
    returned, and everything else is changed.
    Raises NotAllowed, InvalidInput (a value, a `settles_from` that is not a Sunday,
    a `closed_until` that is not over yet, a logo too large or of another kind).
    """
    actor.require("core.manage_settings")
    assert set(values) <= _CHANGEABLE, set(values) - _CHANGEABLE
    settings = CompanySettings.objects.select_for_update().get(company_id=actor.company_id)
    before = copy(settings)
    for name, value in values.items():
        setattr(settings, name, value)
    _check(settings, set(values))
    closes = values.get("closed_until")
    if closes is not None and closes >= today(actor.company):
        # Voids and refunds count for today, which must stay open.
        raise InvalidInput("Only days that are over can be closed.", field="closed_until")
    raised = _raised(before, values)
    if raised and needs_consent(actor=actor):
        kept = {name: value for name, value in values.items() if name not in raised}
        settings.save(update_fields=list(kept))
        return _ask_for_limits(actor, before, raised)
    settings.save(update_fields=list(values))
    if raised:
        notify_administrators(
            actor=actor, text=f"{full_name(actor)} changed: {_describe_changes(before, raised)}."
        )
    return settings


def _raised(before: CompanySettings, values: dict[str, Any]) -> dict[str, Decimal | None]:
    """The limits among the values above which fewer things wait for a second person than before."""
    raised: dict[str, Decimal | None] = {}
    for name in sorted(LIMITS & set(values)):
        old, new = getattr(before, name), values[name]
        if old is not None and (new is None or new > old):
            raised[name] = new
    return raised


def _describe_changes(before: CompanySettings, raised: dict[str, Decimal | None]) -> str:
    return "; ".join(
        f"{before._meta.get_field(name).verbose_name!s} from {_amount(getattr(before, name))} to {_amount(new)}"  # type: ignore[union-attr]  # a column, not a relation
        for name, new in raised.items()
    )


def _amount(limit: Decimal | None) -> str:
    return "none" if limit is None else format_amount(limit)


def _text(limit: Decimal | None) -> str | None:
    return None if limit is None else str(limit)


def _ask_for_limits(actor: Actor, before: CompanySettings, raised: dict[str, Decimal | None]) -> Approval:
    about = About(
        subject_type="company_settings",
        subject_id=str(before.pk),
        title=_describe_changes(before, raised),
        parameters={
            name: {"before": _text(getattr(before, name)), "after": _text(new)}
            for name, new in raised.items()
        },
        reason="",
        holds="limits",
    )
    return ask_consent(actor=actor, kind=RAISED_LIMITS, about=about)


def _raise_limits(actor: Actor, approval: Approval) -> Carried:
    """Exactly what was asked for, unless a limit has changed since. Raises Conflict then."""
    settings = CompanySettings.objects.select_for_update().get(company_id=actor.company_id)
    for name, limit in approval.parameters.items():
        if _text(getattr(settings, name)) != limit["before"]:
            raise Conflict("A limit has changed since this was asked for: reject it and ask again.")
        setattr(settings, name, None if limit["after"] is None else Decimal(limit["after"]))
    settings.save(update_fields=list(approval.parameters))
    notify_administrators(actor=actor, text=f"{full_name(actor)} agreed to: {approval.title}.")
    return Carried(f"Changed: {approval.title}.")


RAISED_LIMITS: Final = register_kind(
    ApprovalKind(
        code="limits",
        label="Raised limits",
        permission="core.manage_settings",
        view_permission="core.manage_settings",
        trail="core.limits",
        carry_out=_raise_limits,
    )
)


def _check(settings: CompanySettings, changed: set[str]) -> None:
    unchanged = {field.name for field in settings._meta.fields} - changed
    try:
        settings.clean_fields(exclude=unchanged | {"logo"})
    except ValidationError as error:
        errors = [FieldError(field, text) for field, texts in error.message_dict.items() for text in texts]
        raise InvalidInput("; ".join(each.message for each in errors), errors=errors) from error
    if settings.settles_from is not None and settings.settles_from.isoweekday() != 7:
        raise InvalidInput("Settlement must begin on a Sunday.", field="settles_from")
    logo = bytes(settings.logo or b"") if "logo" in changed else b""
    if len(logo) > LARGEST_LOGO_BYTES:
        raise InvalidInput(f"A logo may have at most {LARGEST_LOGO_BYTES // 1024} kB.", field="logo")
    if logo:
        _check_picture(logo)


def _check_picture(logo: bytes) -> None:
    """By what is in it, whatever the file is called. The size is known before anything is unpacked."""
    try:
        with Image.open(BytesIO(logo), formats=_LOGO_KINDS) as picture:
            if max(picture.size) > LARGEST_LOGO_PIXELS:
                raise InvalidInput(
                    f"A logo may have at most {LARGEST_LOGO_PIXELS} pixels each way.", field="logo"
                )
            picture.load()
    except UnidentifiedImageError as error:
        raise InvalidInput("A logo must be a PNG or a JPEG.", field="logo") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput("This picture is damaged.", field="logo") from error
