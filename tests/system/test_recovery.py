"""The drills: a backup restored into an empty place, and a lost server brought back from its archived WAL."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from batconnect.embedded.postgres import SUPERUSER, open_cluster, recorded_address
from tests.system.installation import Installation, installed

pytestmark = pytest.mark.system

SEGMENTS = 4
"""So many are archived before the server is lost; one a second, more slowly under load."""
BACK_SECONDS = 30
_SEGMENTS = "select pg_walfile_name(pg_current_wal_lsn()), last_archived_wal from pg_stat_archiver"
RECEIPT = b"%PDF-1.7 a receipt that somebody attached"


@pytest.fixture(scope="module")
def office() -> Iterator[Installation]:
    """An installation that serves the demo's books and has one attached file."""
    with installed() as installation:
        installation.start()
        attached = installation.data.path / "media" / "attached"
        attached.mkdir(parents=True, exist_ok=True)
        (attached / "receipt.pdf").write_bytes(RECEIPT)
        yield installation


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory, office: Installation) -> Path:
    path = tmp_path_factory.mktemp("keys") / "backup.key"
    made = office.manage("backup", "--new-key", str(path))
    assert made.returncode == 0, made.stderr
    office.environ["BACKUP_RECIPIENTS"] = made.stdout.strip()
    return path


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory, office: Installation, key: Path) -> Path:
    to = tmp_path_factory.mktemp("backups")
    done = office.manage("backup", "--to", str(to))
    assert done.returncode == 0, done.stderr
    (folder,) = to.iterdir()
    return folder


@pytest.fixture
def empty() -> Iterator[Installation]:
    with installed() as installation:
        yield installation


def test_nothing_of_a_backup_is_readable_without_the_key(backup: Path, key: Path) -> None:
    names = {path.name for path in backup.iterdir()}

    assert names == {"manifest.json", "database.dump.age", "digests.json.age", "media.tar.age"}
    assert all(
        path.read_bytes().startswith(b"age-encryption.org/v1\n")
        for path in backup.iterdir()
        if path.suffix == ".age"
    )
    assert set(json.loads((backup / "manifest.json").read_text())) == {
        *("format", "made_at", "migrations", "parts", "postgresql")
    }
    assert key.stat().st_mode & 0o077 == 0


def test_a_backup_comes_back_whole_and_a_damaged_one_not_at_all(
    office: Installation, backup: Path, key: Path, empty: Installation, tmp_path: Path
) -> None:
    damaged = {name: shutil.copytree(backup, tmp_path / name) for name in ("cut", "missing", "forged")}
    with (damaged["cut"] / "database.dump.age").open("rb+") as file:
        file.truncate((backup / "database.dump.age").stat().st_size - 1)
    (damaged["missing"] / "media.tar.age").unlink()
    _forge(damaged["forged"])
    other = tmp_path / "other.key"
    assert office.manage("backup", "--new-key", str(other)).returncode == 0

    for folder, identity, reason in (
        (backup, other, "cannot be decrypted"),
        (damaged["cut"], key, "is damaged"),
        (damaged["missing"], key, "media.tar.age is missing"),
        (damaged["forged"], key, "database.dump.age cannot be decrypted"),
        (tmp_path, key, "holds no whole backup"),
        (backup, tmp_path / "none.key", "cannot be read"),
    ):
        refused = empty.manage("restore", str(folder), "--identity", str(identity))
        assert refused.returncode == 1
        assert reason in refused.stderr
    assert not list(empty.data.path.glob("media*/*"))

    # A restore wants an empty place: none of the refused ones left anything.
    done = empty.manage("restore", str(backup), "--identity", str(key))
    assert done.returncode == 0, done.stderr
    said = re.search(r"([\d,]+) rows in \d+ tables, every one as it was, and (\d+) files", done.stdout)
    assert said, done.stdout
    assert int(said[1].replace(",", "")) > 10_000
    assert (empty.data.path / "media" / "attached" / "receipt.pdf").read_bytes() == RECEIPT
    verified = empty.manage("verify_ledger", "--seals")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _forge(folder: Path) -> None:
    """Change the dump and the manifest with it, as somebody without the key can."""
    dump, manifest = folder / "database.dump.age", folder / "manifest.json"
    content = bytearray(dump.read_bytes())
    kept = hashlib.sha256(content).hexdigest()
    content[-1000] ^= 1
    dump.write_bytes(content)
    manifest.write_text(manifest.read_text().replace(kept, hashlib.sha256(content).hexdigest()))


def test_nothing_is_restored_over_what_is_there(office: Installation, backup: Path, key: Path) -> None:
    before = office.rows_of_all("select count(*), max(id::text) from ledger_entries")

    done = office.manage("restore", str(backup), "--identity", str(key))

    assert done.returncode == 1
    assert "The database is not empty" in done.stderr
    assert office.rows_of_all("select count(*), max(id::text) from ledger_entries") == before


