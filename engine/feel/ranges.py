"""Built-in functions over ranges and points. Source: DMN 1.5, 10.3.4.11 (range functions) and 10.3.4.1 (``range``)."""

import re
from collections.abc import Callable
from typing import Any

from engine.feel import times
from engine.feel.lexer import unquoted
from engine.feel.numbers import read_number
from engine.feel.signatures import table
from engine.feel.values import Range, compare, kind

POINTS = "number|string|date|time|date and time|days and time duration|years and months duration"


def _is(sign: str, left: Any, right: Any) -> bool:
    found = compare(sign, left, right)
    if found is None:
        raise ValueError(f"a {kind(left)} and a {kind(right)} cannot be compared")
    return found


def _lt(left: Any, right: Any) -> bool:
    return _is("<", left, right)


def _eq(left: Any, right: Any) -> bool:
    return not _is("<", left, right) and not _is(">", left, right)


def _before(one: Any, other: Any) -> bool:
    end, closed = (one.end, one.end_included) if isinstance(one, Range) else (one, True)
    start, included = (other.start, other.start_included) if isinstance(other, Range) else (other, True)
    return _lt(end, start) or (not (closed and included) and _eq(end, start))


def _meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _eq(one.end, other.start)


def _touches(one: Range, other: Range) -> bool:
    """Say whether the first does not end before the second begins."""
    return _lt(other.start, one.end) or (_eq(one.end, other.start) and one.end_included and other.start_included)


def _overlaps(one: Range, other: Range) -> bool:
    return _touches(one, other) and _touches(other, one)


def _overlaps_before(one: Range, other: Range) -> bool:
    starts = _lt(one.start, other.start) or (
        _eq(one.start, other.start) and one.start_included and not other.start_included
    )
    ends = _lt(one.end, other.end) or (_eq(one.end, other.end) and (not one.end_included or other.end_included))
    return starts and _touches(one, other) and ends


def _overlaps_after(one: Range, other: Range) -> bool:
    starts = _lt(other.start, one.start) or (
        _eq(other.start, one.start) and other.start_included and not one.start_included
    )
    ends = _lt(other.end, one.end) or (_eq(other.end, one.end) and (not other.end_included or one.end_included))
    return starts and _touches(other, one) and ends


def _finishes(one: Any, other: Range) -> bool:
    if not isinstance(one, Range):
        return other.end_included and _eq(other.end, one)
    if one.end_included != other.end_included or not _eq(one.end, other.end):
        return False
    return _lt(other.start, one.start) or (
        _eq(one.start, other.start) and (not one.start_included or other.start_included)
    )


def _starts(one: Any, other: Range) -> bool:
    if not isinstance(one, Range):
        return other.start_included and _eq(other.start, one)
    if one.start_included != other.start_included or not _eq(one.start, other.start):
        return False
    return _lt(one.end, other.end) or (_eq(one.end, other.end) and (not one.end_included or other.end_included))


def _includes(one: Range, other: Any) -> bool | None:
    if not isinstance(other, Range):
        return one.holds(other)
    low = _lt(one.start, other.start) or (
        _eq(one.start, other.start) and (one.start_included or not other.start_included)
    )
    high = _lt(other.end, one.end) or (_eq(one.end, other.end) and (one.end_included or not other.end_included))
    return low and high


def _coincides(one: Any, other: Any) -> bool:
    if not isinstance(one, Range):
        return _eq(one, other)
    same = (one.start_included, one.end_included) == (other.start_included, other.end_included)
    return same and _eq(one.start, other.start) and _eq(one.end, other.end)


def _turned(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda one, other: function(other, one)


# ---- range("[1..3]")

CALL = re.compile(r'(date and time|date|time|duration)\s*\(\s*("(?:\\.|[^"\\])*")\s*\)')
ENDS = re.compile(r"\s*([\[(\]])(.*?\S.*?)\.\.(.*?\S.*?)([\])\[])\s*", re.DOTALL)
READERS: dict[str, Callable[[str], Any]] = {
    "date": times.read_date,
    "time": times.read_time,
    "date and time": times.read_moment,
    "duration": times.read_duration,
}


def _end(text: str) -> Any:
    """Return the value of a literal, or of a call with a literal; null for anything else."""
    plain = text.strip()
    if plain.startswith('"') and plain.endswith('"') and len(plain) > 1:
        return unquoted(plain)
    if plain.startswith("@"):
        return times.read_at(plain[1:].strip().strip('"'))
    found = CALL.fullmatch(plain)
    return READERS[found[1]](unquoted(found[2])) if found else read_number(plain)


def _read_range(text: str) -> Range | None:
    found = ENDS.fullmatch(text)
    if found is None:
        return None
    low, high = _end(found[2]), _end(found[3])
    if low is None or high is None or kind(low) != kind(high) or compare("<=", low, high) is not True:
        return None
    return Range(low, high, found[1] == "[", found[4] == "]")


def _with_points(name: str, function: Callable[[Any, Any], Any], *shapes: str) -> list[tuple[str, Any]]:
    return [(f"{name}({shape.replace('POINT', POINTS)})", function) for shape in (*shapes, BOTH)]


BOTH = "range1: range, range2: range"
POINT_FIRST, RANGE_FIRST = "point: POINT, range: range", "range: range, point: POINT"
TWO_POINTS = "point1: POINT, point2: POINT"
TABLE = table(
    ("range(from: string)", _read_range),
    *_with_points("before", _before, TWO_POINTS, POINT_FIRST, RANGE_FIRST),
    *_with_points("after", _turned(_before), TWO_POINTS, POINT_FIRST, RANGE_FIRST),
    *_with_points("meets", _meets),
    *_with_points("met by", _turned(_meets)),
    *_with_points("overlaps", _overlaps),
    *_with_points("overlaps before", _overlaps_before),
    *_with_points("overlaps after", _overlaps_after),
    *_with_points("finishes", _finishes, POINT_FIRST),
    *_with_points("finished by", _turned(_finishes), RANGE_FIRST),
    *_with_points("includes", _includes, RANGE_FIRST),
    *_with_points("during", _turned(_includes), POINT_FIRST),
    *_with_points("starts", _starts, POINT_FIRST),
    *_with_points("started by", _turned(_starts), RANGE_FIRST),
    *_with_points("coincides", _coincides, TWO_POINTS),
)
