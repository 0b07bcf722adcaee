"""Mediation of disputes (矛盾调解): the parties, what they consent to, the agreement and its return visit.

Which limits there are, who visits, and what may be completed say the tables ``mediation_limit`` and ``mediation_rule``;
the order of things the diagrams ``mediation`` and ``return-visit``. The chain names parties by their number and side:
names and numbers stand in ``parties`` alone, and are read whole by those who mediate.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import access, cases, execution, links, parts, privacy, reopening
from engine.errors import ForbiddenError, InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.mediation_models import Agreement, Party
from engine.models import Case, Person, Task, TaskState, Unit
from engine.uow import UnitOfWork

RULE, VISIT = "mediation_rule", "return-visit"
SIDES = ("applicant", "respondent", "other")
HOW = ("signed", "spoken", "online")
MOST = 20  #: parties of one dispute
#: kind of the units that mediate from outside
OUTSIDE = "third-party"


def parties(uow: UnitOfWork, case_id: UUID) -> list[Party]:
    """Return the parties of the dispute in order."""
    return list(uow.session.scalars(select(Party).where(Party.case_id == case_id).order_by(Party.place)))


def agreements(uow: UnitOfWork, case_id: UUID) -> list[Agreement]:
    """Return what was agreed, the newest last."""
    query = select(Agreement).where(Agreement.case_id == case_id).order_by(Agreement.agreed_at, Agreement.id)
    return list(uow.session.scalars(query))


def mediators(uow: UnitOfWork) -> list[tuple[Person, Unit]]:
    """Return the third parties that may mediate, with their bodies."""
    query = select(Person, Unit).join(Unit, Unit.code == Person.unit_code).where(Person.is_active, Unit.kind == OUTSIDE)
    found = uow.session.execute(query.order_by(Unit.code, Person.name))
    return [(person, unit) for person, unit in found if access.GUEST in person.roles]


def get_mediation(uow: UnitOfWork, case_id: UUID) -> Case:
    """Return the case that is or was mediated. Raises NotFoundError if there is none that the actor may see."""
    case = cases.get_case(uow, case_id)
    if not is_mediated(uow, case.id):
        raise NotFoundError("no such case")
    return case


def visited_by_case(uow: UnitOfWork, case_id: UUID) -> Agreement | None:
    """Return the agreement of which the case is the return visit."""
    if not parts.has(uow, Agreement.visit_case_id, case_id):
        return None
    return uow.session.scalars(select(Agreement).where(Agreement.visit_case_id == case_id)).first()


def my_task(uow: UnitOfWork, case_id: UUID) -> Task | None:
    """Return the open task of the case by which the actor mediates."""
    now = [task for task in cases.all_tasks(uow, case_id) if task.state == TaskState.OPEN and _is_mediation(task)]
    return next((task for task in now if privacy.is_at_work(uow, case_id, task.id)), None)


# ---- who reads and writes


def is_mediated(uow: UnitOfWork, case_id: UUID) -> bool:
    """Say whether the case is or was mediated: then it has a page for that."""
    return any(_is_mediation(task) for task in cases.all_tasks(uow, case_id))


def may_write(uow: UnitOfWork, case_id: UUID) -> bool:
    """Say whether the mediation lies with the actor now."""
    return my_task(uow, case_id) is not None


def may_read(uow: UnitOfWork, case_id: UUID) -> bool:
    """Say whether the actor reads names, numbers and agreements whole: who works on the case or visits the parties now,
    and those of the house who mediated. A third party reads them while it mediates."""
    if access.can(uow.actor, "contact.read") or privacy.is_at_work(uow, case_id):
        return True
    visits = [each.visit_case_id for each in agreements(uow, case_id) if each.visit_case_id is not None]
    if any(privacy.is_at_work(uow, each) for each in visits):
        return True
    if access.GUEST in uow.actor.roles:
        return False
    return any(task.completed_by == uow.actor.name and _is_mediation(task) for task in cases.all_tasks(uow, case_id))


def shown(uow: UnitOfWork, case_id: UUID) -> list[dict[str, Any]]:
    """Return the parties as the actor may read them: number, side, name, contact, and the consent."""
    whole = may_read(uow, case_id)
    return [
        {
            "row": each,
            "name": each.name if whole else f"{each.name[:1]}**",
            "contact": each.contact if whole or not each.contact else privacy.masked(each.contact),
        }
        for each in parties(uow, case_id)
    ]


def _is_mediation(task: Task) -> bool:
    return bool(task.shown.get("properties", {}).get("rule") == RULE)


def _locked(uow: UnitOfWork, case_id: UUID) -> LockedCase:
    """Return the locked case, for whom its mediation lies with. Raises NotFoundError or ForbiddenError."""
    case = cases.get_case(uow, case_id)
    if not may_write(uow, case.id):
        raise ForbiddenError("only who mediates case {case} now writes down its parties", case=case.number)
    return execution.locked_case(uow, case_id)


# ---- parties and their consent


def add_party(uow: UnitOfWork, case_id: UUID, side: str, name: str, contact: str = "") -> Party:
    """Write down a party of the dispute. Raises InvalidError naming what is wrong, ForbiddenError."""
    case, name, contact = _locked(uow, case_id), name.strip(), contact.strip()
    known = parties(uow, case_id)
    problems = {} if side in SIDES else {"side": "is none of the choices"}
    problems |= {} if name else {"name": "is missing"}
    problems |= {
        field: "is too long"
        for field, text, most in (("name", name, 60), ("contact", contact, 200))
        if len(text) > most
    }
    if len(known) >= MOST:
        problems["name"] = "is one too many: twenty parties at most"
    if problems:
        raise InvalidError(problems=problems)
    place = known[-1].place + 1 if known else 1
    row = Party(
        case_id=case.id, place=place, side=side, name=name, contact=contact, added_at=uow.now, added_by=uow.actor.name
    )
    uow.session.add(row)
    uow.session.flush()
    uow.record("party.added", case, party=place, side=side)
    return row


def drop_party(uow: UnitOfWork, case_id: UUID, party_id: UUID) -> None:
    """Forget a party that was written down by mistake. Raises NotFoundError, ForbiddenError."""
    case = _locked(uow, case_id)
    row = _party(uow, case_id, party_id)
    uow.session.delete(row)
    uow.session.flush()
    uow.record("party.removed", case, party=row.place, side=row.side)


def consent(uow: UnitOfWork, case_id: UUID, party_id: UUID, to: str, *, agrees: bool, how: str) -> None:
    """Write down whether the party consents to mediation by this third party, and how it said so.

    Raises InvalidError for somebody who mediates nothing or another way of saying it, NotFoundError, ForbiddenError.
    """
    case = _locked(uow, case_id)
    row = _party(uow, case_id, party_id)
    bodies = {person.name: unit for person, unit in mediators(uow)}
    problems = {} if to in bodies else {"to": "is none of the choices"}
    problems |= {} if how in HOW else {"how": "is none of the choices"}
    if problems:
        raise InvalidError(problems=problems)
    row.consents, row.consent_to, row.consent_how = agrees, to, how
    row.consented_at, row.consented_by = uow.now, uow.actor.name
    uow.session.flush()
    said = {"party": row.place, "side": row.side, "consents": agrees, "to": to, "body": bodies[to].code, "how": how}
    uow.record("party.consented" if agrees else "party.declined", case, **said)


def _party(uow: UnitOfWork, case_id: UUID, party_id: UUID) -> Party:
    row = uow.session.get(Party, party_id)
    if row is None or row.case_id != case_id:
        raise NotFoundError("no such party")
    return row


def facts(uow: UnitOfWork, case_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rule is asked about besides the form: how many parties there are, and how many of them consent
    to the third party that is named."""
    known, to = parties(uow, case_id), values.get("mediator")
    agreeing = [each for each in known if each.consents and each.consent_to == to]
    return {"parties": len(known), "consenting": len(agreeing), "agreement": None, "mediator": None}


