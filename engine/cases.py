"""Opening cases. Not here yet: lists, search, and who may see a case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import deployments, execution
from engine.bpmn import Machine, State
from engine.bpmn.values import plain
from engine.errors import InvalidError
from engine.ids import new_id, new_token
from engine.models import Case, Counter
from engine.uow import UnitOfWork


def open_case(
    uow: UnitOfWork, process_key: str, values: Mapping[str, Any], title: str,
    due: Mapping[str, datetime] | None = None,
) -> Case:
    """Start the current version of the process; the case is bound to all versions current now.

    values: name -> JSON, date or duration; ``due``: the case's ``deadline`` and ``amber_at``, aware. Raises
    NotFoundError if no such process is deployed.
    """
    definition = deployments.current(uow, process_key)
    if definition.kind != "process":
        raise InvalidError(problems={process_key: f"is a {definition.kind}, not a process"})
    variables = {name: plain(value) for name, value in values.items()}
    bound = deployments.current_versions(uow)
    case = Case(
        id=new_id(), number=_number(uow), token=new_token(), title=title[:200], process_key=process_key,
        version=definition.version, state=State.new().dump(), bound=bound, summary={}, search=title,
        due_at=(due or {}).get("deadline"), amber_at=(due or {}).get("amber_at"),
        opened_at=uow.now, opened_by=uow.actor.name, audit_seq=0, audit_head="0" * 64,
    )
    uow.session.add(case)
    uow.session.flush()
    library = deployments.library(uow, bound)
    machine = Machine(library, State.new(), uow.now)
    uow.record("case.opened", case, title=case.title, number=case.number)
    machine.start(library.program(process_key, definition.version), variables)
    execution.keep(uow, case, machine)
    return case


def _number(uow: UnitOfWork) -> str:
    """Return the next case number of the year, such as 2026-000001; two cases never get the same."""
    name = f"cases {uow.now.year}"
    counter = uow.session.get(Counter, name, with_for_update=True)
    if counter is None:
        counter = Counter(name=name, value=0)
        uow.session.add(counter)
    counter.value += 1
    uow.session.flush()
    return f"{uow.now.year}-{counter.value:06}"
