"""Starting afresh: only ever the embedded database, unless one really means it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from batconnect.demo.loading import is_loaded


def test_refuses_a_database_of_ones_own(load_on: Callable[[date], bool], settings: Any) -> None:
    load_on(date(2026, 6, 17))
    settings.EMBEDDED = False

    with pytest.raises(CommandError, match="add --yes-really"):
        call_command("reset_demo")

    assert is_loaded()
