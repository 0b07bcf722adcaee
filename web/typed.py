"""What people type or an address holds: moments, days, numbers of pages; refused where no city can mean them."""

from datetime import date, datetime
from typing import Any

from engine.errors import InvalidError
from web.filters import ZONE

YEARS = range(2000, 2101)
PAGES = 100_000


def moment(text: str, field: str) -> datetime:
    """Return the local moment as an aware one. Raises InvalidError naming the field."""
    found: datetime = _read(datetime.fromisoformat, text, field)
    return found.replace(tzinfo=ZONE)


def day(text: str, field: str) -> date:
    """Return the day. Raises InvalidError naming the field."""
    found: date = _read(date.fromisoformat, text, field)
    return found


def _read(read: Any, text: str, field: str) -> Any:
    try:
        found = read(text.strip())
    except ValueError as error:
        raise InvalidError(problems={field: "is no date and time"}) from error
    if found.year not in YEARS:
        raise InvalidError(problems={field: "is no date from 2000 to 2100"})
    return found


def page(args: Any) -> int:
    """Return the number of the page that an address asks for, 0 if it asks for none that can be."""
    return min(max(0, int(args.get("page", 0, type=int))), PAGES)
