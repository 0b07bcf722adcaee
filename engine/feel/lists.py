"""Built-in functions over lists and contexts. Source: DMN 1.5, 10.3.4.4, 10.3.4.9 (sort), 10.3.4.10 (contexts)."""

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

from engine.feel.budget import checked_list, size, spend
from engine.feel.numbers import ordered
from engine.feel.signatures import table
from engine.feel.values import Function, equal, kind, number, whole


def _all(items: list[Any]) -> bool | None:
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def _any(items: list[Any]) -> bool | None:
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def _place(items: list[Any], position: Any) -> int:
    """Return the index of a position, from 1, or from the end when negative. Raises IndexError outside the list."""
    found = whole(position)
    if not found or abs(found) > len(items):
        raise IndexError("a position outside the list")
    return found - 1 if found > 0 else len(items) + found


def _sublist(items: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    first = _place(items, start)
    if length is None:
        return items[first:]
    count = whole(length)
    return items[first : first + count] if count and 0 < count <= len(items) - first else None


def _index_of(items: list[Any], wanted: Any) -> list[int]:
    return [n for n, item in enumerate(items, 1) if equal(item, wanted) is True]


def distinct(items: list[Any]) -> list[Any]:
    """Return the items without those that equal an earlier one."""
    found: list[Any] = []
    seen: set[Any] = set()
    for item in items:
        if kind(item) in ("string", "boolean", "number"):
            key = (kind(item), number(item))
            if key not in seen:
                seen.add(key)
                found.append(item)
            continue
        spend(3 * len(found))
        if not any(equal(item, other) is True for other in found if kind(other) == kind(item)):
            found.append(item)
    return found


def _flatten(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    spend(size(items))
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
        else:
            waiting.pop()
    return flat


def _as_lists(items: list[Any]) -> list[list[Any]]:
    if any(item is None for item in items):
        raise ValueError("null is no list")
    return [item if isinstance(item, list) else [item] for item in items]


def _concatenate(lists: list[Any]) -> list[Any]:
    found = []
    for each in _as_lists(lists):
        spend(len(each))
        found.extend(each)
    return found


def _insert(items: list[Any], position: Any, value: Any) -> list[Any]:
    place = _place(items, position)
    return [*items[:place], value, *items[place:]]


def _remove(items: list[Any], position: Any) -> list[Any]:
    place = _place(items, position)
    return items[:place] + items[place + 1 :]


def _replace(items: list[Any], position: Any, value: Any) -> list[Any]:
    place = _place(items, position)
    return [*items[:place], value, *items[place + 1 :]]


def _replace_matching(items: list[Any], match: Function, value: Any) -> list[Any] | None:
    if len(match.parameters) != 2:
        return None
    fits = [match.call([item, value]) for item in items]
    if not all(isinstance(fit, bool) for fit in fits):
        return None
    return [value if fit else item for fit, item in zip(fits, items, strict=True)]


def _sort(items: list[Any], precedes: Function | None = None) -> list[Any] | None:
    if precedes is None:
        return ordered(items)
    if len(precedes.parameters) != 2:
        return None

    def order(left: Any, right: Any) -> int:
        spend(4)
        before = precedes.call([left, right])
        if not isinstance(before, bool):
            raise ValueError("the precedence of two items is no boolean")
        return -1 if before else int(precedes.call([right, left]) is True)

    return sorted(items, key=cmp_to_key(order))


# ---- contexts


def _entries(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": value} for name, value in context.items()]


def _context(entries: list[Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for entry in entries:
        name = entry["key"]
        if not isinstance(name, str) or name in found:
            return None
        found[name] = entry["value"]
    return found


def _value_at(context: Mapping[str, Any], keys: list[Any]) -> Any:
    found: Any = context
    for key in keys:
        if not isinstance(key, str) or not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if keys else None


def _put_at(context: Mapping[str, Any], keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if not isinstance(inner, dict):
        return None
    spend(len(inner))
    changed = _put_at(inner, keys[1:], value)
    return {**context, keys[0]: changed} if changed is not None else None


def _merge(contexts: list[Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for each in contexts:
        if not isinstance(each, dict):
            return None
        found.update(each)
    return found


TABLE = table(
    ("list contains(list: list, element: any)", lambda items, one: any(equal(item, one) is True for item in items)),
    ("list replace(list: list, position: number, newItem: any)", _replace),
    ("list replace(list: list, match: function, newItem: any)", _replace_matching),
    ("count(list...: list)", len),
    ("all(list...: list)", _all),
    ("any(list...: list)", _any),
    ("sublist(list: list, start position: number, length?: number|null)", _sublist),
    ("append(list: list, item...: any)", lambda items, more: [*items, *more]),
    ("concatenate(list...: any)", _concatenate),
    ("insert before(list: list, position: number, newItem: any)", _insert),
    ("remove(list: list, position: number)", _remove),
    ("reverse(list: list)", lambda items: items[::-1]),
    ("index of(list: list, match: any)", _index_of),
    ("union(list...: any)", lambda lists: distinct(checked_list(_concatenate(lists)))),
    ("distinct values(list: list)", distinct),
    ("flatten(list: list)", _flatten),
    ("sort(list: list, precedence?: function)", _sort),
    ("get value(m: context, key: string)", lambda context, key: context.get(key)),
    ("get value(m: context, keys: list)", _value_at),
    ("get entries(m: context)", _entries),
    ("context(entries: list)", _context),
    ("context put(context: context, key: string, value: any)", lambda one, key, value: {**one, key: value}),
    ("context put(context: context, keys: list, value: any)", _put_at),
    ("context merge(contexts: list)", _merge),
)
