"""How long a function may be (docs/contributing.md#conventions)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.tree import PACKAGES

ROOT: Final = Path(__file__).resolve().parents[2]
LONGEST: Final = 50
LONGEST_LIST: Final = 70
"""Of a function that only lists a table's constraints: they are read one by one."""
_ELSEWHERE: Final = {"tests", "migrations"}


def functions() -> Iterator[tuple[str, int, int]]:
    """Every function of the product: where it is, its lines, and how many it may have."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT)
            if _ELSEWHERE.intersection(name.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    limit = LONGEST_LIST if node.name.endswith("_constraints") else LONGEST
                    yield f"{name.as_posix()}: {node.name}", lines, limit


def test_no_function_is_longer_than_a_page_shows() -> None:
    measured = list(functions())

    assert len(measured) > 3_000
    assert [(name, lines) for name, lines, limit in measured if lines > limit] == []
