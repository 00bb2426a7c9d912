"""What is changed: each mutant is one small mistake inside a function. Pure, over syntax trees."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CHOSEN: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
# What says nothing about what is done.
PASSED_OVER: Final = frozenset(
    {"annotation", "returns", "decorator_list", "type_comment", "bases", "keywords"}
)
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change, named by what it says and not by its line, so that a change elsewhere does not rename it."""

    path: str
    function: str
    operator: str
    before: str
    after: str
    place: int
    """Which one in the function, where it says the same more than once; from 1."""
    line: int
    block: int
    """The first line of the block that it stands in: tests that never come there cannot notice it."""
    index: int
    """Which one in the module."""

    @property
    def key(self) -> str:
        """The name by which it is chosen and explained."""
        return f"{self.path}::{self.function} {self.operator} {self.before} -> {self.after} #{self.place}"


@dataclass(frozen=True, slots=True)
class Spot:
    """A node and where it hangs: `node` is `parent.field`, or its `at`-th member."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    function: str
    block: int

    def put(self, node: ast.AST) -> None:
        """Hang `node` there instead."""
        ast.copy_location(node, self.node)
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    listed, same = [], Counter[tuple[str, str, str, str]]()
    for index, (spot, operator, changed) in enumerate(_changes(ast.parse(source))):
        said = (spot.function, operator, _text(spot.node), _text(changed))
        same[said] += 1
        line = getattr(spot.node, "lineno", spot.block)
        listed.append(Mutant(path, *said, place=same[said], line=line, block=spot.block, index=index))
    return listed


def mutated(source: str, index: int) -> ast.Module:
    """The module with this one change."""
    tree = ast.parse(source)
    for number, (spot, _, changed) in enumerate(_changes(tree)):
        if number == index:
            spot.put(changed)
            return ast.fix_missing_locations(tree)
    raise IndexError(index)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:160]


def _changes(tree: ast.Module) -> Iterator[tuple[Spot, str, ast.AST]]:
    for spot in _spots(tree, function="", block=0):
        for operator, changed in _of_node(spot):
            yield spot, operator, changed


def _spots(node: ast.AST, *, function: str, block: int) -> Iterator[Spot]:
    """What is inside functions, from top to bottom; what a module or class says at import is data."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        function = f"{function}.{node.name}" if function else node.name
    if isinstance(node, FUNCTIONS):
        block = node.body[0].lineno
    for field, value in ast.iter_fields(node):
        if field in PASSED_OVER and not isinstance(node, ast.Call):
            continue
        members = value if isinstance(value, list) else [value]
        inner = members[0].lineno if members and isinstance(members[0], ast.stmt) and block else block
        for at, child in enumerate(members):
            if isinstance(child, ast.Assert | ast.JoinedStr) or not isinstance(child, ast.AST):
                continue
            if block:
                yield Spot(node, field, at if isinstance(value, list) else None, child, function, inner)
            yield from _spots(child, function=function, block=inner)


def _of_node(spot: Spot) -> Iterator[tuple[str, ast.AST]]:
    node = spot.node
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            other = COMPARED[type(operator)]()
            ops = [*node.ops[:at], other, *node.ops[at + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        yield from _arithmetic(node)
    elif isinstance(node, ast.BoolOp):
        yield "logic", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield "sign", node.operand
    elif isinstance(node, ast.Constant):
        yield from _constant(spot, node)
    elif isinstance(node, ast.Name) and node.id in CHOSEN and isinstance(spot.parent, ast.Call):
        if spot.field == "func":
            yield "choice", ast.Name(CHOSEN[node.id], ast.Load())
    elif isinstance(node, ast.stmt):
        yield from _statement(node)
    if isinstance(node, ast.expr) and _is_plain_condition(spot):
        yield "negation", ast.UnaryOp(ast.Not(), node)


def _is_plain_condition(spot: Spot) -> bool:
    is_condition = spot.field == "test" and isinstance(spot.parent, ast.If | ast.IfExp | ast.While)
    is_filter = spot.field == "ifs" and isinstance(spot.parent, ast.comprehension)
    said_already = isinstance(spot.node, ast.Compare | ast.BoolOp | ast.UnaryOp)
    return (is_condition or is_filter) and not said_already


def _arithmetic(node: ast.BinOp | ast.AugAssign) -> Iterator[tuple[str, ast.AST]]:
    if type(node.op) not in COMPUTED:
        return
    other = COMPUTED[type(node.op)]()
    if isinstance(node, ast.AugAssign):
        yield "arithmetic", ast.AugAssign(node.target, other, node.value)
    elif not any(_is_text(side) for side in (node.left, node.right)):
        yield "arithmetic", ast.BinOp(node.left, other, node.right)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _constant(spot: Spot, node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    name = "default" if isinstance(spot.parent, ast.arguments) else "constant"
    if isinstance(node.value, bool):
        yield name, ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield name, ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and isinstance(spot.parent, ast.Call):
        called = spot.parent.func
        if isinstance(called, ast.Name) and called.id == "Decimal":
            try:
                yield name, ast.Constant(str(Decimal(node.value) + 1))
            except InvalidOperation:
                return


def _statement(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Expr(value=ast.Call(func=called)) if not _is_log(called):
            yield "statement removed", ast.Pass()
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"))):
            return
        case ast.Raise():
            yield "raise removed", ast.Pass()
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield "nothing returned", ast.Return(ast.Constant(None))
        case ast.Break():
            yield "loop", ast.Continue()
        case ast.Continue():
            yield "loop", ast.Break()


def _is_log(called: ast.expr) -> bool:
    """A line of the log promises nothing; the trail is rows."""
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id in {"log", "logger", "LOG", "_log", "_logger", "structlog"}
    )
