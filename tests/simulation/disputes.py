"""What the simulated people write down of a dispute: two parties, who consent to every third party that may mediate."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine import mediations
from engine.uow import UnitOfWork

MEDIATIONS = {"mediate", "third_party"}


def agree_to_all(uow: UnitOfWork, case: UUID, form: Mapping[str, Any]) -> None:
    """Name the parties where nobody did, and let them consent to the first third party that the form offers."""
    if not mediations.parties(uow, case):
        for side, name in (("applicant", "甲方"), ("respondent", "乙方")):
            mediations.add_party(uow, case, side, name)
    for body in form.get("properties", {}).get("mediator", {}).get("enum", ())[:1]:
        for party in mediations.parties(uow, case):
            mediations.consent(uow, case, party.id, body, agrees=True, how="signed")
