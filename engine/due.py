"""``muster due``: a deadline asked for in advance, one or many. Not here: the limits of a running case."""

import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from engine.calendar_files import read_calendar
from engine.deadlines import Limit, Run, due_at
from engine.errors import InvalidError
from engine.working_time import Calendar

CALENDAR = Path(__file__).resolve().parent.parent / "processes" / "calendar" / "cn_holidays_2004_2026.csv"
#: what can be asked: a limit of ten years of hours, in years that somebody who works now lives to see
MOST, YEARS = 87_600, range(1990, 2101)
EXTENSIONS = 2


@dataclass(frozen=True, slots=True)
class Question:
    """A deadline that is asked for; moments are aware."""

    value: Decimal
    unit: str
    start: datetime
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    extensions: int = 0


def deadline(calendar: Calendar, question: Question) -> datetime:
    """Return the deadline in the calendar's zone.

    A pause keeps the remaining time of the limit's own unit, which continues when the pause ends; an extension adds
    the original limit once more. Raises InvalidError if the calendar lacks a year, a pause ends before it begins, or
    there are more than two extensions.
    """
    if question.extensions > EXTENSIONS:
        raise InvalidError(problems={"--extend": f"at most {EXTENSIONS} extensions"})
    limit = Limit(question.value, question.unit)
    found = due_at(calendar, Run(limit, question.start, question.extensions, question.pauses))
    return found.astimezone(ZoneInfo(calendar.zone))


def read_moment(text: str, zone: str) -> datetime:
    """Return the aware moment of an ISO text; a local one is read in ``zone``. Raises InvalidError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(problems={text: "no ISO 8601 date and time"}) from None
    if moment.year not in YEARS:
        raise InvalidError(problems={text: f"no date from {YEARS[0]} to {YEARS[-1]}"})
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def read_question(words: Iterable[str], zone: str) -> Question:
    """Return the question that the words of a line ask. Raises InvalidError naming the word that is wrong."""
    left, plain, pauses, extensions = list(words)[::-1], list[str](), list[tuple[datetime, datetime]](), 0
    while left:
        word = left.pop()
        if word == "--extend":
            extensions += 1
        elif word == "--pause":
            if len(left) < 2:
                raise InvalidError(problems={"--pause": "needs two moments, FROM and TO"})
            pauses.append((read_moment(left.pop(), zone), read_moment(left.pop(), zone)))
        elif word.startswith("--"):
            raise InvalidError(problems={word: "is neither --pause FROM TO nor --extend"})
        else:
            plain.append(word)
    if len(plain) != 3:
        raise InvalidError(problems={"line": f"needs VALUE UNIT START, not {len(plain)} words"})
    return Question(read_amount(plain[0]), plain[1], read_moment(plain[2], zone), tuple(pauses), extensions)


def read_amount(text: str) -> Decimal:
    """Return the number of hours or days. Raises InvalidError."""
    try:
        value = Decimal(text)
        if value.is_finite() and 0 <= value <= MOST:
            return value
    except InvalidOperation:
        pass
    raise InvalidError(problems={text: "no amount of time"})


def load_calendar(path: Path | None) -> Calendar:
    """Return the calendar of the file, or the one that is shipped. Raises InvalidError naming file and line."""
    try:
        return read_calendar((path or CALENDAR).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(problems={str(path or CALENDAR): str(error)}) from error


@click.command("due")
@click.argument("words", nargs=-1, required=True, metavar="VALUE UNIT START | -")
@click.option("--pause", nargs=2, multiple=True, metavar="FROM TO", help="The clock stands still in between.")
@click.option("--extend", count=True, help="Adds one original limit; at most twice.")
@click.option("--calendar", "path", type=click.Path(path_type=Path), help="CSV: date, kind.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(
    words: tuple[str, ...], pause: tuple[tuple[str, str], ...], extend: int, path: Path | None, as_json: bool
) -> None:
    """Print the deadline of a limit. UNIT is work_hours, work_days or hours; `-` reads lines from standard input."""
    calendar = load_calendar(path)
    if words == ("-",):
        lines: Iterable[list[str]] = (_words(line) for line in sys.stdin if line.strip())
    else:
        options = [word for begins, ends in pause for word in ("--pause", begins, ends)]
        lines = [[*words, *options, *["--extend"] * extend]]
    failed = False
    for line in lines:
        try:
            answer = {"due": deadline(calendar, read_question(line, calendar.zone)).isoformat()}
        except InvalidError as error:
            failed, answer = True, {"error": str(error)}
            if words != ("-",):
                raise
        text = answer.get("due") or f"error: {answer['error']}"
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else text)
    if failed:
        raise SystemExit(1)


def _words(line: str) -> list[str]:
    if '"' not in line and "'" not in line and "\\" not in line:
        return line.split()
    try:
        return shlex.split(line)
    except ValueError:
        return [line.strip()]
