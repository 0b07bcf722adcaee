"""Official bulletins: what the district tells everybody about a case, with the moment, and nothing personal."""

import hashlib
import re
from uuid import UUID

from sqlalchemy import select

from engine import access, cases, execution, parts
from engine.bulletin_models import Bulletin
from engine.errors import ForbiddenError, InvalidError, NotFoundError
from engine.models import Case
from engine.uow import Actor, UnitOfWork

LONGEST = 1000
#: the groups whose work it is to speak to the public
WRITERS = frozenset({"answer", "dispatch"})
#: numbers of phones and identity cards, mail addresses
PERSONAL = re.compile(r"(?<!\d)(1\d{10}|\d{17}[\dXx]|0\d{2,3}\d{7,8})(?!\d)|[\w.+-]+@[\w-]+\.\w")
#: what people write between the digits of a number
BETWEEN = re.compile(r"(?<=\d)[\s\-–—.·_]+(?=\d)")


def may_publish(actor: Actor) -> bool:
    """Say whether the actor may speak to the public: those who answer or dispatch, and supervisors."""
    return bool(actor.groups & WRITERS) or access.can(actor, "task.reassign")


def publish(uow: UnitOfWork, case_id: UUID, text_zh: str, text_en: str = "") -> Bulletin:
    """Tell everybody; the chain keeps the hash of the words.

    Raises NotFoundError for a case that the actor may not see, ForbiddenError for who may not speak to the public,
    InvalidError for an empty or too long text and for one with a number or address of a person in it.
    """
    case = cases.get_case(uow, case_id)
    _require(uow)
    texts = {"text_zh": text_zh.strip(), "text_en": text_en.strip()}
    problems = {name: "is too long" for name, text in texts.items() if len(text) > LONGEST}
    parts = _parts(str(case.summary.get("contact") or ""))
    for name, text in texts.items():
        plain = BETWEEN.sub("", text)
        if PERSONAL.search(plain) or any(part in plain for part in parts):
            problems[name] = "has a phone number, identity number, mail address or the reporter's contact in it"
    if not texts["text_zh"]:
        problems["text_zh"] = "is missing"
    if problems:
        raise InvalidError(problems=problems)
    locked = execution.locked_case(uow, case_id)
    made = Bulletin(case_id=case_id, **texts, published_at=uow.now, published_by=uow.actor.name)
    uow.session.add(made)
    uow.session.flush()
    digest = hashlib.sha256(f"{made.id}\n{made.text_zh}\n{made.text_en}".encode()).hexdigest()
    uow.record("bulletin.published", locked, bulletin=str(made.id), digest=digest)
    return made


def _parts(contact: str) -> set[str]:
    """Return the name and the number in a contact, each as it would stand in a text."""
    found = re.split(r"[\s,，;；:：/()（）]+", BETWEEN.sub("", contact))
    return {part for part in found if len(part) > 1}


def withdraw(uow: UnitOfWork, bulletin_id: UUID) -> UUID:
    """Show no longer what it said, only that it was withdrawn, and when; return its case.

    Raises as ``publish`` does.
    """
    found = uow.session.get(Bulletin, bulletin_id)
    if found is None:
        raise NotFoundError("there is no such bulletin")
    cases.get_case(uow, found.case_id)
    _require(uow)
    locked = execution.locked_case(uow, found.case_id)
    if found.withdrawn_at is None:
        found.withdrawn_at = uow.now
        uow.record("bulletin.withdrawn", locked, bulletin=str(found.id))
    return found.case_id


def of_case(uow: UnitOfWork, case_id: UUID) -> list[Bulletin]:
    """Return the bulletins on the case, the newest first; those withdrawn are among them."""
    if not parts.has(uow, Bulletin.case_id, case_id):
        return []
    query = select(Bulletin).where(Bulletin.case_id == case_id)
    return list(uow.session.scalars(query.order_by(Bulletin.published_at.desc(), Bulletin.id.desc())))


def on_number(uow: UnitOfWork, number: str) -> tuple[Case, list[Bulletin]]:
    """Return the case with the number and its bulletins, for everybody. Raises NotFoundError if it has none."""
    case = uow.session.scalars(select(Case).where(Case.number == number)).first()
    found = of_case(uow, case.id) if case is not None else []
    if case is None or not found:
        raise NotFoundError("there is no such bulletin")
    return case, found


def newest(uow: UnitOfWork, limit: int = 50) -> list[tuple[Bulletin, Case]]:
    """Return the newest bulletins that were not withdrawn, with their cases."""
    query = select(Bulletin, Case).join(Case, Case.id == Bulletin.case_id).where(Bulletin.withdrawn_at.is_(None))
    rows = uow.session.execute(query.order_by(Bulletin.published_at.desc(), Bulletin.id.desc()).limit(limit))
    return [(bulletin, case) for bulletin, case in rows]


def _require(uow: UnitOfWork) -> None:
    if not may_publish(uow.actor):
        raise ForbiddenError("{person} may not speak to the public", person=uow.actor.full_name or uow.actor.name)
