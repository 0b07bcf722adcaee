"""A tree of nodes -> Python closures, once.

A compiled expression is called with the variables and gives a value; it has no side effects, reads no attribute of any
Python object, and knows only the functions of ``builtins`` and those among the variables. Source: DMN 1.5, 10.3.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.feel import arithmetic
from engine.feel.budget import FeelError, checked_list, turn, warn
from engine.feel.builtins import COSTS, FUNCTIONS, LIGHT, SURROUNDED
from engine.feel.calls import function, invoke, invoke_named
from engine.feel.loops import LOOPS, at_position, filtered
from engine.feel.reading import Node
from engine.feel.signatures import guarded
from engine.feel.times import property_of
from engine.feel.types import instance_of
from engine.feel.unary import constant_test, member_of, unary_test
from engine.feel.values import Range, compare, is_number, kind
from engine.feel.weights import cost_of, is_constant, weight_of

#: nodes inside each other; each takes one or two calls when it is evaluated
DEPTH_LIMIT = 200
Values = Mapping[str, Any]
Run = Callable[[Values], Any]
OPERATORS = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}


class Compiler:
    """Makes closures of nodes. ``heavy`` is set when what they do must be counted; ``weight`` is their steps."""

    def __init__(self) -> None:
        self.heavy, self.depth, self.weight = False, 0, 0

    def build(self, node: Node) -> Run:
        """Return the closure of the node. Raises FeelError if it lies too deep."""
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise FeelError("nested too deeply")
        self.weight += weight_of(node)
        found = BUILDERS[node.kind](self, node.parts)
        self.depth -= 1
        return found

    def weighed(self, node: Node) -> tuple[Run, int]:
        """Return the closure of the node, and its steps."""
        before = self.weight
        run = self.build(node)
        return run, self.weight - before

    def test(self, node: Node, asks: bool = True) -> Callable[[Any, Values], bool | None]:
        """Return a function (value, variables) -> whether the value passes; ``asks`` if the text mentions ``?``."""
        self.weight += 3
        sign, inner = node.parts if node.kind == "sign_test" else ("", node.parts)
        if is_constant(inner):
            return constant_test(sign, self.build(inner)({}))
        if sign:
            part = self.build(inner)
            if asks:
                return lambda value, seen: compare(sign, value, part({**seen, "?": value}))
            return lambda value, seen: compare(sign, value, part(seen))
        return unary_test(self.build(inner), asks)

    # ---- leaves

    def _literal(self, value: Any) -> Run:
        return lambda seen: value

    def _name(self, name: str) -> Run:
        def run(seen: Values) -> Any:
            try:
                return seen[name]
            except KeyError:
                return _missing(name)

        return run

    # ---- operators

    def _chain(self, parts: Any) -> Run:
        _, first, rest = parts
        run = self.build(first)
        self.weight += sum(cost_of(sign, operand) for sign, operand in rest)
        if len(rest) > 3:
            return self._long_chain(run, rest)
        for sign, operand in rest:
            run = _binary(OPERATORS[sign], run, self.build(operand))
        return run

    def _long_chain(self, first: Run, rest: list[tuple[str, Node]]) -> Run:
        steps = [(OPERATORS[sign], self.build(operand)) for sign, operand in rest]

        def run(seen: Values) -> Any:
            value = first(seen)
            for operator, operand in steps:
                value = operator(value, operand(seen))
            return value

        return run

    def _negative(self, node: Node) -> Run:
        part = self.build(node)
        return lambda seen: arithmetic.negative(part(seen))

    def _compare(self, parts: Any) -> Run:
        return _comparison(parts[0], self.build(parts[1]), self.build(parts[2]))

    def _and(self, parts: list[Node]) -> Run:
        return _logical([self.build(each) for each in parts], False)

    def _or(self, parts: list[Node]) -> Run:
        return _logical([self.build(each) for each in parts], True)

    def _between(self, parts: Any) -> Run:
        value, low, high = map(self.build, parts)
        return lambda seen: Range(low(seen), high(seen)).holds(value(seen))

    def _in(self, parts: Any) -> Run:
        value, tests = self.build(parts[0]), parts[1]
        if len(tests) == 1 and tests[0].kind == "value_test":
            rest = self.build(tests[0].parts)
            return lambda seen: member_of(value(seen), rest(seen))
        built = [self.test(each) for each in tests]

        def run(seen: Values) -> bool:
            found = value(seen)
            return any(test(found, seen) is True for test in built)

        return run

    def _instance(self, parts: Any) -> Run:
        value, wanted = self.build(parts[0]), parts[1]
        return lambda seen: instance_of(value(seen), wanted)

    # ---- structures

    def _list(self, parts: list[Node]) -> Run:
        built = [self.build(each) for each in parts]
        if all(each.kind == "literal" for each in parts):
            return lambda seen: [part(seen) for part in built]
        self.heavy = True
        return lambda seen: checked_list([part(seen) for part in built])

    def _context(self, parts: list[tuple[str, Node]]) -> Run:
        self.heavy = True
        entries = [(name, self.build(each)) for name, each in parts]
        if len({name for name, _ in parts}) < len(parts):
            return lambda seen: warn("a context with two entries of one name")

        def run(seen: Values) -> dict[str, Any]:
            turn(seen, 0)
            made: dict[str, Any] = {}
            inner = dict(seen)
            for name, value in entries:
                made[name] = inner[name] = value(inner)
            checked_list(list(made.values()))
            return made

        return run

    def _range(self, parts: Any) -> Run:
        low, high, first, last = self.build(parts[0]), self.build(parts[1]), parts[2], parts[3]
        return lambda seen: _range_of(low(seen), high(seen), first, last)

    def _sign_range(self, parts: Any) -> Run:
        sign, part = parts[0], self.build(parts[1])
        included = sign in ("<=", ">=", "=")
        if sign in ("=", "!="):
            return lambda seen: _single_range(part(seen), included, sign)
        if sign in (">", ">="):
            return lambda seen: Range(part(seen), None, included, False, sign)
        return lambda seen: Range(None, part(seen), False, included, sign)

    def _path(self, parts: Any) -> Run:
        run, name = self.build(parts[0]), parts[1]
        return lambda seen: member(run(seen), name)

    def _filter(self, parts: Any) -> Run:
        self.heavy = True
        items, (condition, weight) = self.build(parts[0]), self.weighed(parts[1])
        if parts[1].kind == "literal" and is_number(parts[1].parts):
            return lambda seen: _nth(items(seen), condition(seen))
        return lambda seen: filtered(items(seen), condition, seen, weight)

    # ---- words

    def _if(self, parts: Any) -> Run:
        test, yes, no = map(self.build, parts)
        return lambda seen: yes(seen) if test(seen) is True else no(seen)

    def _loop(self, kind: str) -> Callable[[Any], Run]:
        def build(parts: Any) -> Run:
            self.heavy = True
            iterators = [
                (name, self.build(start), self.build(end) if end is not None else None) for name, start, end in parts[0]
            ]
            (body, weight), make, partial = self.weighed(parts[1]), LOOPS[kind], "partial" in repr(parts[1])
            return lambda seen: make(iterators, body, seen, weight, partial)

        return build

    def _function(self, parts: Any) -> Run:
        self.heavy = True
        parameters, (body, weight) = parts[0], self.weighed(parts[1])

        def made(seen: Values) -> Any:
            def inside(given: dict[str, Any]) -> Any:
                turn(seen, weight)
                return body({**seen, **given})

            return function("a function", parameters, inside)

        return made

    # ---- calls

    def _built_in(self, parts: Any) -> Run:
        name, given = parts
        self.heavy = self.heavy or name not in LIGHT
        self.weight += COSTS.get(name, 5)
        if name in SURROUNDED:
            return self._surrounded(name, given)
        known = FUNCTIONS[name]
        if isinstance(given, dict):
            named = {each: self.build(node) for each, node in given.items()}
            return lambda seen: known.call_named({each: part(seen) for each, part in named.items()})
        built = [self.build(each) for each in given]
        if name == "count" and len(built) == 1:
            return _count(built[0])
        return lambda seen: known.call([part(seen) for part in built])

    def _surrounded(self, name: str, given: Any) -> Run:
        count, run = SURROUNDED[name]
        if isinstance(given, dict) or len(given) != count:
            return lambda seen: warn("{} takes {} arguments", name, count)
        built = [self.build(each) for each in given]
        return lambda seen: guarded(name, run, [seen, *(part(seen) for part in built)])

    def _call(self, parts: Any) -> Run:
        self.heavy = True
        called, given = self.build(parts[0]), parts[1]
        if isinstance(given, dict):
            named = {each: self.build(node) for each, node in given.items()}
            return lambda seen: invoke_named(called(seen), {each: part(seen) for each, part in named.items()})
        built = [self.build(each) for each in given]
        return lambda seen: invoke(called(seen), [part(seen) for part in built])


BUILDERS: Mapping[str, Callable[[Compiler, Any], Run]] = {
    "literal": Compiler._literal,
    "name": Compiler._name,
    "chain": Compiler._chain,
    "negative": Compiler._negative,
    "compare": Compiler._compare,
    "and": Compiler._and,
    "or": Compiler._or,
    "between": Compiler._between,
    "in": Compiler._in,
    "instance": Compiler._instance,
    "list": Compiler._list,
    "context": Compiler._context,
    "range": Compiler._range,
    "sign_range": Compiler._sign_range,
    "path": Compiler._path,
    "filter": Compiler._filter,
    "if": Compiler._if,
    "for": lambda compiler, parts: compiler._loop("for")(parts),
    "some": lambda compiler, parts: compiler._loop("some")(parts),
    "every": lambda compiler, parts: compiler._loop("every")(parts),
    "function": Compiler._function,
    "built_in": Compiler._built_in,
    "call": Compiler._call,
}


def _missing(name: str) -> Any:
    known = FUNCTIONS.get(name)
    if known is not None:
        return known.value()
    warn("nothing is called {}", name)
    return None


def member(value: Any, name: str) -> Any:
    """Return the entry of a context, those of the contexts in a list, or the property of a date and the like."""
    if isinstance(value, dict):
        if name not in value:
            warn("the context has no {}", name)
        return value.get(name)
    if isinstance(value, list):
        return [member(item, name) for item in value]
    found = property_of(value, name)
    if found is None:
        warn("a {} has no {}", kind(value), name)
    return found


def _binary(operator: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    return lambda seen: operator(left(seen), right(seen))


def _comparison(sign: str, left: Run, right: Run) -> Run:
    if sign == "=":

        def same(seen: Values) -> bool | None:
            one, other = left(seen), right(seen)
            return one == other if type(one) is str and type(other) is str else compare("=", one, other)

        return same
    return lambda seen: compare(sign, left(seen), right(seen))


def _logical(parts: list[Run], decisive: bool) -> Run:
    """Return ``or`` (decided by true) or ``and`` (decided by false), with null where neither is certain."""
    other = not decisive

    def run(seen: Values) -> bool | None:
        result: bool | None = other
        for part in parts:
            value = part(seen)
            if isinstance(value, bool) and value is decisive:
                return decisive
            if value is not other:
                result = None
        return result

    return run


def _range_of(low: Any, high: Any, first: bool, last: bool) -> Range | None:
    if low is not None and high is not None and kind(low) != kind(high):
        warn("a range from a {} to a {}", kind(low), kind(high))
        return None
    return Range(low, high, first, last)


def _single_range(value: Any, included: bool, sign: str) -> Range:
    return Range(value, value, included, included, sign)


def _nth(items: Any, position: Any) -> Any:
    return at_position(items if isinstance(items, list) else [] if items is None else [items], position)


def _count(part: Run) -> Run:
    general = FUNCTIONS["count"].call

    def run(seen: Values) -> Any:
        value = part(seen)
        return len(value) if type(value) is list else general([value])

    return run
