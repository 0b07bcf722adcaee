"""FEEL text -> a tree of nodes, by recursive descent; where a name ends is decided by the names in scope.

Not here: what a node means. Source: DMN 1.5, clause 10.3.1.2.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.feel.builtins import FUNCTIONS
from engine.feel.lexer import PART, START, Token, unquoted
from engine.feel.reading import DEPTH_LIMIT, Node
from engine.feel.times import read_at
from engine.feel.type_parser import KEY, TypeParser
from engine.feel.types import Type
from engine.feel.values import CONTEXT, tidy

COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
LEVELS = {"or": 1, "and": 2, "between": 3, "in": 3, "instance": 3, "+": 4, "-": 4, "*": 5, "/": 5, "**": 6}
LEVELS |= dict.fromkeys(COMPARISONS, 3)
RELATION, SUM = 3, 4
CHAINS = {1: "or", 2: "and", 4: "chain", 5: "chain", 6: "chain"}
PARAMETER = re.compile(r"[^:(),<>]+(?=[:,)])")
ARGUMENT = re.compile(rf"([{START}][{PART}\s'./+*-]*?)\s*:")
ITERATOR = re.compile(r"([^()\[\]{}\"]+?)\s+in(?=[\s(\[{\"@-]|$)")


class Parser(TypeParser):
    """Reads one text as an expression or as unary tests."""

    # ---- whole texts

    def expression(self) -> Node:
        """Return the tree of a text that is one expression."""
        return self._whole(self._expression())

    def unary_tests(self) -> Node:
        """Return the tree of the unary tests of a cell. Source: DMN 1.5, 7.3.3."""
        if self.text.strip() == "-":
            return Node("literal", True, 0)
        if self.token.text == "not" and self.lexer.token(self.token.end).text == "(":
            before = self.token
            self._next()
            self._next()
            tests = self._tests()
            self._expect(")")
            if self.token.kind == "end":
                return Node("not_tests", tests, before.start)
            self.token = before
        return self._whole(Node("tests", self._tests(), 0))

    def _whole(self, found: Node) -> Node:
        if self.token.kind != "end":
            raise self._error()
        return found

    def _tests(self) -> list[Node]:
        tests = [self._test()]
        while self._take(","):
            tests.append(self._test())
        return tests

    def _test(self) -> Node:
        at = self.token.start
        if self.token.text in COMPARISONS and self.token.kind == "sign":
            sign = self._next().text
            return Node("sign_test", (sign, self._expression(SUM)), at)
        return Node("value_test", self._expression(), at)

    # ---- expressions

    def _expression(self, level: int = 0) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self._error(f"nested deeper than {DEPTH_LIMIT}")
        found = self._binary(level)
        self.depth -= 1
        return found

    def _binary(self, level: int) -> Node:
        left = self._unary()
        while True:
            sign = self.token.text if self.token.kind in ("sign", "keyword") else ""
            found = LEVELS.get(sign, -1)
            if found < max(level, 1):
                return left
            if found == RELATION:
                left = self._relation(left)
                continue
            at = self._next().start
            right = self._binary(found + 1)
            left = _joined(left, sign, found, right, at)

    def _relation(self, left: Node) -> Node:
        sign = self._next()
        if sign.text == "between":
            low = self._binary(SUM)
            self._expect("and")
            return Node("between", (left, low, self._binary(SUM)), sign.start)
        if sign.text == "in":
            return Node("in", (left, self._in_tests()), sign.start)
        if sign.text == "instance":
            if self._next().text != "of":
                raise self._error("instance of")
            return Node("instance", (left, self._type()), sign.start)
        return Node("compare", (sign.text, left, self._binary(SUM)), sign.start)

    def _in_tests(self) -> list[Node]:
        if self.token.text in COMPARISONS and self.token.kind == "sign":
            return [self._test()]
        at = self.token
        if not self._take("("):
            return [Node("value_test", self._binary(SUM), at.start)]
        tests = [self._test()]
        if tests[0].kind == "value_test" and self._take(".."):
            return [Node("value_test", self._range(tests[0].parts, False, at.start), at.start)]
        while self._take(","):
            tests.append(self._test())
        self._expect(")")
        return tests

    def _unary(self) -> Node:
        signs = []
        while self.token.text == "-" and self.token.kind == "sign":
            signs.append(self._next().start)
            if len(signs) > DEPTH_LIMIT:
                raise self._error(f"nested deeper than {DEPTH_LIMIT}")
        found = self._postfix()
        for at in reversed(signs):
            found = Node("negative", found, at)
        return found

    def _postfix(self) -> Node:
        found, length = self._primary(), 0
        while self.token.kind == "sign":
            at = self.token.start
            if self._take("."):
                found = Node("path", (found, self._member()), at)
            elif self.token.text == "[" and not self._closes_range():
                found = self._filter(found)
            elif self._take("("):
                found = self._call(found, at)
            else:
                return found
            length += 1
            if length > DEPTH_LIMIT:
                raise self._error(f"nested deeper than {DEPTH_LIMIT}")
        return found

    def _member(self) -> str:
        scopes, self.lexer.scopes = self.lexer.scopes, [*self.lexer.scopes, *self.members]
        self.token = self.lexer.token(self.token.start)
        found = self.token
        self.lexer.scopes = scopes
        if found.kind not in ("name", "keyword"):
            raise self._error("a name is missing")
        self._next()
        return found.text

    def _filter(self, items: Node) -> Node:
        at = self.token.start
        scopes = self.lexer.scopes
        self.lexer.scopes = [*scopes, *self.members]
        self._next()
        condition = self._within(["item"], self._expression)
        self.lexer.scopes = scopes
        self._expect("]")
        return Node("filter", (items, condition), at)

    def _call(self, called: Node, at: int) -> Node:
        if self._take(")"):
            return self._called(called, [], at)
        if ARGUMENT.match(self.text, self.token.start):
            named: dict[str, Node] = {}
            while True:
                name = self._raw(ARGUMENT)
                named[name] = self._expression()
                if not self._take(","):
                    break
            self._expect(")")
            return self._called(called, named, at)
        listed = [self._expression()]
        while self._take(","):
            listed.append(self._expression())
        self._expect(")")
        return self._called(called, listed, at)

    def _called(self, called: Node, arguments: Any, at: int) -> Node:
        if called.kind == "name" and not self._is_known(called.parts):
            name = called.parts
            self.free.discard(name)
            if name in FUNCTIONS:
                return Node("built_in", (name, arguments), called.at)
            if not self.lenient:
                raise self.lexer.error(f"no function {name}", called.at)
        return Node("call", (called, arguments), at)

    def _is_known(self, name: str) -> bool:
        return any(name in each for each in self.known)

    # ---- atoms

    def _primary(self) -> Node:
        found = self.token
        if found.kind in ("number", "string", "at"):
            self._next()
            return Node("literal", self._literal(found), found.start)
        if found.kind == "name":
            self._next()
            if not any(found.text in each for each in self.known[1:]):
                self.free.add(found.text)
            return Node("name", found.text, found.start)
        reader = ATOMS.get(found.text) if found.kind in ("sign", "keyword") else None
        if reader is None:
            raise self._error()
        self._next()
        return reader(self, found.start)

    def _literal(self, found: Token) -> Any:
        text = unquoted(found.text) if found.kind != "number" else ""
        if found.kind == "string":
            return text
        number = CONTEXT.create_decimal(found.text) if found.kind == "number" else None
        value = read_at(text) if number is None else tidy(number) if number.is_finite() else None
        if value is None and not self.lenient:
            raise self.lexer.error("no date, time, duration or number", found.start)
        return value

    def _constant(self, at: int) -> Node:
        word = self.text[at : at + 4]
        return Node("literal", {"true": True, "null": None}.get(word, False), at)

    def _parenthesis(self, at: int) -> Node:
        if self.token.text in COMPARISONS and self.token.kind == "sign":
            sign = self._next().text
            found = Node("sign_range", (sign, self._expression(SUM)), at)
            self._expect(")")
            return found
        inside = self._expression()
        if self._take(".."):
            return self._range(inside, False, at)
        self._expect(")")
        return inside

    def _brackets(self, at: int) -> Node:
        if self._take("]"):
            return Node("list", [], at)
        first = self._expression()
        if self._take(".."):
            return self._range(first, True, at)
        items = [first]
        while self._take(","):
            items.append(self._expression())
        self._expect("]")
        return Node("list", items, at)

    def _open_range(self, at: int) -> Node:
        first = self._expression()
        self._expect("..")
        return self._range(first, False, at)

    def _range(self, low: Node, included: bool, at: int) -> Node:
        before, self.end_depth = self.end_depth, self.depth
        high = self._binary(SUM)
        self.end_depth = before
        sign = self.token.text
        if self.token.kind != "sign" or sign not in ("]", ")", "["):
            raise self._error()
        self._next()
        return Node("range", (low, high, included, sign == "]"), at)

    def _closes_range(self) -> bool:
        """Say whether ``[`` is the open end of a range such as ``[1..3[``, and not the beginning of a filter."""
        if self.end_depth != self.depth:
            return False
        depth = 0
        for place in range(self.token.start, len(self.text)):
            depth += (self.text[place] == "[") - (self.text[place] == "]")
            if depth == 0:
                return self.text[self.lexer.skip(place + 1) :][:1] not in ("]", ")", "[")
        return True

    def _context(self, at: int) -> Node:
        self._enter([])
        entries: list[tuple[str, Node]] = []
        while self.token.text != "}" or self.token.kind != "sign":
            if entries:
                self._expect(",")
            name = unquoted(self._next().text) if self.token.kind == "string" else self._raw(KEY)
            self._expect(":")
            self._learn(name)
            self.members[-1].add(name)
            entries.append((name, self._expression()))
        self._leave()
        self._next()
        return Node("context", entries, at)

    # ---- words

    def _if(self, at: int) -> Node:
        condition = self._expression()
        self._expect("then")
        yes = self._expression()
        self._expect("else")
        return Node("if", (condition, yes, self._expression()), at)

    def _loop(self, at: int) -> Node:
        kind = "for" if self.text.startswith("for", at) else "some" if self.text.startswith("some", at) else "every"
        self._enter(["partial"] if kind == "for" else [])
        iterators = []
        while True:
            name = self._raw(ITERATOR)
            start = self._expression()
            iterators.append((name, start, self._expression() if self._take("..") else None))
            self._learn(name)
            if not self._take(","):
                break
        self._expect("return" if kind == "for" else "satisfies")
        body = self._expression()
        self._leave()
        return Node(kind, (iterators, body), at)

    def _function(self, at: int) -> Node:
        self._expect("(")
        parameters: list[tuple[str, Type | None]] = []
        while not self._take(")"):
            if parameters:
                self._expect(",")
            name = self._raw(PARAMETER)
            parameters.append((name, self._type() if self._take(":") else None))
        if self.token.text == "external":
            raise self._error("external functions are not carried out")
        body = self._within([name for name, _ in parameters], self._expression)
        return Node("function", (parameters, body), at)


ATOMS: Mapping[str, Callable[[Parser, int], Node]] = {
    "true": Parser._constant,
    "false": Parser._constant,
    "null": Parser._constant,
    "(": Parser._parenthesis,
    "[": Parser._brackets,
    "]": Parser._open_range,
    "{": Parser._context,
    "if": Parser._if,
    "for": Parser._loop,
    "some": Parser._loop,
    "every": Parser._loop,
    "function": Parser._function,
}


def _joined(left: Node, sign: str, level: int, right: Node, at: int) -> Node:
    """Return the operation; a chain of one level is one node, however long it is."""
    kind = CHAINS[level]
    if kind != "chain":
        if left.kind == kind:
            left.parts.append(right)
            return left
        return Node(kind, [left, right], at)
    if left.kind == "chain" and left.parts[0] == level:
        left.parts[2].append((sign, right))
        return left
    return Node("chain", (level, left, [(sign, right)]), at)
