"""``muster due``: a deadline asked for in advance, one or many. Not here: the limits of a running case."""

import argparse
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

from engine.errors import InvalidError
from engine.working_time import UNITS, Calendar, read_calendar

CALENDAR = Path(__file__).resolve().parent.parent / "processes" / "calendar" / "cn_holidays_2004_2026.csv"
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
    limit = question.value * (1 + question.extensions)
    due = calendar.after(question.start, limit, question.unit)
    natural = question.unit == "hours"
    for begins, ends in sorted(question.pauses):
        if ends < begins:
            raise InvalidError(problems={"--pause": f"ends at {ends.isoformat()}, before it begins"})
        if begins >= due:
            continue
        if natural:
            due += ends - max(begins, question.start)
        else:
            left = calendar.between(max(begins, question.start), due)
            due = calendar.after_seconds(ends, left.total_seconds()) if left else due
    return due.astimezone(ZoneInfo(calendar.zone))


def read_moment(text: str, zone: str) -> datetime:
    """Return the aware moment of an ISO text; a local one is read in ``zone``. Raises InvalidError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(problems={text: "no ISO 8601 date and time"}) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise InvalidError(problems={"line": message})


def read_question(words: Iterable[str], zone: str) -> Question:
    """Return the question that the words of a line ask. Raises InvalidError naming the word that is wrong."""
    parser = _Parser(add_help=False)
    parser.add_argument("value")
    parser.add_argument("unit", choices=UNITS)
    parser.add_argument("start")
    parser.add_argument("--pause", nargs=2, action="append", default=[])
    parser.add_argument("--extend", action="count", default=0)
    asked = parser.parse_args(list(words))
    try:
        value = Decimal(asked.value)
        if not value.is_finite() or value < 0:
            raise InvalidOperation
    except InvalidOperation:
        raise InvalidError(problems={asked.value: "no amount of time"}) from None
    pauses = tuple((read_moment(begins, zone), read_moment(ends, zone)) for begins, ends in asked.pause)
    return Question(value, asked.unit, read_moment(asked.start, zone), pauses, asked.extend)


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
    try:
        return shlex.split(line)
    except ValueError:
        return [line.strip()]
