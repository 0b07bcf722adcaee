"""What else happens in the transaction in which a case closes: every reporter of the matter gets the answer.

Called by ``execution`` for each case that closes, so nothing here may move a case.
"""

from uuid import UUID

from engine import families, locked
from engine.errors import NotFoundError
from engine.locked import LockedCase
from engine.uow import UnitOfWork


def note(uow: UnitOfWork, case: LockedCase) -> None:
    """Write into the chain of each report of the closed case that its reporter is answered, once a closing.

    A case that nothing was merged into has its answer in its chain already; a case that is merged itself is not
    answered but goes on elsewhere.
    """
    if case.summary.get("merged_into"):
        return
    others = families.members(uow, case.id)
    if not others:
        return
    refused = case.summary.get("filed") is False
    text = str(case.summary.get("reason" if refused else "answer") or "")
    for each in (case, *(_locked(uow, case_id) for case_id in sorted(others))):
        channel = each.summary.get("channel")
        uow.record("reporter.answered", each, channel=channel, by=case.number, filed=not refused, answer=text)


def _locked(uow: UnitOfWork, case_id: UUID) -> LockedCase:
    """Return a case that was merged into the one that closes, locked after it: see ``merges`` for the order."""
    found = uow.cases.get(case_id) or locked.lock(uow, case_id)
    if found is None:
        raise NotFoundError("no such case")
    uow.cases[case_id] = found
    return found
