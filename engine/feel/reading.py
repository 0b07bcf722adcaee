"""The ground of the parser: tokens one by one, new names, and which names are known where the reading stands."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from engine.feel.budget import FeelError
from engine.feel.builtins import FUNCTIONS
from engine.feel.lexer import WORD, Lexer, Names, Token
from engine.feel.types import Type

SIZE_LIMIT = 10_000
DEPTH_LIMIT = 40
MEMBERS = ("time offset", "start included", "end included")
BUILT_IN = Names(name for name in FUNCTIONS if " " in name)


@lru_cache(maxsize=64)
def _fixed(names: tuple[str, ...]) -> Names:
    """Return the names, shared by all texts of a model; nobody adds to them."""
    return Names(names)


class Node(NamedTuple):
    """``parts`` are nodes, lists of nodes, or plain values, by kind; ``at`` is the place in the text."""

    kind: str
    parts: Any
    at: int


class Scope(NamedTuple):
    """What is known outside the text: variables, names of members of their values, types."""

    names: Iterable[str] = ()
    members: Iterable[str] = ()
    types: Mapping[str, Type] = {}


class Reading:
    """Reads one text. ``free`` are the variables it reads, once read; ``lenient`` lets unknown functions be null."""

    def __init__(self, text: str, scope: Scope, lenient: bool) -> None:
        if len(text) > SIZE_LIMIT:
            raise FeelError(f"longer than {SIZE_LIMIT} characters", text, 1, SIZE_LIMIT)
        names = tuple(scope.names)
        self.lexer = Lexer(text, [BUILT_IN, _fixed(names)])
        self.known = [set(names)]
        self.members = [_fixed((*MEMBERS, *scope.members)), Names()]
        self.types, self.type_names = scope.types, _fixed(tuple(scope.types))
        self.text, self.lenient = text, lenient
        self.depth, self.end_depth = 0, -1
        self.free: set[str] = set()
        self.token = self.lexer.token(0)

    # ---- tokens

    def _next(self) -> Token:
        found = self.token
        self.token = self.lexer.token(found.end)
        return found

    def _take(self, text: str) -> bool:
        if self.token.text == text and self.token.kind in ("sign", "keyword"):
            self._next()
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error()

    def _error(self, message: str = "no FEEL") -> FeelError:
        return self.lexer.error(message, self.token.start)

    def _raw(self, pattern: re.Pattern[str]) -> str:
        """Return a new name, which ends where the pattern says; the next token is the one behind it."""
        found = pattern.match(self.text, self.token.start)
        if found is None or not WORD.match(self.text, self.token.start):
            raise self._error("a name is missing")
        self.token = self.lexer.token(found.end())
        name = found.group(1) if pattern.groups else found.group()
        return " ".join(name.split())

    # ---- scopes

    def _within(self, names: Iterable[str], read: Callable[[], Any]) -> Any:
        """Return what is read while the names are known."""
        self._enter(names)
        try:
            return read()
        finally:
            self._leave()

    def _enter(self, names: Iterable[str]) -> None:
        listed = list(names)
        self.known.append(set(listed))
        self.lexer.scopes.append(Names(listed))
        self._reread()

    def _leave(self) -> None:
        self.known.pop()
        self.lexer.scopes.pop()
        self._reread()

    def _reread(self) -> None:
        """Read the next token again, since other names are known now."""
        self.token = self.lexer.token(self.token.start)

    def _learn(self, name: str) -> None:
        self.known[-1].add(name)
        self.lexer.scopes[-1].add(name)