# ---- what the diagrams have the house do, by topic


def work_agree(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep the agreement and plan its return visit; the work of ``mediation.agree``.

    inputs: text, mediator (a third party, or nobody), visit_at, groups, value, limit_unit.
    """
    body = case.unit_code
    if inputs.get("mediator"):
        body = next((unit.code for person, unit in mediators(uow) if person.name == inputs["mediator"]), body)
    row = Agreement(case_id=case.id, body=body, text=str(inputs["text"]), agreed_at=uow.now, agreed_by=uow.actor.name)
    row.visit_at = _moment(inputs["visit_at"])
    uow.session.add(row)
    uow.session.flush()
    uow.record("agreement.made", case, agreement=str(row.id), body=body, visit_at=row.visit_at.isoformat())
    values = {name: inputs[name] for name in ("groups", "value", "limit_unit", "visit_at")}
    values |= {
        name: case.summary.get(name) for name in ("item", "item_name", "item_name_en", "grid", "grid_name", "address")
    }
    visit = cases.open_case(
        uow, VISIT, {**values, "agreement": str(row.id), "about": case.number}, f"协议回访 · {case.number}"
    )
    uow.session.flush()
    row.visit_case_id = visit.id
    uow.session.flush()
    links.link(uow, visit.id, case.id, "visits")
    return {}


def work_look(uow: UnitOfWork, _case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Say whether the agreement still stands: none was made after it, and its case is closed with it; the work of
    ``mediation.look``."""
    row = _agreement(uow, inputs)
    last = agreements(uow, row.case_id)[-1]
    about = uow.session.get_one(Case, row.case_id)
    return {"stands": last.id == row.id and about.closed_at is not None}


def work_visited(uow: UnitOfWork, _case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep what the return visit found; what is not kept opens the case of the agreement again. The work of
    ``mediation.visited``."""
    row = _agreement(uow, inputs)
    row.kept, row.comment = inputs.get("kept") is True, str(inputs.get("comment") or "")
    row.visited_at, row.visited_by = uow.now, uow.actor.name
    uow.session.flush()
    about = execution.locked_case(uow, row.case_id)
    uow.record("agreement.visited", about, agreement=str(row.id), kept=row.kept, comment=row.comment)
    if not row.kept and about.closed_at is not None:
        reopening.reopen(uow, about, row.comment, "return visit")
    return {}


def _agreement(uow: UnitOfWork, inputs: Mapping[str, Any]) -> Agreement:
    return uow.session.get_one(Agreement, UUID(str(inputs["agreement"])))


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
