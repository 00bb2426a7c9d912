"""Data dirs for the tests: a new one, or one whose cluster was made before (which takes a second)."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batconnect.embedded.environment import stop_servers
from batconnect.embedded.files import exclusive
from batconnect.embedded.paths import DataDir
from batconnect.embedded.postgres import ensure_postgres

OURS = ("DATABASE_", "BATCONNECT_", "CELERY_", "SECRET_KEY", "ENCRYPTION_KEYS", "PYTEST_")


@contextmanager
def open_folder() -> Iterator[Path]:
    # pytest's own folders are closed to other users, which is what one of the tests is about.
    path = Path(tempfile.mkdtemp(prefix="batconnect-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def stop(data: DataDir) -> None:
    if data.path.exists():
        with exclusive(path=data.lock):
            stop_servers(data=data)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


@pytest.fixture
def data(folder: Path) -> Iterator[DataDir]:
    """A new data dir, its servers stopped after the test."""
    data = DataDir(path=folder / "var", state_root=folder / "state")
    data.make()
    yield data
    stop(data)


@pytest.fixture(scope="session")
def made_once() -> Iterator[DataDir]:
    with open_folder() as path:
        data = DataDir(path=path / "var", state_root=path / "state")
        data.make()
        ensure_postgres(data=data)
        stop(data)
        yield data


@pytest.fixture
def used_data(made_once: DataDir) -> Iterator[DataDir]:
    """A data dir that was used before, its servers stopped before and after the test."""
    yield made_once
    stop(made_once)


@pytest.fixture
def environ(data: DataDir) -> dict[str, str]:
    """The environment of a process that uses this data dir and has nothing configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {"BATCONNECT_DATA_DIR": str(data.path), "BATCONNECT_STATE_DIR": str(data.state_root)}
