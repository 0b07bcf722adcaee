"""The built-in functions, and the house's own. A wrong argument gives null. Source: DMN 1.5, clause 10.3.4."""

import re
import statistics
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel import arithmetic, times
from engine.feel.values import compare, equal, is_number, number, tidy


def _items(values: tuple[Any, ...]) -> list[Any]:
    return values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)


def _round(mode: str) -> Callable[..., Any]:
    def rounded(value: Any, scale: Any = 0) -> Any:
        step = Decimal(1).scaleb(-int(scale))
        return tidy(Decimal(number(value)).quantize(step, rounding=mode))

    return rounded


def _total(*values: Any) -> Any:
    items = _items(values)
    if not items or not all(map(is_number, items)):
        return None
    total: Any = 0
    for item in items:
        total = arithmetic.add(total, item)
    return total


def _extreme(operator: str) -> Callable[..., Any]:
    def extreme(*values: Any) -> Any:
        items = _items(values)
        if not items:
            return None
        best = items[0]
        for item in items[1:]:
            better = compare(operator, item, best)
            if better is None:
                return None
            best = item if better else best
        return best

    return extreme


def _all(*values: Any) -> bool | None:
    items = _items(values)
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def _any(*values: Any) -> bool | None:
    items = _items(values)
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    if start == 0 or abs(start) > len(text):
        return None
    first = start - 1 if start > 0 else len(text) + start
    return text[first:] if length is None else text[first : first + length]


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if not any(equal(item, other) is True for other in found):
            found.append(item)
    return found


def _flatten(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in items:
        flat.extend(_flatten(item) if isinstance(item, list) else [item])
    return flat


def _sublist(items: list[Any], start: int, length: int | None = None) -> list[Any] | None:
    if start == 0 or abs(start) > len(items):
        return None
    first = start - 1 if start > 0 else len(items) + start
    return items[first:] if length is None else items[first : first + length]


def _number(text: Any) -> Any:
    if not isinstance(text, str) or not re.fullmatch(r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", text.strip()):
        return text if is_number(text) else None
    return tidy(Decimal(text.strip()))


def text_of(value: Any) -> str | None:
    """Return the value as FEEL's ``string()`` shows it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.to_text() if hasattr(value, "to_text") else str(value)


def _date(value: Any, month: Any = None, day: Any = None) -> date | None:
    if month is not None:
        return date(int(value), int(month), int(day))
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else times.read_date(value)


def _moment(value: Any, clock: Any = None) -> datetime | None:
    if isinstance(clock, time):
        return datetime.combine(value, clock)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return times.read_moment(value)


def _without(items: list[Any], position: int) -> list[Any]:
    index = position - 1 if position > 0 else len(items) + position
    return items[:index] + items[index + 1 :]


def _matches(text: str, pattern: str) -> bool:
    if len(pattern) > 200 or len(text) > 10_000 or re.search(r"[*+}]\)?[*+{]", pattern):
        raise ValueError("pattern")
    return re.search(pattern, text) is not None


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "not": lambda value: (not value) if isinstance(value, bool) else None,
    "number": _number,
    "string": text_of,
    "date": _date,
    "time": lambda value: value.timetz() if isinstance(value, datetime) else times.read_time(value),
    "date and time": _moment,
    "duration": times.read_duration,
    "substring": _substring,
    "string length": len,
    "upper case": lambda text: text.upper(),
    "lower case": lambda text: text.lower(),
    "substring before": lambda text, mark: text.split(mark, 1)[0] if mark in text else "",
    "substring after": lambda text, mark: text.split(mark, 1)[1] if mark in text else "",
    "contains": lambda text, mark: mark in text if isinstance(text, str) else None,
    "starts with": lambda text, mark: text.startswith(mark),
    "ends with": lambda text, mark: text.endswith(mark),
    "matches": _matches,
    "split": lambda text, mark: text.split(mark),
    "string join": lambda items, mark="": mark.join(item for item in items if item is not None),
    "trim": lambda text: text.strip(),
    "list contains": lambda items, value: any(equal(item, value) is True for item in items),
    "count": lambda *values: len(_items(values)),
    "min": _extreme("<"),
    "max": _extreme(">"),
    "sum": _total,
    "mean": lambda *values: arithmetic.divide(_total(*values), len(_items(values))),
    "median": lambda *values: tidy(Decimal(statistics.median(_items(values)))),
    "all": _all,
    "any": _any,
    "sublist": _sublist,
    "append": lambda items, *more: [*items, *more],
    "concatenate": lambda *lists: [item for each in lists for item in each],
    "insert before": lambda items, position, value: [*items[: position - 1], value, *items[position - 1 :]],
    "remove": _without,
    "reverse": lambda items: items[::-1],
    "index of": lambda items, value: [n for n, item in enumerate(items, 1) if equal(item, value) is True],
    "union": lambda *lists: _distinct([item for each in lists for item in each]),
    "distinct values": _distinct,
    "flatten": _flatten,
    "decimal": _round(ROUND_HALF_EVEN),
    "floor": _round(ROUND_FLOOR),
    "ceiling": _round(ROUND_CEILING),
    "round half up": _round(ROUND_HALF_UP),
    "abs": abs,
    "modulo": lambda a, b: tidy(Decimal(a) - Decimal(b) * (Decimal(a) / Decimal(b)).to_integral_value(ROUND_FLOOR)),
    "sqrt": lambda value: tidy(Decimal(value).sqrt()),
    "odd": lambda value: value % 2 == 1,
    "even": lambda value: value % 2 == 0,
    "day of week": lambda day: f"{day:%A}",
    "month of year": lambda day: f"{day:%B}",
    "week of year": lambda day: day.isocalendar().week,
    "get value": lambda entries, name: entries.get(name),
    "get entries": lambda entries: [{"key": name, "value": value} for name, value in entries.items()],
    "context put": lambda entries, name, value: {**entries, name: value},
    "is defined": lambda value: value is not None,
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
}


def _now(variables: Mapping[str, Any]) -> datetime | None:
    moment = variables.get("$now")
    return moment.astimezone(ZoneInfo(variables.get("$zone") or "UTC")) if moment else None


def _today(variables: Mapping[str, Any]) -> date | None:
    moment = _now(variables)
    return moment.date() if moment else None


def _working_time_after(variables: Mapping[str, Any], start: Any, value: Any, unit: Any) -> Any:
    calendar = variables.get("$calendar")
    moment = times.read_moment(start) if isinstance(start, str) else start
    return calendar.after(moment, value, unit) if calendar is not None and moment else None


#: functions that also need what surrounds the expression: the moment, the zone, the calendar
SURROUNDED: Mapping[str, Callable[..., Any]] = {
    "now": _now,
    "today": _today,
    "working time after": _working_time_after,
}
