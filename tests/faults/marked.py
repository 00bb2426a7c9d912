"""Every function of the project that says whose transaction it works in, and may write: what fails at each statement.

They are read from the tree, so that none can be forgotten; `tests/build/test_transactions.py` holds that each service
has its mark.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType
from typing import Any, Final

from tests.tree import PACKAGES, ROOT

MARKS: Final = frozenset(
    {"transaction.atomic", "joins_transaction", "commits_by_chunks", "outside_transactions"}
)
"""All marks but `reads`: those who read write nothing (`tests/build/test_transactions.py`)."""
PIECEMEAL: Final = frozenset({"commits_by_chunks", "outside_transactions"})
"""The marks of services that make several transactions by design."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of them, by where it stands."""

    module: str
    name: str
    mark: str

    @property
    def title(self) -> str:
        """As tests and reports name it: `payments.services.refunds: refund_unallocated`."""
        return f"{self.module}: {self.name}"

    def function(self) -> FunctionType:
        """The function itself, mark included, which whoever imported it calls."""
        holder: Any = import_module(self.module)
        *classes, name = self.name.split(".")
        for each in classes:
            holder = getattr(holder, each)
        found = vars(holder)[name]
        assert isinstance(found, FunctionType), self.title
        return found


def marked() -> list[Service]:
    """All of them, in the order of their names."""
    return sorted(_read(), key=lambda service: service.title)


def _read() -> Iterator[Service]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if {"tests", "migrations"} & set(parts):
                continue
            module = ".".join(parts).removesuffix(".__init__")
            for name, mark in _functions(ast.parse(path.read_text(encoding="utf-8"))):
                yield Service(module, name, mark)


def _functions(node: ast.Module | ast.ClassDef, *, within: str = "") -> Iterator[tuple[str, str]]:
    for each in node.body:
        if isinstance(each, ast.ClassDef):
            yield from _functions(each, within=f"{within}{each.name}.")
        elif isinstance(each, ast.FunctionDef):
            marks = MARKS & {ast.unparse(decorator) for decorator in each.decorator_list}
            if marks:
                (mark,) = marks
                yield f"{within}{each.name}", mark


def passed_on(*args: Any, **kwargs: Any) -> Any:
    """Takes a service's place. A function of another module: it finds nothing by its own names but what it imports."""
    from tests.faults.marked import watched

    return watched["which service"](*args, **kwargs)


watched: Final[dict[str, Callable[..., Any]]] = {}
"""Who is called in a service's place, by its title."""


def watch(service: Service, *, by: Callable[..., Any]) -> Callable[..., Any]:
    """From now on `by` is called wherever the service is, whoever imported it; the service as it was.

    The function stays the same object with other code in it: others hold it by name, and registries by reference.
    """
    function = service.function()
    kept = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    kept.__kwdefaults__ = function.__kwdefaults__
    watched[service.title] = by
    code = passed_on.__code__
    function.__code__ = code.replace(
        co_consts=tuple(service.title if each == "which service" else each for each in code.co_consts),
        co_freevars=function.__code__.co_freevars,
    )
    return kept
