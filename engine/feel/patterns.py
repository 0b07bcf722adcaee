"""Regular expressions of XPath, matched by backtracking that pays from the step budget.

Python's ``re`` may take years for twenty letters and cannot be stopped; here ``(a+)+$`` is refused after a few
thousand steps. Source: XPath and XQuery Functions 3.1, 5.6; XML Schema 2, appendix G; DMN 1.5, 10.3.4.3.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from engine.feel.budget import FeelError, spend
from engine.feel.pattern_reader import Part, PatternReader

PATTERN_LIMIT = 500


class Match(NamedTuple):
    """Where a pattern matched; ``groups`` are the places of its groups, (-1, -1) for those that took no part."""

    start: int
    end: int
    groups: tuple[tuple[int, int], ...]


class Pattern:
    """A compiled pattern."""

    def __init__(self, text: str, flags: str = "") -> None:
        if len(text) > PATTERN_LIMIT:
            raise ValueError(f"a pattern of more than {PATTERN_LIMIT} characters")
        if set(flags) - set("smixq"):
            raise ValueError(f"flags {flags}")
        reader = PatternReader(text, flags)
        self.choices = reader.whole()
        self.groups = reader.groups
        self.fold, self.lines = "i" in flags, "m" in flags

    def matches(self, text: str) -> Iterator[Match]:
        """Yield each match, from left to right, none inside another. Raises FeelError when the budget is used up."""
        run = _Run(self, text)
        place = 0
        while place <= len(text):
            found = run.at(place)
            if found is None:
                place += 1
                continue
            yield found
            place = found.end if found.end > found.start else found.end + 1

    def first(self, text: str) -> Match | None:
        """Return the first match, or None."""
        return next(self.matches(text), None)


@lru_cache(maxsize=512)
def compiled(text: str, flags: str = "") -> Pattern:
    """Return the compiled pattern. Raises ValueError if it is none."""
    return Pattern(text, flags)


# ---- matching

Then = Callable[[int], int]


class _Run:
    def __init__(self, pattern: Pattern, text: str) -> None:
        self.pattern, self.text = pattern, text
        self.groups: list[tuple[int, int]] = []

    def at(self, place: int) -> Match | None:
        """Return the match that begins at the place, or None."""
        self.groups = [(-1, -1)] * (self.pattern.groups + 1)
        try:
            end = self._choice(self.pattern.choices, place, lambda end: end)
        except RecursionError:
            raise FeelError("a pattern that goes too deep") from None
        return Match(place, end, tuple(self.groups[1:])) if end >= 0 else None

    def _choice(self, choices: tuple[tuple[Part, ...], ...], place: int, then: Then) -> int:
        for parts in choices:
            end = self._parts(parts, 0, place, then)
            if end >= 0:
                return end
        return -1

    def _parts(self, parts: tuple[Part, ...], index: int, place: int, then: Then) -> int:
        if index == len(parts):
            return then(place)
        part = parts[index]
        after: Then = lambda end: self._parts(parts, index + 1, end, then)  # noqa: E731
        if part.kind == "one":
            return self._ones(part, place, after)
        return self._repeated(part, 0, place, after)

    def _ones(self, part: Part, place: int, then: Then) -> int:
        """Match a repeated single character: no recursion for its turns."""
        accepts, text = part.accepts, self.text
        assert accepts is not None
        limit = min(len(text) - place, part.high)
        if part.lazy:
            return self._few(part, place, limit, then)
        count = 0
        while count < limit and accepts(text[place + count]):
            count += 1
            spend()
        spend()
        while count >= part.low:
            end = then(place + count)
            if end >= 0:
                return end
            count -= 1
            spend()
        return -1

    def _few(self, part: Part, place: int, limit: int, then: Then) -> int:
        assert part.accepts is not None
        count = 0
        while True:
            spend()
            if count >= part.low:
                end = then(place + count)
                if end >= 0:
                    return end
            if count >= limit or not part.accepts(self.text[place + count]):
                return -1
            count += 1

    def _repeated(self, part: Part, turns: int, place: int, then: Then) -> int:
        spend()

        def again(end: int) -> int:
            # a turn that takes nothing would go on for ever
            return then(end) if end == place and turns >= part.low else self._repeated(part, turns + 1, end, then)

        if turns < part.low:
            return self._once(part, place, again)
        if part.lazy:
            end = then(place)
            return end if end >= 0 or turns >= part.high else self._once(part, place, again)
        if turns < part.high:
            end = self._once(part, place, again)
            if end >= 0:
                return end
        return then(place)

    def _once(self, part: Part, place: int, then: Then) -> int:
        if part.kind == "group":
            return self._group(part, place, then)
        if part.kind == "back":
            start, end = self.groups[part.number]
            piece = self.text[start:end] if start >= 0 else ""
            found = self.text[place : place + len(piece)]
            same = found.casefold() == piece.casefold() if self.pattern.fold else found == piece
            return then(place + len(piece)) if same else -1
        if part.kind == "start":
            fits = place == 0 or (self.pattern.lines and self.text[place - 1] == "\n")
        else:
            fits = place == len(self.text) or (self.pattern.lines and self.text[place] == "\n")
        return then(place) if fits else -1

    def _group(self, part: Part, place: int, then: Then) -> int:
        if not part.number:
            return self._choice(part.choices, place, then)
        before = self.groups[part.number]

        def close(end: int) -> int:
            inner = self.groups[part.number]
            self.groups[part.number] = (place, end)
            found = then(end)
            if found < 0:
                self.groups[part.number] = inner
            return found

        found = self._choice(part.choices, place, close)
        if found < 0:
            self.groups[part.number] = before
        return found
