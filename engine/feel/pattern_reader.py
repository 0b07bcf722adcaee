"""Text of an XPath regular expression -> its parts. Source: XML Schema 2, appendix G; XPath Functions 3.1, 5.6.1."""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

ENDLESS = 1 << 30

Accepts = Callable[[str], bool]


class Part(NamedTuple):
    """A piece of a pattern: ``one`` character, a ``group``, a ``back`` reference, or a place (``start``, ``end``)."""

    kind: str
    accepts: Accepts | None = None
    choices: "tuple[tuple[Part, ...], ...]" = ()
    number: int = 0
    low: int = 1
    high: int = 1
    lazy: bool = False


CLASSES: dict[str, Accepts] = {
    "d": lambda c: unicodedata.category(c) == "Nd",
    "s": lambda c: c in " \t\n\r",
    "w": lambda c: unicodedata.category(c)[0] not in "PZC",
    "i": lambda c: c.isalpha() or c in "_:",
    "c": lambda c: c.isalnum() or c in "_:-.·",
}
#: blocks of Unicode that patterns may name; others are refused
BLOCKS = {
    "IsBasicLatin": ("\x00", "\x7f"),
    "IsLatin-1Supplement": ("\x80", "\xff"),
    "IsLatinExtended-A": ("\u0100", "\u017f"),
    "IsGreek": ("\u0370", "\u03ff"),
    "IsGreekandCoptic": ("\u0370", "\u03ff"),
    "IsCyrillic": ("\u0400", "\u04ff"),
    "IsHebrew": ("\u0590", "\u05ff"),
    "IsArabic": ("\u0600", "\u06ff"),
    "IsGeneralPunctuation": ("\u2000", "\u206f"),
    "IsHiragana": ("\u3040", "\u309f"),
    "IsKatakana": ("\u30a0", "\u30ff"),
    "IsCJKUnifiedIdeographs": ("\u4e00", "\u9fff"),
    "IsHangulSyllables": ("\uac00", "\ud7af"),
}
CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


def _not(accepts: Accepts) -> Accepts:
    return lambda c: not accepts(c)