def test_a_backup_without_a_public_key_or_with_a_bad_one_writes_nothing(
    office: Installation, key: Path, tmp_path: Path
) -> None:
    for recipient in ("age1nonsense", "ssh-ed25519 AAAA", str(key)):
        done = office.manage("backup", "--to", str(tmp_path / "to"), "--recipient", recipient)
        assert done.returncode == 1
        assert "is not a public key of age" in done.stderr
    assert not (tmp_path / "to").exists()
    assert office.manage("backup", "--new-key", str(key)).returncode == 1


def test_a_backup_of_the_runtime_role_is_refused_rather_than_empty(
    office: Installation, key: Path, tmp_path: Path
) -> None:
    address = recorded_address(data=office.data)
    assert address is not None
    office.environ["DATABASE_BACKUP_URL"] = address.url(role="batconnect_app")
    try:
        done = office.manage("backup", "--to", str(tmp_path))
    finally:
        del office.environ["DATABASE_BACKUP_URL"]

    assert done.returncode == 1
    assert "needs BYPASSRLS" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.fixture
def lost_server(office: Installation) -> Iterator[Archive]:
    """The office's server alone, archiving."""
    office.stop(signal.SIGTERM)
    archive = Archive(office)
    yield archive
    archive.cluster.stop()
    shutil.rmtree(archive.folder)


class Archive:
    """A base backup of a server, and the WAL that it archived since."""

    def __init__(self, office: Installation) -> None:
        self.cluster = open_cluster(data=office.data)
        self.user = self.cluster.user
        self.folder = self.cluster.home / "archive"
        self.base, self.wal = self.folder / "base", self.folder / "wal"
        for path in (self.folder, self.wal):
            path.mkdir(mode=0o700)
            self.user.own(folder=path)
        address = recorded_address(data=office.data)
        assert address is not None
        self.port, self.url = address.port, address.url(role=SUPERUSER)

    def begin(self) -> None:
        """Archive from now on, each second at the latest, and take the base backup: as docs/operations.md says."""
        with (self.cluster.folder / "pg_hba.conf").open("a") as rules:
            rules.write("host replication all 127.0.0.1/32 scram-sha-256\n")
        with (self.cluster.folder / "postgresql.auto.conf").open("a") as settings:
            settings.write("archive_mode = on\narchive_timeout = 1\n")
            settings.write(
                f"archive_command = 'cd {self.wal} && cp {self.cluster.folder}/%p part && mv -n part %f'\n"
            )
        self.cluster.start(port=self.port)
        done = self.user.run(
            command=[
                *(self.cluster.programs / "pg_basebackup", "--pgdata", self.base, "--checkpoint=fast"),
                *("--wal-method=none", "--no-manifest", "--dbname", self.url),
            ]
        )
        assert done.returncode == 0, done.stderr

    def lose(self) -> None:
        """The machine burns down: every process at once, and the disk."""
        for pid in self.cluster.backends():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.cluster.folder)

    def recover(self) -> None:
        """Put the base backup in its place and play the archive to its end."""
        done = self.user.run(command=["cp", "-a", self.base, self.cluster.folder])
        assert done.returncode == 0, done.stderr
        (self.cluster.folder / "recovery.signal").touch()
        with (self.cluster.folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"restore_command = 'cp {self.wal}/%f %p'\n")
        self.cluster.start(port=self.port)
        self._wait_for_end_of_archive()

    def _wait_for_end_of_archive(self) -> None:
        """A server answers as soon as it is consistent, and goes on playing what was archived since."""
        deadline = time.monotonic() + BACK_SECONDS
        with psycopg.connect(self.url, autocommit=True) as connection:
            while connection.execute("select pg_is_in_recovery()").fetchone() != (False,):
                assert time.monotonic() < deadline, "The archive was not played to its end."
                time.sleep(0.1)


def test_a_lost_server_comes_back_from_base_backup_and_archive(
    lost_server: Archive, office: Installation
) -> None:
    """The drill of docs/operations.md: what was committed is there but for the last moments, and the books hold."""
    lost_server.begin()
    committed: list[str] = []
    archived: set[str] = set()
    with psycopg.connect(lost_server.url, autocommit=True) as connection:
        connection.execute("create table drill (number int primary key)")
        while len(archived) < SEGMENTS:
            connection.execute("insert into drill values (%s)", [len(committed)])
            row = connection.execute(_SEGMENTS).fetchone()
            assert row is not None
            committed.append(row[0])
            archived |= {row[1]} - {None}
            time.sleep(0.02)
    lost_server.lose()
    lost = time.monotonic()

    lost_server.recover()
    back = time.monotonic() - lost

    with psycopg.connect(lost_server.url) as connection:
        row = connection.execute("select count(*), max(number) + 1 from drill").fetchone()
    assert row is not None
    assert row[0] == row[1]
    safe = sum(segment <= max(archived) for segment in committed)
    assert 0 < safe <= row[0] <= len(committed)
    assert back <= BACK_SECONDS
    verified = office.manage("verify_ledger")
    assert verified.returncode == 0, verified.stdout + verified.stderr
