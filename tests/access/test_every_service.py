"""Every service that begins with asking for a right refuses who lacks it, before it reads or writes anything."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotAllowed
from tests.digest import assert_nothing_written
from tests.tree import PACKAGES, ROOT


def asking() -> Iterator[tuple[str, str]]:
    """Module and name of each function that asks first."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("services*/**/*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if "tests" in path.parts:
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and _asks_first(node):
                    yield module.removesuffix(".__init__"), node.name


def _asks_first(function: ast.FunctionDef) -> bool:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    # What asks for a kind's own right has to look at the kind.
    return bool(body) and bool(
        re.match(r"actor\.require\([^.]*\)$|actor\.require\('[^']+'\)$", ast.unparse(body[0]))
    )


def test_a_service_refuses_who_lacks_its_right_before_anything_else(cashier: Actor) -> None:
    stranger = replace(cashier, permissions=frozenset())
    asked, wrong = 0, []

    with assert_nothing_written():
        for module, name in asking():
            service = getattr(import_module(module), name)
            # Whatever else it takes is not looked at.
            given = {each: None for each in inspect.signature(service).parameters if each != "actor"}
            asked += 1
            try:
                service(actor=stranger, **given)
            except NotAllowed:
                continue
            except Exception as error:  # noqa: BLE001 - whatever came before the right was asked for
                wrong.append(f"{module}.{name}: {type(error).__name__}")
            else:
                wrong.append(f"{module}.{name}")

    assert wrong == []
    assert asked > 100
