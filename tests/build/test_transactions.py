"""Every public function of a service that knows who acts says whose transaction it works in; readers write nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from batconnect.core.database.transactions import joins_transaction, outside_transactions
from batconnect.embedded.paths import PROJECT_ROOT
from tests.tree import PACKAGES

MARKS = {"transaction.atomic", "joins_transaction", "commits_by_chunks", "outside_transactions", "reads"}
WRITES = {
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "execute_batch",
    "get_or_create",
    "insert_batch",
    "insert_many",
    "insert_missing",
    "post_entries",
    "post_rows",
    "record_event",
    "save",
    "select_for_update",
    "take",
    "take_numbers",
    "update_or_create",
    "wake",
    "write_change",
}


def services() -> Iterator[tuple[str, ast.FunctionDef]]:
    """The public functions of the services' modules, with where they stand."""
    for package in PACKAGES:
        for path in sorted((Path(PROJECT_ROOT) / package).rglob("*.py")):
            parts = path.relative_to(PROJECT_ROOT).with_suffix("").parts
            if "services" not in parts or {"tests", "migrations"} & set(parts):
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    yield f"{'/'.join(parts)}: {node.name}", node


def knows_who_acts(function: ast.FunctionDef) -> bool:
    names = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
    return bool(names & {"actor", "company_id"})


def marks(function: ast.FunctionDef) -> list[str]:
    return [name for name in map(ast.unparse, function.decorator_list) if name in MARKS]


def calls(function: ast.FunctionDef) -> set[str]:
    called = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called.add(node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func))
    return called


def test_every_service_says_whose_transaction_it_works_in() -> None:
    unmarked = [
        where for where, function in services() if knows_who_acts(function) and len(marks(function)) != 1
    ]

    assert unmarked == []


def test_readers_write_nothing() -> None:
    readers = {where: function for where, function in services() if marks(function) == ["reads"]}
    writing = {where: found for where, each in readers.items() if (found := calls(each) & WRITES)}

    assert len(readers) > 40
    assert writing == {}


@joins_transaction
def part() -> str:
    return "done"


@outside_transactions
def call() -> str:
    return "called"


@pytest.mark.django_db(transaction=True)
def test_a_part_is_not_stored_piece_by_piece() -> None:
    with pytest.raises(TransactionManagementError, match="part needs a transaction"):
        part()
    with transaction.atomic():
        assert part() == "done"


@pytest.mark.django_db(transaction=True)
def test_no_lock_is_held_while_the_world_outside_answers() -> None:
    with transaction.atomic(), pytest.raises(TransactionManagementError, match="call is not called inside"):
        call()
    assert call() == "called"
