"""Bring a backup back into an empty place, and prove that it is what was backed up."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from django.db.migrations.loader import MigrationLoader
from pyrage import x25519

from batconnect.core.files.storage import FOLDER_MODE

from .digests import Digests, compare_digests, digest_tables
from .errors import RecoveryError
from .parts import DIGESTS, DUMP, MEDIA, Manifest, decrypted, measure, read_json, unpack
from .programs import environment_for, find_program

_OBJECTS: Final = """
select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
  and not exists (select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
"""


@dataclass(frozen=True)
class Restored:
    """What came back."""

    made_at: str
    tables: int
    rows: int
    files: int


def restore_backup(
    *, folder: Path, identities: Sequence[x25519.Identity], owner_url: str, reader_url: str, media: Path
) -> Restored:
    """Restore a backup into an empty database, as its owner, and into an empty folder of files.

    `reader_url` is a role that bypasses row-level security: it reads what came back and compares it with the backup.
    Raises RecoveryError when the backup is damaged or of newer software, when database or folder hold something, and
    when what came back is not what was backed up; in the last case it is left to be looked at.
    """
    manifest = Manifest.read(folder)
    _check_parts(folder, manifest)
    _check_migrations(manifest)
    _check_empty(owner_url=owner_url, media=media)
    kept: Digests = {
        table: (rows, checksum)
        for table, (rows, checksum) in read_json(folder / DIGESTS, identities=identities).items()
    }
    draft = media.with_name(f"{media.name}.restored")
    try:
        files = _unpack_files(folder / MEDIA, identities=identities, draft=draft)
        _load(folder / DUMP, identities=identities, owner_url=owner_url)
        if media.exists():
            media.rmdir()
        draft.rename(media)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    with psycopg.connect(reader_url, application_name="restore") as connection:
        differences = compare_digests(kept=kept, found=digest_tables(connection))
    if differences:
        raise RecoveryError("What came back is not what was backed up. " + " ".join(differences[:20]))
    return Restored(manifest.made_at, len(kept), sum(rows for rows, _ in kept.values()), files)


def _check_parts(folder: Path, manifest: Manifest) -> None:
    for part in manifest.parts:
        path = folder / part.name
        if path.parent != folder or not path.is_file():
            raise RecoveryError(f"The backup is not whole: {part.name} is missing.")
        if measure(path) != part:
            raise RecoveryError(f"The backup is damaged: {part.name} is not the file that was written.")
    if missing := {DUMP, DIGESTS, MEDIA} - {part.name for part in manifest.parts}:
        raise RecoveryError(f"The backup is not whole: {', '.join(sorted(missing))} is not in its manifest.")


def _check_migrations(manifest: Manifest) -> None:
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    newer = [f"{app}.{name}" for app, name in manifest.migrations.items() if (app, name) not in known]
    if newer:
        raise RecoveryError(
            f"The backup is of newer software: {', '.join(newer)} is unknown here. Update first."
        )


def _check_empty(*, owner_url: str, media: Path) -> None:
    with psycopg.connect(owner_url, application_name="restore") as connection:
        row = connection.execute(_OBJECTS).fetchone()
    if row is None or row[0]:
        raise RecoveryError(
            "The database is not empty, and nothing is ever restored over what is there. Name a new database."
        )
    if media.exists() and any(media.iterdir()):
        raise RecoveryError(
            f"The folder of attached files, {media}, is not empty. Set MEDIA_ROOT to a new one."
        )


def _unpack_files(path: Path, *, identities: Sequence[x25519.Identity], draft: Path) -> int:
    if draft.exists():
        raise RecoveryError(f"{draft} is left of an earlier attempt. Look at it, and remove it.")
    draft.mkdir(mode=FOLDER_MODE, parents=True)
    with decrypted(path, identities=identities) as stream:
        return unpack(stream, to=draft)


def _load(path: Path, *, identities: Sequence[x25519.Identity], owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        major = connection.info.server_version // 10_000
    command = [
        *(str(find_program("pg_restore", server_major=major)), "--no-owner", "--no-privileges"),
        *(
            "--single-transaction",
            "--exit-on-error",
            "--dbname",
            str(psycopg.conninfo.conninfo_to_dict(owner_url)["dbname"]),
        ),
    ]
    with decrypted(path, identities=identities) as stream, tempfile.TemporaryFile() as words:
        done = subprocess.run(  # noqa: S603 - the command is our own
            command, stdin=stream, stderr=words, env=environment_for(owner_url), check=False
        )
        if done.returncode:
            words.seek(0)
            raise RecoveryError(f"pg_restore gave up: {words.read(2000).decode(errors='replace').strip()}")
