"""FEEL text -> Python closures, once; budgets for size, depth and steps.

A compiled expression is called with the variables and gives a value; it has no side effects, reads no attribute of any
Python object, and knows only the functions of ``builtins``. Source: DMN 1.5, clause 10.3.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from lark import Lark, Token, Tree, UnexpectedInput
from lark.exceptions import LarkError

from engine.feel import arithmetic, times
from engine.feel.builtins import FUNCTIONS, SURROUNDED
from engine.feel.loops import LOOPS, Steps, filtered
from engine.feel.values import FeelError, Range, compare, tidy

TEXT_LIMIT = 10_000
DEPTH_LIMIT = 64
NAMES = {*FUNCTIONS, *SURROUNDED}
MULTI = "|".join(sorted((name.replace(" ", r"\s+") for name in NAMES if " " in name), key=len, reverse=True))
GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text("utf-8") + f"\nMULTI.2: /({MULTI})\\b/\n"
PARSER = Lark(GRAMMAR, parser="lalr", start=["start", "tests"], maybe_placeholders=True)

Run = Callable[[Mapping[str, Any]], Any]
OPERATORS = {"+": arithmetic.add, "-": arithmetic.subtract, "*": arithmetic.multiply, "/": arithmetic.divide}


class Expression:
    """A compiled text; ``names`` are the variables that it reads."""

    __slots__ = ("_run", "names", "text")

    def __init__(self, text: str, run: Run, names: frozenset[str]) -> None:
        self.text, self._run, self.names = text, run, names

    def __call__(self, variables: Mapping[str, Any]) -> Any:
        return self._run(variables)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@lru_cache(maxsize=4096)
def compile(text: str) -> Expression:
    """Return the compiled expression. Raises FeelError with line and column if the text is no FEEL."""
    compiler = _Compiler(text)
    return Expression(text, compiler.build(_parse(text, "start"), 0), frozenset(compiler.names))


@lru_cache(maxsize=4096)
def compile_unary(text: str) -> Callable[[Any, Mapping[str, Any]], bool]:
    """Return a function (input value, variables) -> bool for DMN's unary tests. Source: DMN 1.5, 7.3.3."""
    run = _Compiler(text).build(_parse(text, "tests"), 0)
    return lambda value, variables: run({**variables, "?": value}) is True


def _parse(text: str, start: str) -> Any:
    if len(text) > TEXT_LIMIT:
        raise FeelError(f"longer than {TEXT_LIMIT} characters", text, 1, TEXT_LIMIT)
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > DEPTH_LIMIT:
            raise FeelError(f"nested deeper than {DEPTH_LIMIT}", text, 1, position)
    try:
        return PARSER.parse(text, start=start)
    except UnexpectedInput as error:
        raise FeelError("no FEEL", text, error.line, error.column) from None
    except (LarkError, RecursionError) as error:
        raise FeelError(f"no FEEL: {type(error).__name__}", text, 1, 1) from None


class _Compiler:
    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()

    def build(self, tree: Any, depth: int) -> Run:
        if depth > 8 * DEPTH_LIMIT:
            raise FeelError("nested too deeply", self.text, 1, 1)
        if not isinstance(tree, Tree):
            raise FeelError("no FEEL", self.text, 1, 1)
        special = getattr(self, f"_{tree.data}", None)
        if special is not None:
            found: Run = special(tree, depth)
            return found
        if tree.data in LOOPS:
            return self._loop(tree, depth)
        parts = [self.build(child, depth + 1) for child in tree.children if isinstance(child, Tree)]
        return SIMPLE[tree.data](*parts)

    # ---- leaves

    def _number(self, tree: Any, depth: int) -> Run:
        value = tidy(Decimal(str(tree.children[0])))
        return lambda seen: value

    def _string(self, tree: Any, depth: int) -> Run:
        value = _text(tree.children[0])
        return lambda seen: value

    def _at_string(self, tree: Any, depth: int) -> Run:
        value = times.read_at(str(tree.children[0])[2:-1])
        return lambda seen: value

    def _name(self, tree: Any, depth: int) -> Run:
        name = " ".join(str(tree.children[0]).split())
        self.names.add(name)
        return lambda seen: seen.get(name)

    # ---- operators

    def _chain(self, tree: Any, depth: int) -> Run:
        run = self.build(tree.children[0], depth + 1)
        for sign, operand in zip(tree.children[1::2], tree.children[2::2], strict=True):
            run = _binary(OPERATORS[str(sign)], run, self.build(operand, depth + 1))
        return run

    _additive = _multiplicative = _chain

    def _compare(self, tree: Any, depth: int) -> Run:
        left, sign, right = tree.children
        return _comparison(str(sign), self.build(left, depth + 1), self.build(right, depth + 1))

    _in_compare = _compare

    def _value_test(self, tree: Any, depth: int) -> Run:
        literal = getattr(tree.children[0], "data", None) in ("true", "false")
        return _value_test(self.build(tree.children[0], depth + 1), literal)

    def _compare_test(self, tree: Any, depth: int) -> Run:
        sign, right = tree.children
        return _comparison(str(sign), lambda seen: seen.get("?"), self.build(right, depth + 1))

    # ---- structures

    def _path(self, tree: Any, depth: int) -> Run:
        run, name = self.build(tree.children[0], depth + 1), str(tree.children[1])
        return lambda seen: _member(run(seen), name)

    def _context(self, tree: Any, depth: int) -> Run:
        entries = []
        for entry in tree.children:
            if entry is not None:
                key, value = entry.children
                name = _text(key) if key.type == "STRING" else str(key)
                entries.append((name, self.build(value, depth + 1)))

        def run(seen: Mapping[str, Any]) -> dict[str, Any]:
            made: dict[str, Any] = {}
            for name, value in entries:
                made[name] = value({**seen, **made} if made else seen)
            return made

        return run

    def _call(self, tree: Any, depth: int) -> Run:
        called, given = tree.children
        arguments = [] if given is None else [child for child in given.children]
        name = str(called.children[0]) if called.data == "name" else "not" if called.data == "not_name" else ""
        name = " ".join(name.split())
        if given is not None and given.data == "named":
            raise FeelError("named arguments are not known yet", self.text, 1, 1)
        parts = [self.build(each, depth + 1) for each in arguments]
        if name in SURROUNDED:
            function = SURROUNDED[name]
            return lambda seen: _applied(function, [seen, *(part(seen) for part in parts)])
        if name in FUNCTIONS:
            function = FUNCTIONS[name]
            return lambda seen: _applied(function, [part(seen) for part in parts])
        if name:
            token = called.children[0]
            known = isinstance(token, Token)
            raise FeelError(
                f"no function {name}", self.text, token.line or 1 if known else 1, token.column or 1 if known else 1
            )
        raise FeelError("only a function by its name can be called", self.text, 1, 1)

    def _filter(self, tree: Any, depth: int) -> Run:
        items, condition = (self.build(child, depth + 1) for child in tree.children)
        return lambda seen: filtered(items(seen), condition, seen)

    def _loop(self, tree: Any, depth: int) -> Run:
        iterators = []
        for each in tree.children[0].children:
            name, start, end = each.children
            iterators.append((str(name), self.build(start, depth + 1), self.build(end, depth + 1) if end else None))
        body = self.build(tree.children[1], depth + 1)
        make = LOOPS[tree.data]
        return lambda seen: make(iterators, body, seen, Steps())


