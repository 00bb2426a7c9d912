"""The keys of backups, in the format of age: a public one that encrypts, a private one that opens."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pyrage import IdentityError, RecipientError, x25519

from batconnect.core.files.storage import FILE_MODE

from .errors import RecoveryError

_BEGINNING: Final = "AGE-SECRET-KEY-1"


def make_key(path: Path) -> str:
    """Write a new private key to a file that only its owner may read, and return the public key.

    Raises RecoveryError when the file is there already: a key that is overwritten takes its backups with it.
    """
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError as error:
        raise RecoveryError(
            f"{path} is there already. Name a new file: a key is never overwritten."
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public


def read_recipients(texts: Iterable[str]) -> list[x25519.Recipient]:
    """The public keys that a backup is encrypted to. Raises RecoveryError when there is none, or one is unreadable."""
    recipients = []
    for text in texts:
        try:
            recipients.append(x25519.Recipient.from_str(text.strip()))
        except RecipientError as error:
            raise RecoveryError(
                f"{text.strip()[:80]!r} is not a public key of age: it begins with age1."
            ) from error
    if not recipients:
        raise RecoveryError(
            "Say whom to encrypt to: --recipient age1… or BACKUP_RECIPIENTS. --new-key FILE makes a pair of keys."
        )
    return recipients


def read_identities(path: Path) -> list[x25519.Identity]:
    """The private keys in a file as `age-keygen` writes it. Raises RecoveryError when it holds none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecoveryError(f"The private key cannot be read: {error}") from error
    try:
        identities = [x25519.Identity.from_str(line.strip()) for line in lines if line.startswith(_BEGINNING)]
    except IdentityError as error:
        raise RecoveryError(f"{path} holds a private key that is damaged.") from error
    if not identities:
        raise RecoveryError(f"{path} holds no private key of age: a line that begins with {_BEGINNING}.")
    return identities
