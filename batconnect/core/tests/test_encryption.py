"""Encrypted fields, and the rotation of their keys."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection, models

from batconnect.core.database.checks import encryption_keys_are_usable
from batconnect.core.database.encryption import (
    EncryptedTextField,
    UnreadableSecret,
    decrypt,
    encrypt,
    encrypted_fields,
    is_under_first_key,
)
from batconnect.core.database.rows import insert_many
from batconnect.core.models.authenticators import Authenticator

SECRET = "3132333435363738393031323334353637383930"


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select key from authenticators")
        ((token,),) = cursor.fetchall()
    return str(token)


@pytest.fixture
def device(db: None) -> Authenticator:
    return Authenticator.objects.create(user_id=1, name="app", key=SECRET)


def test_the_column_holds_no_secret(device: Authenticator) -> None:
    assert SECRET not in stored()
    assert SECRET.encode() not in bytes(stored(), "ascii")
    assert Authenticator.objects.get().key == SECRET
    assert Authenticator.objects.values_list("key", flat=True).get() == SECRET


def test_the_same_secret_is_never_stored_the_same(device: Authenticator) -> None:
    assert encrypt(SECRET) != encrypt(SECRET)


@pytest.mark.parametrize("text", ["", "x", "Łódź 🚕", "a" * 10_000])
def test_what_goes_in_comes_out(text: str) -> None:
    assert decrypt(encrypt(text)) == text


@pytest.mark.parametrize("lookup", ["exact", "contains", "startswith", "gt", "in", "iregex"])
def test_nobody_searches_for_a_secret(db: None, lookup: str) -> None:
    with pytest.raises(FieldError, match="Unsupported lookup"):
        Authenticator.objects.filter(**{f"key__{lookup}": "x"}).exists()
    assert not Authenticator.objects.filter(key__isnull=True).exists()


def test_a_changed_value_is_not_read(device: Authenticator) -> None:
    token = stored()
    for wrong in (
        token[:-4] + "AAAA",
        token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        "",
        SECRET,
    ):
        with pytest.raises(UnreadableSecret, match="none of ENCRYPTION_KEYS"):
            decrypt(wrong)


def test_rows_written_by_the_thousand_are_never_left_in_the_clear(db: None) -> None:
    with pytest.raises(TypeError, match="is encrypted"):
        insert_many([Authenticator(user_id=1, name="app", key=SECRET)])


def test_every_secret_column_is_encrypted(db: None) -> None:
    """What is named like something that must be read again stands encrypted."""
    columns = {f"{model._meta.db_table}.{field.column}" for model, field in encrypted_fields()}

    assert "authenticators.key" in columns
    for model, field in encrypted_fields():
        assert isinstance(field, EncryptedTextField)
        assert issubclass(model, models.Model)


@pytest.mark.parametrize("keys", [[], ["short"], ["x" * 44], [Fernet.generate_key().decode(), "short"]])
def test_unusable_keys_stop_the_start(settings: Any, keys: list[str]) -> None:
    settings.ENCRYPTION_KEYS = keys

    (problem,) = encryption_keys_are_usable()

    assert problem.id == "core.E003"
    assert "ENCRYPTION_KEYS must be one or more keys" in problem.msg


@pytest.mark.django_db(transaction=True)
def test_rotation_makes_the_old_key_needless(settings: Any) -> None:
    old, new = django_settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    Authenticator.objects.create(user_id=1, name="app", key=SECRET)
    settings.ENCRYPTION_KEYS = [new, old]
    out = StringIO()

    with pytest.raises(CommandError, match="Older keys are still needed"):
        call_command("rotate_encryption_keys", "--check", stdout=out)
    assert not is_under_first_key(stored())
    call_command("rotate_encryption_keys", stdout=out)
    call_command("rotate_encryption_keys", stdout=out)
    call_command("rotate_encryption_keys", "--check", stdout=out)

    of_codes = [each for each in out.getvalue().splitlines() if each.startswith("authenticators")]
    assert of_codes == [
        "authenticators.key: 1 values, 1 still need an older key.",
        "authenticators.key: 1 values, 1 written anew.",
        "authenticators.key: 1 values, 0 written anew.",
        "authenticators.key: 1 values, 0 still need an older key.",
    ]
    settings.ENCRYPTION_KEYS = [new]
    assert Authenticator.objects.get().key == SECRET


@pytest.mark.django_db(transaction=True)
def test_rotation_tells_what_no_key_opens_and_does_the_rest(settings: Any) -> None:
    lost, old, new = (Fernet.generate_key().decode() for _ in range(3))
    settings.ENCRYPTION_KEYS = [lost]
    unreadable = Authenticator.objects.create(user_id=1, name="app", key=SECRET)
    settings.ENCRYPTION_KEYS = [old]
    Authenticator.objects.create(user_id=2, name="app", key=SECRET)
    settings.ENCRYPTION_KEYS = [new, old]

    with pytest.raises(
        CommandError, match=f"No key opens authenticators.key of row {unreadable.pk}: put the key"
    ):
        call_command("rotate_encryption_keys", stdout=StringIO())

    assert Authenticator.objects.get(user_id=2).key == SECRET
    settings.ENCRYPTION_KEYS = [new]
    assert Authenticator.objects.get(user_id=2).key == SECRET
    settings.ENCRYPTION_KEYS = [lost]
    assert Authenticator.objects.get(user_id=1).key == SECRET
