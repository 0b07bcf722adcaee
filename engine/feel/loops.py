"""``for``, ``some``, ``every`` and filters, each step counted against a budget."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine.feel.values import FeelError, is_number

STEP_LIMIT = 100_000

Run = Callable[[Mapping[str, Any]], Any]
Iterators = Sequence[tuple[str, Run, Run | None]]


class Steps:
    """Counts the steps of one evaluation."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def one(self) -> None:
        """Count a step. Raises FeelError when the budget is used up."""
        self.count += 1
        if self.count > STEP_LIMIT:
            raise FeelError(f"more than {STEP_LIMIT} steps")


def _passes(iterators: Iterators, seen: Mapping[str, Any], steps: Steps) -> Iterator[dict[str, Any]]:
    """Yield the variables of each pass, the last iterator running fastest."""
    if not iterators:
        steps.one()
        yield dict(seen)
        return
    (name, start, end), rest = iterators[0], iterators[1:]
    for value in _values(start(seen), end(seen) if end else None, end is not None):
        steps.one()
        yield from _passes(rest, {**seen, name: value}, steps)


def _values(start: Any, end: Any, is_range: bool) -> Sequence[Any]:
    if is_range:
        if type(start) is not int or type(end) is not int:
            return ()
        return range(start, end + 1) if start <= end else range(start, end - 1, -1)
    return start if isinstance(start, list) else () if start is None else (start,)


def _collect(iterators: Iterators, body: Run, seen: Mapping[str, Any], steps: Steps) -> list[Any]:
    found: list[Any] = []
    for inner in _passes(iterators, seen, steps):
        inner["partial"] = found
        found.append(body(inner))
    return found


def _some(iterators: Iterators, body: Run, seen: Mapping[str, Any], steps: Steps) -> bool | None:
    result: bool | None = False
    for inner in _passes(iterators, seen, steps):
        value = body(inner)
        if value is True:
            return True
        result = None if value is not False else result
    return result


def _every(iterators: Iterators, body: Run, seen: Mapping[str, Any], steps: Steps) -> bool | None:
    result: bool | None = True
    for inner in _passes(iterators, seen, steps):
        value = body(inner)
        if value is False:
            return False
        result = None if value is not True else result
    return result


LOOPS: dict[str, Callable[[Iterators, Run, Mapping[str, Any], Steps], Any]] = {
    "for_loop": _collect,
    "some_loop": _some,
    "every_loop": _every,
}


def filtered(items: Any, condition: Run, seen: Mapping[str, Any]) -> Any:
    """Return the item at a position (from 1, or from the end when negative), or the items for which it is true."""
    found = items if isinstance(items, list) else [] if items is None else [items]
    first = condition({**seen, "item": found[0] if found else None, **_entries(found[0] if found else None)})
    if is_number(first):
        position = int(first)
        inside = 0 < abs(position) <= len(found)
        return found[position - 1 if position > 0 else position] if inside else None
    steps, kept = Steps(), []
    for item in found:
        steps.one()
        if condition({**seen, "item": item, **_entries(item)}) is True:
            kept.append(item)
    return kept


def _entries(item: Any) -> Mapping[str, Any]:
    return item if isinstance(item, dict) else {}