class PatternReader:
    """Reads one pattern; ``groups`` are those it has, once read."""

    def __init__(self, text: str, flags: str) -> None:
        self.plain, self.fold, self.dot_all = "q" in flags, "i" in flags, "s" in flags
        self.text = without_blanks(text) if "x" in flags and not self.plain else text
        self.at, self.groups, self.depth = 0, 0, 0
        self.closed: set[int] = set()

    def whole(self) -> tuple[tuple[Part, ...], ...]:
        """Return the choices of the whole pattern. Raises ValueError if it is none."""
        if self.plain:
            return (tuple(Part("one", self._is(c)) for c in self.text),)
        found = self._choices()
        if self.at < len(self.text):
            raise ValueError(f"pattern {self.text!r} at {self.at}")
        return found

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _next(self) -> str:
        found = self._peek()
        if not found:
            raise ValueError(f"pattern {self.text!r} ends too early")
        self.at += 1
        return found

    def _choices(self) -> tuple[tuple[Part, ...], ...]:
        self.depth += 1
        if self.depth > 20:
            raise ValueError("a pattern nested too deeply")
        found = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            found.append(self._sequence())
        self.depth -= 1
        return tuple(found)

    def _sequence(self) -> tuple[Part, ...]:
        parts = []
        while self._peek() and self._peek() not in "|)":
            parts.append(self._quantified(self._atom()))
        return tuple(parts)

    def _quantified(self, part: Part) -> Part:
        sign = self._peek()
        if sign not in ("*", "+", "?", "{") or not sign:
            return part
        self.at += 1
        low, high = {"*": (0, ENDLESS), "+": (1, ENDLESS), "?": (0, 1)}.get(sign) or self._counts()
        lazy = self._peek() == "?"
        self.at += lazy
        if self._peek() in ("*", "+", "?") and self._peek():
            raise ValueError(f"pattern {self.text!r}: two quantifiers")
        return part._replace(low=low, high=high, lazy=lazy)

    def _counts(self) -> tuple[int, int]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at : end].partition(",")
        if end < 0 or not low.isdigit() or (high and not high.isdigit()) or len(low + high) > 8:
            raise ValueError(f"pattern {self.text!r}: a quantifier")
        self.at = end + 1
        found = int(low), (int(high) if high else ENDLESS) if comma else int(low)
        if found[0] > found[1]:
            raise ValueError(f"pattern {self.text!r}: a quantifier")
        return found

    def _atom(self) -> Part:
        c = self._next()
        if c == "(":
            return self._group()
        if c == "[":
            return Part("one", self._set())
        if c == ".":
            return Part("one", (lambda _: True) if self.dot_all else (lambda c: c not in "\n\r"))
        if c in "^$":
            return Part("start" if c == "^" else "end")
        if c == "\\":
            return self._escape()
        if c in "*+?{}])":
            raise ValueError(f"pattern {self.text!r}: {c} at {self.at}")
        return Part("one", self._is(c))

    def _group(self) -> Part:
        number = 0
        if self.text.startswith("?:", self.at):
            self.at += 2
        elif self._peek() == "?":
            raise ValueError(f"pattern {self.text!r}: (? is not known")
        else:
            self.groups += 1
            number = self.groups
        choices = self._choices()
        if self._next() != ")":
            raise ValueError(f"pattern {self.text!r}: a bracket is open")
        self.closed.add(number)
        return Part("group", choices=choices, number=number)

    def _escape(self) -> Part:
        c = self.text[self.at : self.at + 1]
        if c and c in "123456789":
            self.at += 1
            number = int(c)
            more = self.text[self.at : self.at + 1]
            if more.isdigit() and number * 10 + int(more) <= self.groups:
                self.at += 1
                number = number * 10 + int(more)
            if number not in self.closed:
                raise ValueError(f"pattern {self.text!r}: no group {number} before")
            return Part("back", number=number)
        return Part("one", self._class_escape())

    def _class_escape(self) -> Accepts:
        """Return what the escape behind a backslash accepts."""
        if self.at >= len(self.text):
            raise ValueError(f"pattern {self.text!r} ends too early")
        c = self.text[self.at]
        self.at += 1
        if c.lower() in CLASSES:
            return CLASSES[c] if c in CLASSES else _not(CLASSES[c.lower()])
        if c in "pP":
            return self._property(c == "P")
        if c in CONTROLS:
            return self._is(CONTROLS[c])
        if c not in "\\|.-^?*+{}()[]$":
            raise ValueError(f"pattern {self.text!r}: \\{c} is not known")
        return self._is(c)

    def _property(self, negated: bool) -> Accepts:
        end = self.text.find("}", self.at)
        name = self.text[self.at + 1 : end]
        if self.text[self.at : self.at + 1] != "{" or end < 0 or not name:
            raise ValueError(f"pattern {self.text!r}: a property")
        self.at = end + 1
        found: Accepts
        if name in BLOCKS:
            low, high = BLOCKS[name]
            found = lambda c: low <= c <= high  # noqa: E731
        elif len(name) <= 2 and name[0] in "LMNPSZC":
            found = lambda c: unicodedata.category(c).startswith(name)  # noqa: E731
        else:
            raise ValueError(f"pattern {self.text!r}: no property {name}")
        return _not(found) if negated else found

    def _set(self) -> Accepts:
        negated = self.text.startswith("^", self.at)
        self.at += negated
        accepted: list[Accepts] = []
        without: Accepts | None = None
        while not self.text.startswith("]", self.at) or not accepted:
            if self.text.startswith("-[", self.at) and accepted:
                self.at += 2
                without = self._set()
                break
            accepted.append(self._set_part())
        self.at += 1
        chosen = tuple(accepted)

        def accepts(c: str) -> bool:
            inside = any(each(c) for each in chosen) != negated
            return inside and not (without is not None and without(c))

        return accepts

    def _set_part(self) -> Accepts:
        c = self.text[self.at : self.at + 1]
        if not c or c == "[" or self.depth > 20:
            raise ValueError(f"pattern {self.text!r}: a set is open")
        self.at += 1
        if c == "\\":
            known = self.text[self.at : self.at + 1]
            found = self._class_escape()
            if known.lower() in CLASSES or known in "pP":
                return found
            c = CONTROLS.get(known, known)
        following = self.text[self.at + 1 : self.at + 2]
        if self.text.startswith("-", self.at) and following not in ("]", "[", ""):
            self.at += 1
            last = self.text[self.at]
            self.at += 1
            if last == "\\":
                last = self.text[self.at : self.at + 1]
                last = CONTROLS.get(last, last)
                self.at += 1
            if not last or last < c:
                raise ValueError(f"pattern {self.text!r}: a range in a set")
            return self._between(c, last)
        return self._is(c)

    def _between(self, low: str, high: str) -> Accepts:
        if self.fold:
            return lambda c: any(low <= each <= high for each in (c, c.lower(), c.upper(), c.lower().upper()))
        return lambda c: low <= c <= high

    def _is(self, wanted: str) -> Accepts:
        if self.fold:
            folded = wanted.casefold()
            return lambda c: c.casefold() == folded
        return lambda c: c == wanted


def without_blanks(text: str) -> str:
    """Return the pattern without its blanks, those inside sets apart."""
    kept, depth, escaped = [], 0, False
    for c in text:
        if not escaped:
            depth += (c == "[") - (c == "]")
        if depth > 0 or c not in " \t\n\r":
            kept.append(c)
        escaped = c == "\\" and not escaped
    return "".join(kept)
