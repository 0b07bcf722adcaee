"""Internal remarks on a case, with mentions of people. The public never sees them; the chain keeps their hash only."""

import hashlib
import re
from uuid import UUID

from sqlalchemy import select

from engine import access, cases, directory, execution, news, parts
from engine.desk_models import Note
from engine.errors import InvalidError, NotFoundError
from engine.models import Case
from engine.uow import UnitOfWork

LONGEST = 2000
MENTION = re.compile(r"@([\w-]+)")


def add_note(uow: UnitOfWork, case_id: UUID, text: str) -> Note:
    """Keep the remark and tell those whom it mentions as ``@user`` or ``@full name``.

    Raises NotFoundError for a case that the actor may not see; InvalidError for an empty or too long text, and for a
    mention of somebody who does not exist or may not see the case.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise InvalidError(problems={"text": "is too long" if text else "is missing"})
    case = cases.get_case(uow, case_id)
    mentions = _mentioned(uow, case, text)
    locked = execution.locked_case(uow, case_id)
    note = Note(case_id=case_id, text=text, mentions=mentions, added_at=uow.now, added_by=uow.actor.name)
    uow.session.add(note)
    uow.session.flush()
    digest = hashlib.sha256(f"{note.id}\n{text}".encode()).hexdigest()
    uow.record("note.added", locked, note=str(note.id), digest=digest, mentions=mentions)
    news.tell(uow, mentions, "mention", case_id, text=text)
    return note


def notes_of(uow: UnitOfWork, case: Case) -> list[Note]:
    """Return the remarks on the case, oldest first; none to who comes from outside."""
    if access.GUEST in uow.actor.roles or not parts.has(uow, Note.case_id, case.id):
        return []
    return list(uow.session.scalars(select(Note).where(Note.case_id == case.id).order_by(Note.added_at, Note.id)))


def _mentioned(uow: UnitOfWork, case: Case, text: str) -> list[str]:
    """Return the user names that the text mentions. Raises InvalidError for who cannot be told of this case."""
    words = MENTION.findall(text)
    if not words:
        return []
    names = {person.full_name: person.name for person in directory.people(uow) if person.is_active}
    known = {*names.values()}
    found = []
    for word in dict.fromkeys(words):
        person = word if word in known else _longest(names, word)
        if person is None or not _may_see(uow, case, person):
            raise InvalidError(problems={"text": "mentions somebody who may not see the case"})
        found.append(person)
    return found


def _longest(names: dict[str, str], word: str) -> str | None:
    """Return who is named by the longest beginning of the word: no blank follows a Chinese name."""
    starts = [full_name for full_name in names if word.startswith(full_name)]
    return names[max(starts, key=len)] if starts else None


def _may_see(uow: UnitOfWork, case: Case, person: str) -> bool:
    try:
        actor = directory.actor_of(uow, person)
    except NotFoundError:
        return False
    return uow.session.scalar(select(Case.id).where(Case.id == case.id, access.visible_cases(actor))) is not None
