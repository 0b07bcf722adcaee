"""``muster due``: a deadline asked for in advance, one or many. Not here: the limits of a running case.

It counts by a file, the shipped one unless another is named, and then refuses years without holidays; or by the
calendar that is in force in the configured database, and then answers what the pages answer, such years included.
"""

import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from engine import calendars, schema
from engine.calendar_files import read_calendar
from engine.config import Settings
from engine.deadlines import Limit, Run, due_at
from engine.errors import InvalidError
from engine.uow import SYSTEM, Database
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


@dataclass(slots=True)
class Counted:
    """A calendar by which deadlines are counted; the calendar of a database as the pages do, at the moment ``now``."""

    calendar: Calendar
    now: datetime | None = None  #: None for a file: it is not known beyond its last year
    guesses: int = 0  #: how many answers rest on years whose holidays are not known yet
    _far: dict[int, Calendar] = field(default_factory=dict)

    def answer(self, question: Question) -> tuple[str, bool]:
        """Return the deadline as text, and whether it is a guess. Raises InvalidError."""
        used = self.calendar
        try:
            due = deadline(used, question)
        except InvalidError:
            if self.now is None:
                raise
            used = self._reaching(max([question.start, self.now, *(ends for _begins, ends in question.pauses)]))
            due = deadline(used, question)
        is_guess = self.now is not None and question.unit != "hours" and used.is_provisional(due)
        self.guesses += is_guess
        return due.isoformat(), is_guess

    def _reaching(self, last: datetime) -> Calendar:
        year = last.year + calendars.AHEAD
        if year not in self._far:
            self._far[year] = self.calendar.with_provisional(year)
        return self._far[year]


def in_force(name: str) -> tuple[Counted, str]:
    """Return the calendar of that name which is current in the configured database, and what is to be said of it.

    Raises InvalidError if there is none, EngineError if the database is not up to date.
    """
    database = Database(Settings.read().database)
    schema.require_current(database)
    with database.reading(SYSTEM) as uow:
        known = calendars.names(uow)
        if name not in known:
            raise InvalidError(problems={"--in-force": f"{name} is none of {', '.join(known) or 'no calendars'}"})
        row = calendars.versions(uow, name)[0]
        said = f"calendar {name}, version {row.version}, in force since {row.loaded_at.isoformat()}"
        counted = Counted(calendars.current(uow, name), uow.now)
    database.dispose()
    return counted, said


@click.command("due")
@click.argument("words", nargs=-1, required=True, metavar="VALUE UNIT START | -")
@click.option("--pause", nargs=2, multiple=True, metavar="FROM TO", help="The clock stands still in between.")
@click.option("--extend", count=True, help="Adds one original limit; at most twice.")
@click.option("--calendar", "path", type=click.Path(path_type=Path), help="CSV: date, kind.")
@click.option(
    "--in-force",
    "name",
    metavar="NAME",
    help="Count by the calendar in force in MUSTER_DATABASE, as the pages do: city, or a unit's code.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(
    words: tuple[str, ...],
    pause: tuple[tuple[str, str], ...],
    extend: int,
    path: Path | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Print the deadline of a limit. UNIT is work_hours, work_days or hours; `-` reads lines from standard input.

    With --in-force the calendar and its version are named on standard error.
    """
    if path is not None and name is not None:
        raise click.UsageError("--calendar and --in-force are two calendars: name one of them")
    counted, said = in_force(name) if name is not None else (Counted(load_calendar(path)), "")
    if said:
        click.echo(said, err=True)
    failed = _answer_all(counted, _lines(words, pause, extend), as_json=as_json, one=words != ("-",))
    if counted.guesses:
        click.echo(f"provisional, since holidays are not known yet: {counted.guesses}", err=True)
    if failed:
        raise SystemExit(1)


def _lines(words: tuple[str, ...], pause: tuple[tuple[str, str], ...], extend: int) -> Iterable[list[str]]:
    if words == ("-",):
        return (_words(line) for line in sys.stdin if line.strip())
    options = [word for begins, ends in pause for word in ("--pause", begins, ends)]
    return [[*words, *options, *["--extend"] * extend]]


def _answer_all(counted: Counted, lines: Iterable[list[str]], *, as_json: bool, one: bool) -> bool:
    """Print a line for each question; say whether one could not be answered. Raises InvalidError if it was the only."""
    zone, failed = counted.calendar.zone, False
    out = sys.stdout  # writing there costs half of what click.echo does
    used = {"calendar": counted.calendar.name, "version": counted.calendar.version} if counted.now else {}
    for line in lines:
        try:
            due, is_guess = counted.answer(read_question(line, zone))
            answer = {"due": due, **used, **({"provisional": True} if is_guess else {})}
        except InvalidError as error:
            failed, answer = True, {"error": str(error)}
            if one:
                raise
        text = answer.get("due") or f"error: {answer['error']}"
        out.write(f"{json.dumps(answer, ensure_ascii=False) if as_json else text}\n")
        out.flush()  # whoever asks line by line waits for it
    return failed


def _words(line: str) -> list[str]:
    if '"' not in line and "'" not in line and "\\" not in line:
        return line.split()
    try:
        return shlex.split(line)
    except ValueError:
        return [line.strip()]
