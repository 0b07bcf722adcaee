"""Compiled expressions and unary tests: what the rest of the house calls."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from engine.feel.budget import FeelError, budget, checked_result, spend
from engine.feel.compiler import Compiler, Run
from engine.feel.parser import Parser
from engine.feel.reading import Scope

Values = Mapping[str, Any]
Test = Callable[[Any, Values], bool]
OPEN = Scope()
#: steps below which an expression without loops is not counted
LIGHT = 200


class Expression:
    """A compiled text; ``names`` are the variables that it reads, ``weight`` the steps of its nodes."""

    __slots__ = ("_heavy", "_run", "names", "text", "weight")

    def __init__(self, text: str, run: Run, names: frozenset[str], heavy: bool, weight: int) -> None:
        self.text, self._run, self.names, self._heavy, self.weight = text, run, names, heavy, weight

    def __call__(self, variables: Values) -> Any:
        """Return the value. Raises FeelError when a budget is used up."""
        if not self._heavy:
            return self._run(variables)
        with budget():
            spend(self.weight)
            return checked_result(self._run(variables))

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def compile(text: str, scope: Scope = OPEN, lenient: bool = False) -> Expression:
    """Return the compiled expression. Raises FeelError with line and column if the text is no FEEL.

    ``scope`` says which names with blanks or signs are known. ``lenient``: an unknown function is null when called.
    """
    return _cached(text) if scope is OPEN and not lenient else _compiled(text, scope, lenient)


@lru_cache(maxsize=4096)
def _cached(text: str) -> Expression:
    return _compiled(text, OPEN, False)


def _compiled(text: str, scope: Scope, lenient: bool) -> Expression:
    parser, compiler = Parser(text, scope, lenient), Compiler()
    try:
        tree = parser.expression()
        run = compiler.build(tree)
    except RecursionError:
        raise FeelError("nested too deeply", text, 1, 1) from None
    heavy = compiler.heavy or compiler.weight > LIGHT
    return Expression(text, run, frozenset(parser.free), heavy, compiler.weight)


def compile_unary(text: str, scope: Scope = OPEN, lenient: bool = False) -> Test:
    """Return a function (input value, variables) -> bool for DMN's unary tests. Source: DMN 1.5, 7.3.3."""
    return _cached_unary(text) if scope is OPEN and not lenient else _compiled_unary(text, scope, lenient)


@lru_cache(maxsize=4096)
def _cached_unary(text: str) -> Test:
    return _compiled_unary(text, OPEN, False)


def _compiled_unary(text: str, scope: Scope, lenient: bool) -> Test:
    parser = Parser(text, scope, lenient)
    tree = parser.unary_tests()
    if tree.kind == "literal":
        return lambda value, seen: True
    compiler = Compiler()
    parts = [compiler.test(each, "?" in parser.free) for each in tree.parts]
    test = _any_of(parts, tree.kind == "tests")
    if not compiler.heavy and compiler.weight <= LIGHT:
        return test
    weight = compiler.weight

    def counted(value: Any, seen: Values) -> bool:
        with budget():
            spend(weight)
            return test(value, seen)

    return counted


def _any_of(parts: list[Callable[[Any, Values], bool | None]], wanted: bool) -> Test:
    if len(parts) == 1 and wanted:
        only = parts[0]
        return lambda value, seen: only(value, seen) is True

    def test(value: Any, seen: Values) -> bool:
        for part in parts:
            if part(value, seen) is True:
                return wanted
        return not wanted

    return test
