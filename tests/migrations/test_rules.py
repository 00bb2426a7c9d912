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
LOCKING = {"AddIndex": "BuildIndex (core.database.building)", "RemoveIndex": "RemoveIndexConcurrently"}
# What may run again, when a migration that is not atomic gave up after it.
REPEATABLE = {
    "BuildIndex",
    "BuildUnique",
    "RemoveIndexConcurrently",
    "RunPython",
    "RunSQL",
    "ValidateConstraint",
}


def later_migrations() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted(ROOT.joinpath(package).rglob("migrations/0*.py"))
        if path.name not in FIRST
    ]


def operations(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each operation of the list: what it is, and its model in small letters."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or [ast.unparse(each) for each in node.targets] != ["operations"]:
            continue
        assert isinstance(node.value, ast.List), "the operations of a migration are one list"
        for call in node.value.elts:
            assert isinstance(call, ast.Call), "an operation is called where it is listed"
            name = ast.unparse(call.func).rpartition(".")[2]
            keyword = "name" if name == "CreateModel" else "model_name"
            model = next(
                (each.value for each in call.keywords if each.arg == keyword), next(iter(call.args), None)
            )
            yield name, str(model.value).lower() if isinstance(model, ast.Constant) else ""


def is_atomic(tree: ast.Module) -> bool:
    return "atomic = False" not in {
        ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Assign)
    }


def faults(source: str) -> Iterator[str]:
    """What a migration does that would stop or break a running installation."""
    tree = ast.parse(source)
    listed = list(operations(tree))
    created = {model for name, model in listed if name == "CreateModel"}
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
    for name, model in listed:
        if name in LOCKING and model not in created:
            yield f"{name} locks the table while it is built: use {LOCKING[name]}, with atomic = False"
        if name == "AddIndexConcurrently":
            yield "AddIndexConcurrently fails when it is run again: use BuildIndex (core.database.building)"
        if name not in REPEATABLE and not is_atomic(tree):
            yield f"{name} fails when it is run again: put it into a migration before this one, which is atomic"
        if name in {"RunPython", "RunSQL"} and is_atomic(tree):
            yield "changes rows in one transaction: set atomic = False and commit in small steps"


def test_every_later_migration_keeps_the_rules() -> None:
    wrong = {path.name: list(faults(path.read_text())) for path in later_migrations()}

    assert {name: faulty for name, faulty in wrong.items() if faulty} == {}


def test_there_is_one_first_migration_per_app() -> None:
    first = {
        path.parent.parent.name
        for package in PACKAGES
        for path in ROOT.joinpath(package).rglob("migrations/0001*.py")
    }

    assert first == {
        "agencies",
        "bank",
        "cases",
        "core",
        "directory",
        "ledger",
        "loans",
        "outstanding",
        "payments",
        "repairs",
    }


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("from ledger.models import Entry", "apps.get_model"),
        ("import payments.services", "apps.get_model"),
        ("operations = [migrations.AddIndex('x', y)]", "BuildIndex"),
        (
            "operations = [migrations.CreateModel('Y'), migrations.AddIndex(model_name='x', index=y)]",
            "BuildIndex",
        ),
        ("operations = [AddIndexConcurrently('x', y)]", "BuildIndex"),
        (
            "atomic = False\noperations = [BuildIndex('x', y), migrations.AddField('x', 'z', f)]",
            "AddField fails",
        ),
        (
            "atomic = False\noperations = [migrations.CreateModel('X'), BuildIndex('x', y)]",
            "CreateModel fails",
        ),
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
        "    operations = [BuildIndex('x', y), migrations.RunPython(fill), ValidateConstraint('x', 'z')]"
    )
    assert list(faults(source)) == []


def test_an_index_of_a_table_that_is_made_with_it_is_taken() -> None:
    source = (
        "operations = [migrations.CreateModel(name='Memo'), migrations.AddIndex(model_name='memo', index=y)]"
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
