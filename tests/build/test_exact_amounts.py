"""No test writes an amount as a float: it would compare equal to what is not the cent that was meant."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from batconnect.embedded.paths import PROJECT_ROOT

# Their floats are seconds, or what a float does where an amount is expected.
NOT_MONEY: Final = (
    "batconnect/core/tests/test_api_endpoints.py",
    "batconnect/core/tests/test_api_fields.py",
    "batconnect/core/tests/test_api_json.py",
    "batconnect/core/tests/test_exports.py",
    "batconnect/core/tests/test_logs.py",
    "batconnect/core/tests/test_money.py",
    "batconnect/core/tests/test_odd_tokens.py",
    "batconnect/directory/tests/test_transfer.py",
    # Chances of what happens in a random history.
    "ledger/tests/settlement/test_formula.py",
    "ledger/tests/settlement/test_random_histories.py",
    "ledger/tests/test_rules_in_sql.py",
    # Sent to be refused.
    "ledger/tests/treasury/test_places.py",
    "tests/entry_points/test_hostile_bodies.py",
    # Seconds.
    "tests/races",
    "batconnect/embedded/tests",
    "cases/tests/test_forms.py",
    "console/tests/test_lists.py",
    "payments/batches/tests/test_held_rows.py",
    "payments/batches/tests/test_workers.py",
    "tests/answers.py",
    "tests/entry_points/test_document.py",
    "tests/entry_points/test_import_files.py",
    "tests/faults",
    "tests/serving",
    "tests/system",
    "tests/weight",
)


def test_amounts_are_decimals() -> None:
    floats = [
        f"{name}:{node.lineno}"
        for path in Path(PROJECT_ROOT).glob("[!.v]*/**/*.py")
        if "tests" in path.parts
        and not (name := path.relative_to(PROJECT_ROOT).as_posix()).startswith(NOT_MONEY)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]

    assert floats == []
