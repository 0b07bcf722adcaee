"""What everybody may read: figures by area, and who is responsible in a grid. Nothing of a single report."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case as choose
from sqlalchemy import func, select

from engine import access, catalogue, duty_list
from engine import duties as duty_lists
from engine.desk_models import CaseSubject
from engine.models import Case
from engine.uow import UnitOfWork

PERIOD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Area:
    """The figures of an area for the last year."""

    name: str
    opened: int
    closed: int
    on_time: int

    @property
    def share(self) -> int | None:
        """Return how many of the closed ones were in time, in per cent."""
        return round(100 * self.on_time / self.closed) if self.closed else None


@dataclass(frozen=True, slots=True)
class Duty:
    """What a unit is responsible for: classes of the catalogue, in both languages, the most items first."""

    unit: str
    classes: tuple[tuple[str, str], ...]


def areas(uow: UnitOfWork, grid: str | None = None) -> list[Area]:
    """Return the figures of each community by name; those of one grid alone if it is given."""
    place = CaseSubject.grid_code if grid else CaseSubject.community
    in_time = Case.closed_at.is_not(None) & (Case.due_at.is_(None) | (Case.closed_at <= Case.due_at))
    figures = [func.count(), func.count(Case.closed_at), func.sum(choose((in_time, 1), else_=0))]
    query = select(place, *figures).join(Case, Case.id == CaseSubject.case_id)
    query = query.where(CaseSubject.opened_at >= uow.now - PERIOD, access.counted_cases())
    if grid:
        query = query.where(CaseSubject.grid_code == grid)
    rows = uow.session.execute(query.group_by(place).order_by(place))
    return [Area(name, opened, closed, int(on_time or 0)) for name, opened, closed, on_time in rows]


def duties(uow: UnitOfWork, grid: str) -> list[Duty]:
    """Return what each unit leads in the grid by the list of duties in force, those with the most items first.

    Where nobody leads, who stands in is responsible; among equals each of them is.
    """
    counted: dict[str, Counter[tuple[str, str]]] = {}
    rows, day = duty_lists.rows_now(uow), duty_lists.today(uow)
    for item in catalogue.items(uow):
        about = (str(item.entry["class_zh"]), str(item.entry["class_en"]))
        answer = duty_list.ask(rows, item.code, grid, day)
        found = list(answer.leads)
        if rows and answer.is_gap:
            last, _, _ = duty_lists.last_resort(uow, {}, answer, str(item.entry["kind"]))
            found += [last] if last else []
        for unit in {row.unit for row in found}:
            counted.setdefault(unit, Counter())[about] += 1
    named = [Duty(unit, tuple(name for name, _ in classes.most_common())) for unit, classes in counted.items()]
    return sorted(named, key=lambda duty: (-sum(counted[duty.unit].values()), duty.unit))
