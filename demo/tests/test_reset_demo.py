"""Starting over: only the embedded database, unless --yes-really says otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from batconnect.embedded import processes
from batconnect.embedded.files import write_record
from batconnect.embedded.paths import DataDir
from demo.loading import is_loaded


def test_refuses_a_database_of_ones_own(load_on: Callable[..., bool], settings: Any) -> None:
    load_on(date(2026, 11, 18))
    settings.EMBEDDED = False

    with pytest.raises(CommandError, match="add --yes-really"):
        call_command("reset_demo")

    assert is_loaded()


def test_refuses_while_it_is_served(load_on: Callable[..., bool], installation: Path, settings: Any) -> None:
    load_on(date(2026, 11, 18))
    settings.EMBEDDED = True
    this = {"pid": str(os.getpid()), "started": str(processes.started_at_ticks(pid=os.getpid()))}
    write_record(path=DataDir(path=installation).run_record, record=this)

    with pytest.raises(CommandError, match="being served"):
        call_command("reset_demo")

    assert is_loaded()
