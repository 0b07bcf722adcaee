"""``for``, ``some``, ``every`` and filters, each turn counted against the budget. Source: DMN 1.5, 10.3.2.10 to .14."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.feel.budget import checked_list, spend, turn, warn
from engine.feel.calendar import date_at, day_number
from engine.feel.values import Range, is_number, kind, whole

Values = Mapping[str, Any]
Run = Callable[[Values], Any]
Iterators = Sequence[tuple[str, Run, Run | None]]


class NothingToIterate(Exception):
    """What stands behind ``in`` has no items."""


def _passes(iterators: Iterators, seen: Values, weight: int) -> Iterator[dict[str, Any]]:
    """Yield the variables of each pass, the last iterator running fastest; each pays for so many nodes."""
    if not iterators:
        yield dict(seen)
        return
    (name, start, end), rest = iterators[0], iterators[1:]
    items = _between(start(seen), end(seen)) if end is not None else _items(start(seen))
    for value in items:
        turn(seen, weight)
        if rest:
            yield from _passes(rest, {**seen, name: value}, weight)
        else:
            yield {**seen, name: value}


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        if value.sign or kind(value.start) == "null":
            raise NothingToIterate
        found = whole_ends(value.start, value.end)
        if found is None or found[0] > found[1]:
            warn("a range of a {} has no items to iterate over", kind(value.start))
            raise NothingToIterate
        return _between(value.start, value.end, not value.start_included, not value.end_included)
    if value is None:
        warn("null has no items to iterate over")
        raise NothingToIterate
    return (value,)


def whole_ends(start: Any, end: Any) -> tuple[int, int] | None:
    """Return the ends as whole numbers, those of days for dates; None for other ends."""
    if kind(start) == kind(end) == "date":
        return day_number(start), day_number(end)
    if is_number(start) and is_number(end):
        first, last = whole(start), whole(end)
        if first is not None and last is not None and first == start and last == end:
            return first, last
    return None


def _between(start: Any, end: Any, open_start: bool = False, open_end: bool = False) -> Iterable[Any]:
    ends = whole_ends(start, end)
    if ends is None:
        warn("a {} and a {} are no ends to iterate between", kind(start), kind(end))
        raise NothingToIterate
    step = 1 if ends[0] <= ends[1] else -1
    numbers = range(ends[0] + step * open_start, ends[1] + step * (not open_end), step)
    return map(_day, numbers) if kind(start) == "date" else numbers


def _day(number: int) -> Any:
    # dates cost more to make than numbers
    spend(5)
    return date_at(number)


def collect(iterators: Iterators, body: Run, seen: Values, weight: int, partial: bool) -> Any:
    """Return the value of each pass as a list; ``partial`` tells whether the body looks at what is there so far."""
    found: list[Any] = []
    try:
        for inner in _passes(iterators, seen, weight):
            if partial:
                spend(len(found) >> 4)
                inner["partial"] = list(found)
            found.append(body(inner))
    except NothingToIterate:
        return None
    return checked_list(found)


def some(iterators: Iterators, body: Run, seen: Values, weight: int, partial: bool) -> bool | None:
    """Return whether one pass is true; null if none is and one is no boolean."""
    return _quantified(iterators, body, seen, weight, True)


def every(iterators: Iterators, body: Run, seen: Values, weight: int, partial: bool) -> bool | None:
    """Return whether all passes are true; null if none is false and one is no boolean."""
    return _quantified(iterators, body, seen, weight, False)


def _quantified(iterators: Iterators, body: Run, seen: Values, weight: int, wanted: bool) -> bool | None:
    result: bool | None = not wanted
    try:
        for inner in _passes(iterators, seen, weight):
            value = body(inner)
            if isinstance(value, bool) and value is wanted:
                return wanted
            if value is None:
                result = None
            elif not isinstance(value, bool):
                warn("a {} where a boolean is needed", kind(value))
                return None
    except NothingToIterate:
        return None
    return result


LOOPS: dict[str, Callable[[Iterators, Run, Values, int, bool], Any]] = {"for": collect, "some": some, "every": every}


def filtered(items: Any, condition: Run, seen: Values, weight: int) -> Any:
    """Return the item at a position (from 1, or from the end when negative), or the items for which it is true."""
    if items is None:
        warn("null has no items to filter")
        return None
    found = items if isinstance(items, list) else [items]
    kept = []
    if not found:
        return None if is_number(condition({**seen, "item": None})) else []
    for number, item in enumerate(found):
        turn(seen, weight)
        inner = {**seen, "item": item, **item} if isinstance(item, dict) else {**seen, "item": item}
        fits = condition(inner)
        if fits is True:
            kept.append(item)
        elif fits is not False and fits is not None:
            if number == 0 and is_number(fits):
                return at_position(found, fits)
            warn("a filter gives a {} where a boolean is needed", kind(fits))
            return None
    return kept


def at_position(items: list[Any], position: Any) -> Any:
    """Return the item at the position, null outside the list."""
    place = whole(position)
    if not place or abs(place) > len(items):
        warn("a list of {} has nothing at {}", len(items), position)
        return None
    return items[place - 1 if place > 0 else place]
