"""Make a backup: the database, the attached files, and what is needed to prove that they came back whole."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from pyrage import x25519

from batconnect.core.files.storage import FOLDER_MODE

from .digests import Digests, digest_tables
from .errors import RecoveryError
from .parts import DIGESTS, DUMP, FORMAT, MEDIA, Manifest, Part, encrypt, packed
from .programs import environment_for, find_program

_IS_DISTRIBUTED: Final = "select to_regclass('pg_catalog.pg_dist_partition') is not null"
_DISTRIBUTED: Final = """
select string_agg(logicalrelid::regclass::text, ', ' order by logicalrelid::regclass::text) from pg_dist_partition
where partmethod = 'h' or repmodel = 't'
"""
_EXTENSIONS: Final = "select extname from pg_extension where extname like 'citus%'"
_LAST_MIGRATIONS: Final = "select app, max(name) from django_migrations group by app order by app"


def make_backup(*, url: str, media: Path, to: Path, recipients: Sequence[x25519.Recipient]) -> Path:
    """Write a backup of the database at `url` and of the folder `media` into a new folder below `to`; return it.

    Dump and digests are of one moment, whatever is written meanwhile; the files are read after it, so that each one
    that a row of the dump names is among them. The folder has its name only when everything in it is on the disk.
    Of a distributed database it is of one moment because nothing is written meanwhile: writes wait until it is made.
    Rule: docs/scale-distributed.md#backup. Raises RecoveryError, with nothing left behind.
    """
    to.mkdir(parents=True, exist_ok=True)
    made_at = datetime.now(UTC).replace(microsecond=0)
    folder = to / f"batconnect-{made_at:%Y%m%dT%H%M%SZ}"
    if folder.exists():
        raise RecoveryError(f"{folder} is there already: a backup was made in the same second.")
    draft = to / f"{folder.name}.partial"
    draft.mkdir(mode=FOLDER_MODE)
    try:
        with _snapshot(url) as connection:
            manifest = _write(
                connection, url=url, media=media, draft=draft, recipients=recipients, made_at=made_at
            )
        manifest.write(draft)
        draft.rename(folder)
    except (psycopg.Error, OSError) as error:
        raise RecoveryError(f"The backup was not made: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _flush_folder(to)
    return folder


def _snapshot(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, application_name="backup")
    row = connection.execute(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    ).fetchone()
    if row is None or not row[0]:
        connection.close()
        raise RecoveryError(
            "The role of DATABASE_BACKUP_URL sees no company's rows: it needs BYPASSRLS and pg_read_all_data "
            "(docs/operations.md#backup)."
        )
    distributed = _distributed_tables(connection)
    connection.rollback()
    connection.execute("set transaction isolation level repeatable read, read only")
    if distributed:
        # Each node has a snapshot of its own. Before the first query, which takes this server's.
        connection.execute(f"lock table {distributed} in share mode".encode())
    return connection


def _distributed_tables(connection: psycopg.Connection[Any]) -> str:
    """The tables whose rows lie on other servers, as LOCK names them; empty where there is no such."""
    if connection.execute(_IS_DISTRIBUTED).fetchone() == (False,):
        return ""
    row = connection.execute(_DISTRIBUTED).fetchone()
    return str(row[0] or "") if row else ""


def _write(
    connection: psycopg.Connection[Any],
    *,
    url: str,
    media: Path,
    draft: Path,
    recipients: Sequence[x25519.Recipient],
    made_at: datetime,
) -> Manifest:
    major = connection.info.server_version // 10_000
    dump = _dump(connection, url=url, to=draft / DUMP, major=major, recipients=recipients)
    digests: Digests = digest_tables(connection)
    kept = encrypt(io.BytesIO(json.dumps(digests).encode()), to=draft / DIGESTS, recipients=recipients)
    with packed(media) as stream:
        files = encrypt(stream, to=draft / MEDIA, recipients=recipients)
    return Manifest(
        format=FORMAT,
        made_at=made_at.isoformat(),
        postgresql=major,
        migrations=dict(connection.execute(_LAST_MIGRATIONS).fetchall()),
        parts=[dump, kept, files],
    )


def _dump(
    connection: psycopg.Connection[Any],
    *,
    url: str,
    to: Path,
    major: int,
    recipients: Sequence[x25519.Recipient],
) -> Part:
    row = connection.execute("select pg_export_snapshot()").fetchone()
    assert row is not None
    command = [
        *(str(find_program("pg_dump", server_major=major)), "--format=custom", f"--snapshot={row[0]}"),
        *("--no-owner", "--no-privileges"),
        # Of the server, not of the books: it is there, or is not, where the backup comes back.
        *(f"--exclude-extension={name}" for (name,) in connection.execute(_EXTENSIONS).fetchall()),
    ]
    with tempfile.TemporaryFile() as words:
        with subprocess.Popen(  # noqa: S603 - the command is our own
            command, stdout=subprocess.PIPE, stderr=words, env=environment_for(url)
        ) as program:
            assert program.stdout is not None
            part = encrypt(program.stdout, to=to, recipients=recipients)
        if program.returncode:
            words.seek(0)
            raise RecoveryError(f"pg_dump gave up: {words.read(2000).decode(errors='replace').strip()}")
    return part


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
