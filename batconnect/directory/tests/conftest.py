"""The fleet of north."""

from __future__ import annotations

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.tests.builders import Fleet, make_fleet


@pytest.fixture
def fleet(manager: Actor) -> Fleet:
    """John Doe, primary driver of LS-2054 since 2024-01-01; the transaction is inside north."""
    return make_fleet(manager)
