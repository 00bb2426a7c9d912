"""Fields that are stored encrypted: secrets that must be read back, so that a digest will not do.

Fernet (AES-128-CBC with an HMAC, by `cryptography`) under `ENCRYPTION_KEYS`: the first key encrypts, every one of them
decrypts. `manage.py rotate_encryption_keys` writes all values anew under the first (docs/operations.md, ADR 0025).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class UnreadableSecret(RuntimeError):
    """A stored value was encrypted under none of ENCRYPTION_KEYS, or it was tampered with."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs alone
    """Text that only the app reads: the column holds a Fernet token.

    It cannot be searched or compared (each encryption differs), only asked whether it is null. It is for a few values
    at a time: `core.database.rows` refuses it, and a tracked model keeps no history of it.
    """

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return None if text is None else encrypt(text)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypt a column's value. Raises UnreadableSecret."""
        return None if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


def encrypt(text: str) -> str:
    """The token of a text, under the first key."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a token, under any of the keys. Raises UnreadableSecret."""
    try:
        return _cipher(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret(
            "A stored secret was encrypted under none of ENCRYPTION_KEYS, or was changed in the database. "
            "Put the key it was written with back at the end of ENCRYPTION_KEYS."
        ) from error


def rotated(token: str) -> str:
    """The same text under the first key. Raises UnreadableSecret."""
    return encrypt(decrypt(token))


def is_under_first_key(token: str) -> bool:
    """Whether a token needs the first key alone, so that the others can be removed."""
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def encrypted_fields() -> list[tuple[type[models.Model], EncryptedTextField]]:
    """Every encrypted field of every table."""
    from django.apps import apps

    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS must be one or more keys of 32 bytes in URL-safe base64, separated by commas, the newest "
            "first. Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from error