def _text(token: Any) -> str:
    try:
        return str(orjson.loads(str(token).replace("\n", "\\n").replace("\t", "\\t")))
    except orjson.JSONDecodeError:
        return str(token)[1:-1]


def _member(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        return [_member(item, name) for item in value]
    return times.property_of(value, name)


def _applied(function: Callable[..., Any], arguments: list[Any]) -> Any:
    """Return what the function gives; arguments that do not fit give null."""
    try:
        return function(*arguments)
    except FeelError:
        raise
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError):
        return None


def _binary(operator: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    return lambda seen: operator(left(seen), right(seen))


def _comparison(sign: str, left: Run, right: Run) -> Run:
    if sign == "=":

        def same(seen: Mapping[str, Any]) -> bool | None:
            one, other = left(seen), right(seen)
            return one == other if type(one) is str and type(other) is str else compare("=", one, other)

        return same
    return lambda seen: compare(sign, left(seen), right(seen))


def _and(*parts: Run) -> Run:
    def run(seen: Mapping[str, Any]) -> bool | None:
        result: bool | None = True
        for part in parts:
            value = part(seen)
            if value is False:
                return False
            if value is not True:
                result = None
        return result

    return run


def _or(*parts: Run) -> Run:
    def run(seen: Mapping[str, Any]) -> bool | None:
        result: bool | None = False
        for part in parts:
            value = part(seen)
            if value is True:
                return True
            if value is not False:
                result = None
        return result

    return run


def _member_of(value: Any, rest: Any) -> bool | None:
    if isinstance(rest, Range):
        return rest.holds(value)
    if isinstance(rest, list):
        return any(
            _member_of(value, item) is True if isinstance(item, Range) else compare("=", value, item) is True
            for item in rest
        )
    return compare("=", value, rest)


def _in_tests(value: Run, *tests: Run) -> Run:
    def run(seen: Mapping[str, Any]) -> bool:
        inner = {**seen, "?": value(seen)}
        return any(test(inner) is True for test in tests)

    return run


def _value_test(part: Run, literal: bool) -> Run:
    """Return a test: equal to the value or inside it, or true by itself as ``? > 2`` may be; a literal only equals."""

    def run(seen: Mapping[str, Any]) -> bool | None:
        value, given = part(seen), seen.get("?")
        if not literal and isinstance(value, bool) and not isinstance(given, bool):
            return value
        return _member_of(given, value)

    return run


def _between(value: Run, low: Run, high: Run) -> Run:
    return lambda seen: Range(low(seen), high(seen)).holds(value(seen))


def _range(first: bool, last: bool) -> Callable[[Run, Run], Run]:
    return lambda low, high: lambda seen: Range(low(seen), high(seen), first, last)


SIMPLE: dict[str, Callable[..., Run]] = {
    "true": lambda: lambda seen: True,
    "false": lambda: lambda seen: False,
    "null": lambda: lambda seen: None,
    "input": lambda: lambda seen: seen.get("?"),
    "list": lambda *parts: lambda seen: [part(seen) for part in parts],
    "negative": lambda part: lambda seen: arithmetic.negative(part(seen)),
    "power": lambda left, right: _binary(arithmetic.power, left, right),
    "if_else": lambda test, yes, no: lambda seen: yes(seen) if test(seen) is True else no(seen),
    "conjunction": _and,
    "disjunction": _or,
    "between": _between,
    "in_value": lambda value, rest: lambda seen: _member_of(value(seen), rest(seen)),
    "in_tests": _in_tests,
    "any_test": lambda: lambda seen: True,
    "some_test": lambda *tests: lambda seen: any(test(seen) is True for test in tests),
    "not_tests": lambda *tests: lambda seen: not any(test(seen) is True for test in tests),
    "range_cc": _range(True, True),
    "range_co": _range(True, False),
    "range_oc": _range(False, True),
    "range_oo": _range(False, False),
}
