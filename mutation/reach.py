"""A plugin of pytest's: which tests come into which block of the modules that are tried.

The modules are imported with a mark at the beginning of each block, which costs next to nothing while tests run. Each
process of the run leaves a file in the folder MUTATION_REACH.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

import pytest

from mutation.modules import GROUPS, ROOT

REACHED: Final[set[str]] = set()
"""The blocks that were come into, as `path:line`; emptied before each test."""
_MARK: Final = "_reached_"


def marked(path: str, source: str) -> ast.Module:
    """The module, each block of its functions telling that it was come into."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in [node, *_inside(node)]:
                _mark_blocks(inner, path)
    at = next(
        (
            number
            for number, statement in enumerate(tree.body)
            if not (
                (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
                or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
            )
        ),
        len(tree.body),
    )
    tree.body.insert(at, ast.parse(f"from mutation.reach import REACHED as {_MARK}").body[0])
    return ast.fix_missing_locations(tree)


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    """What is in the function, up to functions in it, which are walked to by themselves."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _inside(child)


def _mark_blocks(node: ast.AST, path: str) -> None:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            first = block[0]
            mark = ast.parse(f"{_MARK}.add({f'{path}:{first.lineno}'!r})").body[0]
            for each in ast.walk(mark):
                ast.copy_location(each, first)
            is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            block.insert(1 if is_docstring else 0, mark)


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text(encoding="utf-8")
        tree = marked(str(Path(self.path).relative_to(ROOT)), source)
        return compile(tree, self.path, "exec", dont_inherit=True)


class Finder(MetaPathFinder):
    """Finds the modules that are tried, before the usual finders do."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = {str(ROOT / path) for path in paths}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module with its marks, when it is one of them."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin not in self.paths:
            return None
        spec.loader = _Loader(name, str(spec.origin))
        return spec


class Recorder:
    """Writes down for each test how long it took and what it came into."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tests = folder, dict[str, dict[str, Any]]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One test, from its preparation to the end of its clearing up."""
        REACHED.clear()
        test: dict[str, Any] = {"seconds": 0.0, "passed": True, "grouped": _is_grouped(item)}
        self.tests[item.nodeid] = test
        answer = yield
        test["blocks"] = sorted(REACHED)
        return answer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test is over."""
        if test := self.tests.get(report.nodeid):
            test["seconds"] = round(test["seconds"] + report.duration, 3)
            test["passed"] = test["passed"] and not report.failed

    def pytest_sessionfinish(self) -> None:
        """All of them are over."""
        (self.folder / f"{os.getpid()}.json").write_text(json.dumps(self.tests), encoding="utf-8")


def _is_grouped(item: pytest.Item) -> bool:
    """Whether xdist puts the group behind the test's name."""
    return item.get_closest_marker("xdist_group") is not None


def pytest_configure(config: pytest.Config) -> None:
    """Before conftest imports the project: the process that only hands tests out records nothing itself."""
    if not getattr(config.option, "numprocesses", None):
        config.pluginmanager.register(Recorder(Path(os.environ["MUTATION_REACH"])))


def state_of(paths: Sequence[str]) -> str:
    """What tells whether these files are as they were."""
    state = sha256()
    for path in sorted(paths):
        state.update(path.encode() + (ROOT / path).read_bytes())
    return state.hexdigest()


if "MUTATION_REACH" in os.environ:
    sys.meta_path.insert(0, Finder([path for group in GROUPS for path in group.paths()]))
