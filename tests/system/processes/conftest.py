"""One installation for all tests that start, stop and kill its processes: the first start takes long."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.system.installation import Installation, installed


@pytest.fixture(scope="package")
def made() -> Iterator[Installation]:
    with installed() as installation:
        yield installation


@pytest.fixture
def installation(made: Installation) -> Installation:
    """Serving."""
    if not made.is_running():
        made.start()
    return made


@pytest.fixture
def stopped(made: Installation) -> Installation:
    """Prepared, and not running."""
    if not made.data.run_record.exists():
        made.start()
    if made.is_running():
        made.stop(signal.SIGTERM)
    return made
