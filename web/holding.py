"""Who holds a case now and since when, as every list of cases says it."""

from collections.abc import Iterable
from typing import Any

from engine import catalogue, directory, ledger
from engine.uow import UnitOfWork


def names(
    uow: UnitOfWork, cases: Iterable[Any], codes: Iterable[str | None] = (), people: Iterable[str | None] = ()
) -> dict[str, Any]:
    """Return ``units`` and ``people``, code or user name -> name, of all who hold the cases; and of those given."""
    held = [found for case in cases if (found := ledger.holder(case))]
    named = {name for name in (*people, *(each.person for each in held)) if name}
    return {
        "units": catalogue.unit_names(uow, {*codes, *(each.unit for each in held)}),
        "people": directory.full_names(uow, named),
    }
