"""Regular expressions of XPath, matched by backtracking that pays from the step budget.

Python's ``re`` may take years for twenty letters and cannot be stopped; here ``(a+)+$`` is refused after some
thousand steps. A pattern becomes a short program for a machine with a stack of its own, so depth is no danger.
Source: XPath and XQuery Functions 3.1, 5.6; XML Schema 2, appendix G; DMN 1.5, 10.3.4.3.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from engine.feel.budget import Steps, current
from engine.feel.pattern_reader import ENDLESS, Accepts, Part, PatternReader

PATTERN_LIMIT = 2_000
CODE_LIMIT = 5_000


class Match(NamedTuple):
    """Where a pattern matched; ``groups`` are the places of its groups, (-1, -1) for those that took no part."""

    start: int
    end: int
    groups: tuple[tuple[int, int], ...]


class Code(NamedTuple):
    """An instruction.

    ``one`` takes a character; ``many`` takes ``a`` to ``b`` of them; ``try`` goes on at ``a``, and failing that at
    ``b``; ``jump`` goes on at ``a``; ``save`` keeps the place in slot ``a``; ``moved`` fails if the place is still that
    of slot ``a``; ``back`` takes what group ``a`` took; ``start`` and ``end`` ask where the place is.
    """

    op: str
    a: int = 0
    b: int = 0
    accepts: Accepts | None = None
    lazy: bool = False


class Pattern:
    """A compiled pattern. Raises ValueError if the text is none."""

    def __init__(self, text: str, flags: str = "") -> None:
        if len(text) > PATTERN_LIMIT:
            raise ValueError(f"a pattern of more than {PATTERN_LIMIT} characters")
        if set(flags) - set("smixq"):
            raise ValueError(f"flags {flags}")
        reader = PatternReader(text, flags)
        choices = reader.whole()
        self.groups, self.slots = reader.groups, 2 * reader.groups + 2
        self.fold, self.lines = "i" in flags, "m" in flags
        self.code: list[Code] = []
        self._choices(choices)

    def matches(self, text: str) -> Iterator[Match]:
        """Yield each match, from left to right, none inside another. Raises FeelError when the budget is used up."""
        place, steps = 0, current()
        while place <= len(text):
            found = _Run(self, text, steps).at(place)
            if found is None:
                place += 1
                continue
            yield found
            place = found.end if found.end > found.start else found.end + 1

    def first(self, text: str) -> Match | None:
        """Return the first match, or None."""
        return next(self.matches(text), None)

    # ---- program

    def _emit(self, code: Code) -> int:
        if len(self.code) > CODE_LIMIT:
            raise ValueError("a pattern with too many repetitions")
        self.code.append(code)
        return len(self.code) - 1

    def _choices(self, choices: tuple[tuple[Part, ...], ...]) -> None:
        ends = []
        for number, parts in enumerate(choices):
            last = number == len(choices) - 1
            choice = None if last else self._emit(Code("try"))
            for part in parts:
                self._part(part)
            if choice is not None:
                ends.append(self._emit(Code("jump")))
                self.code[choice] = Code("try", choice + 1, len(self.code))
        for end in ends:
            self.code[end] = Code("jump", len(self.code))

    def _part(self, part: Part) -> None:
        if part.kind == "one":
            single = part.low == part.high == 1
            self._emit(Code("one" if single else "many", part.low, part.high, part.accepts, part.lazy))
            return
        for _ in range(part.low):
            self._once(part)
        if part.high == ENDLESS:
            self._endless(part)
            return
        choices = []
        for _ in range(part.high - part.low):
            choices.append(self._emit(Code("try")))
            self._once(part)
        for choice in choices:
            self._try(choice, choice + 1, len(self.code), part.lazy)

    def _endless(self, part: Part) -> None:
        slot, self.slots = self.slots, self.slots + 1
        choice = self._emit(Code("try"))
        self._emit(Code("save", slot))
        self._once(part)
        # a turn that takes nothing would go on for ever
        self._emit(Code("moved", slot))
        self._emit(Code("jump", choice))
        self._try(choice, choice + 1, len(self.code), part.lazy)

    def _try(self, at: int, inside: int, outside: int, lazy: bool) -> None:
        self.code[at] = Code("try", outside, inside) if lazy else Code("try", inside, outside)

    def _once(self, part: Part) -> None:
        if part.kind != "group":
            self._emit(Code(part.kind, part.number))
            return
        if part.number:
            self._emit(Code("save", 2 * part.number))
        self._choices(part.choices)
        if part.number:
            self._emit(Code("save", 2 * part.number + 1))


@lru_cache(maxsize=512)
def compiled(text: str, flags: str = "") -> Pattern:
    """Return the compiled pattern. Raises ValueError if it is none."""
    return Pattern(text, flags)


class _Run:
    """One attempt to match. The stack holds what to do when the way that was taken fails."""

    def __init__(self, pattern: Pattern, text: str, steps: Steps) -> None:
        self.pattern, self.text, self.steps = pattern, text, steps
        self.slots = [-1] * pattern.slots
        #: ("go", code, place), ("slot", slot, its former place), ("many", code, place, the least place)
        self.stack: list[tuple[str, int, int, int]] = []

    def at(self, place: int) -> Match | None:
        """Return the match that begins at the place, or None. Raises FeelError when the budget is used up."""
        start, at, program = place, 0, self.pattern.code
        while at < len(program):
            self.steps.spend(3)
            code = program[at]
            if code.op == "try":
                self.stack.append(("go", code.b, place, 0))
                at = code.a
                continue
            if code.op == "jump":
                at = code.a
                continue
            place = self._step(code, at, place)
            at += 1
            if place < 0:
                at, place = self._back()
                if at < 0:
                    return None
        ends = self.slots
        found = ((ends[2 * n], ends[2 * n + 1]) for n in range(1, self.pattern.groups + 1))
        return Match(start, place, tuple(each if each[1] >= 0 else (-1, -1) for each in found))

    def _back(self) -> tuple[int, int]:
        """Return where another way goes on, and its place; -1 if there is none."""
        while self.stack:
            kind, at, place, least = self.stack.pop()
            if kind == "slot":
                self.slots[at] = place
            elif kind == "go":
                return at, place
            elif kind == "many":
                if place > least:
                    self.stack.append(("many", at, place - 1, least))
                return at, place
            else:
                found = self._more(at, place, least)
                if found >= 0:
                    return at + 1, found
        return -1, -1

    def _step(self, code: Code, at: int, place: int) -> int:
        """Return the place behind what the instruction takes, -1 if it fails."""
        if code.op == "one":
            assert code.accepts is not None
            return place + 1 if place < len(self.text) and code.accepts(self.text[place]) else -1
        if code.op == "many":
            return self._many(code, at, place)
        if code.op == "save":
            self.stack.append(("slot", code.a, self.slots[code.a], 0))
            self.slots[code.a] = place
            return place
        if code.op == "moved":
            return place if self.slots[code.a] != place else -1
        return self._place(code, place)

    def _place(self, code: Code, place: int) -> int:
        text, lines = self.text, self.pattern.lines
        if code.op == "start":
            return place if place == 0 or (lines and text[place - 1] == "\n") else -1
        if code.op == "end":
            return place if place == len(text) or (lines and text[place] == "\n") else -1
        start, end = self.slots[2 * code.a], self.slots[2 * code.a + 1]
        piece = text[start:end] if end >= 0 else ""
        found = text[place : place + len(piece)]
        same = found.casefold() == piece.casefold() if self.pattern.fold else found == piece
        return place + len(piece) if same else -1

    def _many(self, code: Code, at: int, place: int) -> int:
        """Take as many characters as there are, or as few as must be, and remember that others may do."""
        assert code.accepts is not None
        limit = min(len(self.text) - place, code.a if code.lazy else code.b)
        count = 0
        while count < limit and code.accepts(self.text[place + count]):
            count += 1
        self.steps.spend(count)
        if count < code.a:
            return -1
        if code.lazy:
            self.stack.append(("lazy", at, place + count, place + code.b))
        elif count > code.a:
            self.stack.append(("many", at + 1, place + count - 1, place + code.a))
        return place + count

    def _more(self, at: int, place: int, most: int) -> int:
        """Take one character more than before, in a repetition that takes as few as it can; -1 if it cannot."""
        accepts = self.pattern.code[at].accepts
        assert accepts is not None
        if place >= min(most, len(self.text)) or not accepts(self.text[place]):
            return -1
        self.stack.append(("lazy", at, place + 1, most))
        return place + 1
