"""The rules for migrations after an app's first (docs/contributing.md#migrations), read from their files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connection

from batconnect.core.management.commands import migrate

from tests.tree import PACKAGES

ROOT = Path(settings.BASE_DIR)
# Made with nothing in the tables.
FIRST = {"0001_initial.py", "0002_rules_on_library_tables.py"}
# What a migration may take from the project: it changes together with the migrations that name it.
STABLE = ("batconnect.core.database.", "batconnect.core.kernel.", "ledger.chart")
LOCKING = {"AddIndex": "AddIndexConcurrently", "RemoveIndex": "RemoveIndexConcurrently"}


def later_migrations() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted(ROOT.joinpath(package).rglob("migrations/0*.py"))
        if path.name not in FIRST
    ]


def faults(source: str) -> Iterator[str]:
    """What a migration does that would stop or break a running installation."""
    tree = ast.parse(source)
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        modules = (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for module in modules:
            if module.split(".")[0] in PACKAGES and not module.startswith(STABLE):
                yield f"imports {module}: take the model as it was then, by apps.get_model"
    for name, concurrent in LOCKING.items():
        if name in names:
            yield f"{name} locks the table while it is built: use {concurrent}, with atomic = False"
    if "RunPython" in names or "RunSQL" in names:
        if "atomic" not in names:
            yield "changes rows in one transaction: set atomic = False and commit in small steps"


def test_every_later_migration_keeps_the_rules() -> None:
    wrong = {path.name: list(faults(path.read_text())) for path in later_migrations()}

    assert {name: faulty for name, faulty in wrong.items() if faulty} == {}


def test_there_is_one_first_migration_per_app() -> None:
    first = {
        path.parent.parent.name for package in PACKAGES for path in ROOT.joinpath(package).rglob("migrations/0001*.py")
    }

    assert first == {"cases", "core", "directory", "ledger", "loans", "outstanding", "payments", "repairs"}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("from ledger.models import Entry", "apps.get_model"),
        ("import payments.services", "apps.get_model"),
        ("operations = [migrations.AddIndex('x', y)]", "AddIndexConcurrently"),
        ("operations = [migrations.RunPython(fill)]", "small steps"),
    ],
)
def test_the_reader_tells(source: str, fault: str) -> None:
    assert any(fault in each for each in faults(source))


def test_what_keeps_the_rules_is_taken() -> None:
    source = (
        "from batconnect.core.database.keys import TenantKey\n"
        "class Migration:\n"
        "    atomic = False\n"
        "    operations = [AddIndexConcurrently('x', y), migrations.RunPython(fill)]"
    )
    assert list(faults(source)) == []


@pytest.mark.django_db(transaction=True)
def test_a_migration_gives_up_a_lock_that_it_does_not_get(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(self: MigrateCommand, *args: object, **options: object) -> str:
        with connection.cursor() as cursor:
            cursor.execute("show lock_timeout")
            (limit,) = cursor.fetchone()
        return str(limit)

    monkeypatch.setattr(MigrateCommand, "execute", look)

    assert migrate.Command().execute() == migrate.LOCK_TIMEOUT
