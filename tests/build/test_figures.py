"""What is taken for a figure can be made one: `isdigit` is also true of ², of which `int` makes nothing."""

from __future__ import annotations

import ast

from tests.tree import PACKAGES, ROOT


def test_a_digit_is_a_decimal() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: say isdecimal"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("isdigit", "isnumeric")
    ]

    assert found == []
