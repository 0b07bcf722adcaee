"""Built-in functions over texts, and how a value is written. Source: DMN 1.5, 10.3.4.3; 10.3.4.1 (``string``)."""

import re
from decimal import Decimal
from typing import Any

from engine.feel import times
from engine.feel.budget import TEXT_LIMIT, FeelError, spend
from engine.feel.lexer import WORD
from engine.feel.patterns import Match, compiled
from engine.feel.signatures import table
from engine.feel.values import CONTEXT, Function, Range, number, whole

GROUP = re.compile(r"\\(.)|\$(\d+)|(\\|\$)", re.DOTALL)


def text_of(value: Any, quoted: bool = False) -> str | None:
    """Return the value as FEEL's ``string()`` shows it; ``quoted`` inside lists and contexts."""
    spend(4)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if quoted else value
    if value is None:
        return "null" if quoted else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return number_text(value)
    if isinstance(value, list):
        return _joined([text_of(each, True) or "" for each in value], "[", "]")
    if isinstance(value, dict):
        return _joined([f"{_key(name)}: {text_of(each, True)}" for name, each in value.items()], "{", "}")
    if isinstance(value, Range):
        return _range_text(value)
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters)})"
    return times.temporal_text(value)


def _joined(parts: list[str], first: str, last: str) -> str:
    if sum(map(len, parts)) > TEXT_LIMIT:
        raise FeelError(f"a text of more than {TEXT_LIMIT} characters")
    return f"{first}{', '.join(parts)}{last}"


def _key(name: str) -> str:
    found = WORD.fullmatch(name)
    return name if found else text_of(name, True) or ""


def _range_text(value: Range) -> str:
    if value.sign:
        return f"({value.sign} {text_of(value.end if value.start is None else value.start, True)})"
    first, last = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{first}{text_of(value.start, True)}..{text_of(value.end, True)}{last}"


def number_text(value: Any) -> str:
    """Return a number in plain digits, without an exponent and without zeros that say nothing."""
    found = number(value)
    if isinstance(found, int):
        return str(found)
    text = f"{CONTEXT.normalize(found):f}" if found else "0"
    return text


def _substring(text: str, start: Any, length: Any = None) -> str | None:
    first, count = whole(start), whole(length) if length is not None else None
    if not first or abs(first) > len(text) or (length is not None and (count is None or count < 1)):
        return None
    begin = first - 1 if first > 0 else len(text) + first
    return text[begin:] if count is None else text[begin : begin + count]


def _before(text: str, mark: str) -> str:
    found = text.find(mark)
    return text[:found] if found > 0 else ""


def _after(text: str, mark: str) -> str:
    found = text.find(mark)
    return text[found + len(mark) :] if found >= 0 else ""


def _matches(text: str, pattern: str, flags: str | None = None) -> bool:
    return compiled(pattern, flags or "").first(text) is not None


def _replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    made = compiled(pattern, flags or "")
    literal = "q" in (flags or "")
    if made.first("") is not None:
        raise ValueError("a pattern that matches the empty text")
    parts, place, length = [], 0, 0
    for found in made.matches(text):
        new = replacement if literal else _filled(replacement, text, found)
        parts += [text[place : found.start], new]
        place, length = found.end, length + len(new)
        if length > TEXT_LIMIT:
            raise FeelError(f"a text of more than {TEXT_LIMIT} characters")
    return "".join([*parts, text[place:]])


def _filled(replacement: str, text: str, found: Match) -> str:
    def group(mark: re.Match[str]) -> str:
        if mark[1]:
            if mark[1] not in "\\$":
                raise ValueError("a backslash in a replacement stands before \\ or $ only")
            return mark[1]
        if mark[3]:
            raise ValueError("a $ in a replacement stands before the number of a group")
        digits = mark[2]
        count = len(digits)
        while count > 1 and int(digits[:count]) > len(found.groups):
            count -= 1
        number = int(digits[:count])
        start, end = (found.start, found.end) if number == 0 else (-1, -1)
        if 0 < number <= len(found.groups):
            start, end = found.groups[number - 1]
        return (text[start:end] if start >= 0 else "") + digits[count:]

    return GROUP.sub(group, replacement)


def _split(text: str, delimiter: str) -> list[str] | None:
    made = compiled(delimiter)
    if made.first("") is not None:
        raise ValueError("a delimiter that matches the empty text")
    parts, place = [], 0
    for found in made.matches(text):
        parts.append(text[place : found.start])
        place = found.end
    return [*parts, text[place:]]


def _join(items: list[Any], delimiter: str | None = None) -> str | None:
    if not all(item is None or isinstance(item, str) for item in items):
        return None
    texts = [item for item in items if item is not None]
    mark = delimiter or ""
    if sum(map(len, texts)) + len(mark) * len(texts) > TEXT_LIMIT:
        raise FeelError(f"a text of more than {TEXT_LIMIT} characters")
    return mark.join(texts)


TABLE = table(
    ("string(from: any)", text_of),
    ("substring(string: string, start position: number, length?: number|null)", _substring),
    ("string length(string: string)", len),
    ("upper case(string: string)", lambda text: text.upper()),
    ("lower case(string: string)", lambda text: text.lower()),
    ("substring before(string: string, match: string)", _before),
    ("substring after(string: string, match: string)", _after),
    ("replace(input: string, pattern: string, replacement: string, flags?: string|null)", _replace),
    ("contains(string: string, match: string)", lambda text, match: match in text),
    ("starts with(string: string, match: string)", lambda text, match: text.startswith(match)),
    ("ends with(string: string, match: string)", lambda text, match: text.endswith(match)),
    ("matches(input: string, pattern: string, flags?: string|null)", _matches),
    ("split(string: string, delimiter: string)", _split),
    ("string join(list: list, delimiter?: string|null)", _join),
    ("trim(string: string)", lambda text: text.strip()),
)
