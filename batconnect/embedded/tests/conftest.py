"""A data dir of its own for every test, with its servers stopped and its folders removed afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from batconnect.embedded.environment import stop_servers
from batconnect.embedded.files import exclusive
from batconnect.embedded.paths import DataDir

OURS = ("DATABASE_", "BATCONNECT_", "CELERY_", "SECRET_KEY", "PYTEST_")


@pytest.fixture
def folder() -> Iterator[Path]:
    # pytest's own folders are closed to other users, which is what one of the tests is about.
    path = Path(tempfile.mkdtemp(prefix="batconnect-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def data(folder: Path) -> Iterator[DataDir]:
    data = DataDir(path=folder / "var", state_root=folder / "state")
    data.make()
    yield data
    if data.path.exists():
        with exclusive(path=data.lock):
            stop_servers(data=data)


@pytest.fixture
def environ(data: DataDir) -> dict[str, str]:
    """The environment of a process that uses this data dir and has nothing configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {"BATCONNECT_DATA_DIR": str(data.path), "BATCONNECT_STATE_DIR": str(data.state_root)}
