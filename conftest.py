"""The database of the suite, and the fixed cast."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batconnect.embedded.environment import prepare_operators_environment

# Settings are read once the environment names the servers, so not by pytest.ini.
prepare_operators_environment()
os.environ["DJANGO_SETTINGS_MODULE"] = "batconnect.settings"
# All tests are the same few people at once; the limits' own tests set them.
os.environ |= {
    f"THROTTLE_{name}": "0"
    for name in ("LOGIN_PER_MINUTE", "LOGIN_PER_ADDRESS", "WRITES_PER_SECOND", "BATCHES_PER_MINUTE")
}
os.environ["NEW_ACCOUNTS_PER_HOUR"] = "0"
os.environ |= {"EXPORTS_AT_ONCE": "0", "DOCUMENTS_AT_ONCE": "0"}
# Their own tests switch them on.
os.environ["CONSOLE_SECOND_FACTOR"] = "false"
os.environ["READINESS_KEPT_SECONDS"] = "0"
# The processes of the suite travel in time each by itself, and sweep what is old by then.
MEDIA = Path(os.environ["BATCONNECT_DATA_DIR"]) / f"media-{os.getpid()}"
os.environ["MEDIA_ROOT"] = str(MEDIA)

import django  # noqa: E402 - as said above

django.setup()

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from django.dispatch import receiver  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from tests.answers import hold_answers_against_document, keep_amounts_exact  # noqa: E402
from tests.databases import clone, ensure_template, remove  # noqa: E402
from tests.joins import check_joins  # noqa: E402

pytest_plugins = ["tests.cast", "tests.turns", "tests.worlds"]

# A process of xdist's has read its settings by now, in the environment of the one that started it.
settings.MEDIA_ROOT = MEDIA

hold_answers_against_document()
keep_amounts_exact()

# What an example may take depends on what else the machine is doing.
hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")


def pytest_collection_finish() -> None:
    """What is imported and collected stays until the end: the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure() -> None:
    """Nothing stays of what the tests uploaded."""
    shutil.rmtree(MEDIA, ignore_errors=True)


@receiver(connection_created)
def read_every_statement(connection: Any, **_: Any) -> None:
    """Every connection of the suite refuses a join of two companies' tables that does not compare the company."""
    if check_joins not in connection.execute_wrappers:
        connection.execute_wrappers.append(check_joins)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A database of this worker's own, cloned from the migrated template, used as the runtime role."""
    name = f"test_batconnect_{os.getpid()}"
    with django_db_blocker.unblock():
        template = ensure_template()
        clone(template=template, name=name)

    def give_a_new_database(self: TransactionTestCase) -> None:
        clone(template=template, name=name)

    kept = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = give_a_new_database
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = kept
        with django_db_blocker.unblock():
            remove(name=name)
