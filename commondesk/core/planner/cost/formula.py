"""Arithmetic that is written once: worked out on numbers or draws, and put into a spreadsheet.

A formula is text over names: `12 * people * tools_per_person`. It knows + - * / and the functions
`ceil` (up to the next whole number), `max`, `min`. It is never run as a program.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = float | NDArray[np.float64]

WHOLE_PLACES = 9
"""A quotient that is this close to a whole number is that number."""


class NoFormula(ValueError):
    """The text is not a formula."""


_SIGNS: dict[type[ast.operator], tuple[str, Callable[[Numbers, Numbers], Numbers]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
}
_FUNCTIONS = {"ceil": 1, "max": 2, "min": 2}


@cache
def parsed(formula: str) -> ast.expr:
    """The tree of a formula. Raises NoFormula."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise NoFormula(formula) from error
    _check(tree, formula)
    return tree


def _check(node: ast.expr, formula: str) -> None:
    match node:
        case ast.Name():
            return
        case ast.Constant(value=value) if type(value) in (int, float):
            return
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            _check(left, formula)
            _check(right, formula)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if _FUNCTIONS.get(
            name
        ) == len(args):
            for each in args:
                _check(each, formula)
        case _:
            raise NoFormula(formula)


@cache
def names(formula: str) -> tuple[str, ...]:
    """The names in a formula, in the order of reading, each once."""
    found = (each for each in ast.walk(parsed(formula)) if isinstance(each, ast.Name))
    ordered = sorted(found, key=lambda name: name.col_offset)
    return tuple(dict.fromkeys(name.id for name in ordered if name.id not in _FUNCTIONS))


# ---- worked out ---------------------------------------------------------------------------


def compute(formula: str, values: Mapping[str, Numbers]) -> Numbers:
    """The worth of a formula, for numbers or for as many draws as the values hold.

    Raises KeyError for a name without value and ZeroDivisionError.
    """
    return _worth(parsed(formula), values)


def _worth(node: ast.expr, values: Mapping[str, Numbers]) -> Numbers:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.BinOp(left=left, op=op, right=right):
            return _SIGNS[type(op)][1](_worth(left, values), _worth(right, values))
        case ast.Call(func=ast.Name(id="ceil"), args=[one]):
            return _ceil(_worth(one, values))
        case ast.Call(func=ast.Name(id=name), args=[one, other]):
            return _extreme(name == "max", _worth(one, values), _worth(other, values))
        case _:  # pragma: no cover - _check lets nothing else in
            raise NoFormula(ast.dump(node))


def _ceil(value: Numbers) -> Numbers:
    if isinstance(value, (int, float)):
        return float(math.ceil(round(value, WHOLE_PLACES)))
    import numpy as np

    return np.ceil(np.round(value, WHOLE_PLACES))


def _extreme(is_max: bool, one: Numbers, other: Numbers) -> Numbers:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return max(one, other) if is_max else min(one, other)
    import numpy as np

    return np.maximum(one, other) if is_max else np.minimum(one, other)


# ---- in a spreadsheet ---------------------------------------------------------------------


def in_cells(formula: str, cells: Mapping[str, str]) -> str:
    """The formula as a spreadsheet has it, without the `=`: `12*Inputs!$B$4*$B$7`."""
    return _cell(parsed(formula), cells)


def _cell(node: ast.expr, cells: Mapping[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return cells[name]
        case ast.Constant(value=value):
            return repr(value)
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_cell(left, cells)}{_SIGNS[type(op)][0]}{_cell(right, cells)})"
        case ast.Call(func=ast.Name(id="ceil"), args=[one]):
            return f"ROUNDUP(ROUND({_cell(one, cells)},{WHOLE_PLACES}),0)"
        case ast.Call(func=ast.Name(id=name), args=[one, other]):
            return f"{name.upper()}({_cell(one, cells)},{_cell(other, cells)})"
        case _:  # pragma: no cover - _check lets nothing else in
            raise NoFormula(ast.dump(node))
