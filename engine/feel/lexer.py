"""FEEL text -> tokens, one at a time, because where a name ends depends on the names in scope.

A name may hold blanks and signs (``Applicant age``, ``fee/income``): the longest name in scope wins, else a single
word. Source: DMN 1.5, 10.3.1.2 (rules 25 to 36) and 10.3.1.4.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.feel.budget import FeelError

START = (
    r"?_A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
PART = START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
BLANKS = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
WORD = re.compile(f"[{START}][{PART}]*")
PIECE = re.compile(rf"[{PART}]+|[^\s{PART}]")
NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
AT = re.compile(r'@\s*("(?:\\.|[^"\\])*")')
SIGN = re.compile(r"\*\*|<=|>=|!=|\.\.|->|[-+*/()\[\]{},:<>=.]")
KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between instance function external true false null".split()
)


class Token(NamedTuple):
    """``kind`` is number, string, at, name, keyword, sign or end; ``start`` and ``end`` are places in the text."""

    kind: str
    text: str
    start: int
    end: int


class Names:
    """A set of names with blanks or signs, found by their first word; the longest comes first."""

    __slots__ = ("_first",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._first: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Let the name be found."""
        pieces = tuple(PIECE.findall(name))
        if len(pieces) > 1:
            found = self._first.setdefault(pieces[0], [])
            found.append((name, pieces))
            found.sort(key=lambda each: -len(each[1]))

    def matches(self, text: str, first: str, start: int) -> Iterator[tuple[str, int]]:
        """Yield each name that stands at the place, and where it ends."""
        for name, pieces in self._first.get(first, ()):
            end = _end_of(text, pieces, start)
            if end:
                yield name, end


def _end_of(text: str, pieces: tuple[str, ...], start: int) -> int:
    for piece in pieces:
        blank = BLANKS.match(text, start)
        start = blank.end() if blank else start
        found = PIECE.match(text, start)
        if found is None or found.group() != piece:
            return 0
        start = found.end()
    return start


class Lexer:
    """Reads one text. ``scopes`` are the names that are known where the reading stands, the innermost last."""

    def __init__(self, text: str, scopes: list[Names]) -> None:
        self.text, self.scopes = text, scopes

    def skip(self, at: int) -> int:
        """Return the place behind blanks and comments."""
        found = BLANKS.match(self.text, at)
        return found.end() if found else at

    def token(self, at: int) -> Token:
        """Return the token that begins at the place, or behind blanks. Raises FeelError if none does."""
        at = self.skip(at)
        if at >= len(self.text):
            return Token("end", "", at, at)
        word = WORD.match(self.text, at)
        if word is not None:
            return self._name(word.group(), at, word.end())
        for kind, pattern in (("number", NUMBER), ("string", STRING), ("sign", SIGN)):
            found = pattern.match(self.text, at)
            if found is not None:
                return Token(kind, found.group(), at, found.end())
        found = AT.match(self.text, at)
        if found is not None:
            return Token("at", found.group(1), at, found.end())
        raise self.error("no FEEL", at)

    def _name(self, word: str, start: int, end: int) -> Token:
        name, best = word, end
        for scope in self.scopes:
            for found, stop in scope.matches(self.text, word, start):
                if stop > best:
                    name, best = found, stop
        if best == end and word in KEYWORDS:
            return Token("keyword", word, start, end)
        return Token("name", name, start, best)

    def error(self, message: str, at: int) -> FeelError:
        """Return an error that names line and column of the place."""
        before = self.text[:at]
        return FeelError(message, self.text, before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)


ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
PLAIN = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


def unquoted(text: str) -> str:
    """Return what a literal text says; an escape that FEEL does not know stays as it is written."""
    inside = text[1:-1]
    if "\\" not in inside:
        return inside
    found = ESCAPE.sub(_escaped, inside)
    # two escapes may be the halves of one character
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(found: re.Match[str]) -> str:
    code = found.group(1)
    if len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else "�"
    return PLAIN.get(code, "\\" + code)
