"""Words that a city says otherwise than the pages do, from ``processes/words.csv``. Not here: the pages' own words."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select

from engine.bulletin_models import Word
from engine.errors import InvalidError
from engine.uow import UnitOfWork

LANGUAGES = ("zh", "en")


def words(uow: UnitOfWork) -> dict[str, dict[str, str]]:
    """Return language -> word of the pages -> what the city says instead."""
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for row in uow.session.scalars(select(Word)):
        found[row.language][row.instead_of] = row.say
    return found


def keep(uow: UnitOfWork, rows: Iterable[Mapping[str, str]]) -> int:
    """Make the city's words those of the rows; return 1 if they were others. Raises InvalidError naming the line.

    rows: ``language``, ``instead_of``, ``say``; a word that is said as it is changes nothing.
    """
    wanted: dict[tuple[str, str], str] = {}
    for line, row in enumerate(rows, 2):
        language, old, new = ((row.get(name) or "").strip() for name in ("language", "instead_of", "say"))
        if language not in LANGUAGES or not old or not new or max(len(old), len(new)) > 60:
            raise InvalidError(problems={f"words.csv: line {line}": "needs zh or en, a word, and what to say instead"})
        if old != new:
            wanted[language, old] = new
    known = {(row.language, row.instead_of): row.say for row in uow.session.scalars(select(Word))}
    if wanted == known:
        return 0
    uow.session.execute(delete(Word))
    for (language, old), new in wanted.items():
        uow.session.add(Word(language=language, instead_of=old, say=new))
    return 1
