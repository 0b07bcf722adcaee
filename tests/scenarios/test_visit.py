"""S19: one home visit, five matters, five units, one answer; and what else may happen to visits."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import audit, cases, households, mediations, merges, notes, privacy, reporters, reports, tasks, visits
from engine.errors import ForbiddenError, InvalidError, NotFoundError
from engine.models import AuditEntry, Case
from engine.uow import PUBLIC, SYSTEM
from engine.visit_models import Household, Visit
from tests.scenarios.story import Story, local

GRID = "150102001014001"
AT = "2026-11-17 09:12"
#: item -> unit, its liaison, deadline
MATTERS = {
    "120105": ("MZJ", "liangxue", "2026-11-19 09:12:00"),
    "110103": ("XFJY", "majun", "2026-11-17 13:12:00"),
    "050104": ("HWZX", "wanglin", "2026-11-17 15:42:00"),
    "100201": ("SFJ", "tianhua", "2026-11-26 09:12:00"),
    "120304": ("RLGS", "songtao", "2026-11-18 09:12:00"),
}
HOME = households.Entry(GRID, "气象局东巷 3 号楼 2 单元 501", "张桂兰", "13800004321", ("elderly", "alone"))
ANSWER = "经现场核实，已于当日上门处理完毕"


def _actor(database, name):
    story = Story.__new__(Story)
    story.database = database
    return story.actor(name)


class Part(Story):
    """One case of a visit."""

    def __init__(self, database, clock, case):
        self.database, self.clock = database, clock
        self.id, self.number, self.token, self.item = case.id, case.number, case.token, case.summary["item"]

    def handle(self):
        """Let the unit do its part: a quarrel is mediated, everything else handled."""
        liaison = MATTERS[self.item][1]
        if self.item != "100201":
            return self.do(liaison, "handle", outcome="done", result="已处理")
        for side in ("applicant", "respondent"):
            self.act(liaison, mediations.add_party, self.id, side, "张桂兰")
        return self.do(liaison, "mediate", outcome="settled", result="已调解", agreement="今后互不打扰")

    def settle(self):
        self.handle()
        self.do("chenjing", "verify", passed=True)
        self.do("zhaoli", "answer", answer=ANSWER)


class Round:
    """A visit of the grid officer to the household, entered once."""

    def __init__(self, database, clock, items=tuple(MATTERS), home=HOME, at=AT, who="wangmin", private=None, **more):
        self.database, self.clock = database, clock
        clock.rewind(local(at))
        matters = tuple(visits.Matter(item, private=(private or {}).get(item, "")) for item in items)
        actor = _actor(database, who)
        with database.transaction(actor) as uow:
            visit = visits.open_visit(uow, visits.Entry(home, matters, **more))
            self.id, self.number, self.token = visit.id, visit.number, visit.token
        with database.reading(actor) as uow:
            self.parts = [Part(database, clock, case) for case in visits.cases_of(uow, visit)]

    def file(self):
        for part in self.parts:
            part.do("zhaoli", "file", filed=True)
        return self

    def closed_at(self):
        with self.database.reading(SYSTEM) as uow:
            return uow.session.get_one(Visit, self.id).closed_at

    def answer(self):
        with self.database.reading(PUBLIC) as uow:
            return visits.follow(uow, self.token)[1]

    def chain(self):
        """Return the actions of the visit's own chain."""
        with self.database.reading(SYSTEM) as uow:
            query = select(AuditEntry).where(AuditEntry.owner == f"visit {self.number}").order_by(AuditEntry.seq)
            return [entry.action for entry in uow.session.scalars(query)]


@pytest.fixture
def five(city, clock):
    private = {"100201": "与 402 户长期不和，勿提及来源", "120105": "钥匙在对门"}
    return Round(city, clock, private=private).file()


def box(story, name):
    with story.database.reading(_actor(story.database, name)) as uow:
        return [(task.activity_id, task.case_id) for task in tasks.inbox(uow, limit=100)]


# ---- S19


def test_s19_five_cases_share_one_visit_number_and_have_their_own_deadlines(five):
    assert [(part.item, part.due()) for part in five.parts] == [(item, due) for item, (_, _, due) in MATTERS.items()]
    assert {part.entries("case.visited")[0]["visit"] for part in five.parts} == {five.number}
    assert [part.entries("case.visited")[0]["matter"] for part in five.parts] == [1, 2, 3, 4, 5]


def test_s19_each_unit_gets_one_task(five):
    for part in five.parts:
        unit, liaison, _due = MATTERS[part.item]
        step = "mediate" if part.item == "100201" else "handle"
        assert box(five, liaison) == [(step, part.id)]
        assert part.case().unit_code == unit


def test_s19_no_unit_sees_the_private_notes_of_the_others(five):
    seen = {}
    for item, (_unit, liaison, _due) in MATTERS.items():
        with five.database.reading(_actor(five.database, liaison)) as uow:
            mine = [each.id for each in cases.list_cases(uow, state="all")]
            (part,) = (each for each in five.parts if each.id in mine)
            seen[item] = [note.text for note in notes.notes_of(uow, cases.get_case(uow, part.id))]
            for other in five.parts:
                if other is not part:
                    with pytest.raises(NotFoundError):
                        cases.get_case(uow, other.id)
            visit, count, others = visits.of_case(uow, part.id)
            assert (visit.number, count, [each.id for each in others]) == (five.number, 5, [part.id])
    assert seen["100201"] == ["与 402 户长期不和，勿提及来源"]
    assert seen["120105"] == ["钥匙在对门"]
    assert [seen[item] for item in ("110103", "050104", "120304")] == [[], [], []]


def test_s19_nothing_is_typed_twice_and_all_five_carry_the_same_person_record(five):
    with five.database.reading(SYSTEM) as uow:
        (home,) = uow.session.scalars(select(Household))
    found = [part.case().summary for part in five.parts]
    assert {each["household"] for each in found} == {str(home.id)}
    assert {part.entries("case.visited")[0]["household"] for part in five.parts} == {str(home.id)}
    assert {(each["address"], each["contact"]) for each in found} == {(HOME.address, "张桂兰 13800004321")}
    assert {each["channel"] for each in found} == {"visit"}


def test_s19_the_visit_closes_when_all_five_have_and_the_resident_gets_one_answer(five):
    order = [five.parts[place] for place in (3, 0, 4, 2, 1)]
    for part in order[:-1]:
        part.at("2026-11-17 10:00").settle()
        assert five.closed_at() is None
    assert [status.standing for status in five.answer()] == ["closed", "handle", "closed", "closed", "closed"]
    order[-1].at("2026-11-17 11:00").settle()
    assert five.closed_at() == local("2026-11-17 11:00")
    found = five.answer()
    assert [(each.standing, each.answer) for each in found] == [("closed", ANSWER)] * 5
    assert five.chain() == ["visit.opened", "visit.closed"]
    assert max(part.case().closed_at for part in five.parts) == five.closed_at()
    assert five.parts[0].unbroken()


# ---- other orders


def test_a_matter_that_is_not_filed_counts_as_settled_with_its_reason(city, clock):
    visit = Round(city, clock, ("050104", "100201"))
    visit.parts[0].do("zhaoli", "file", filed=False, reason="昨日已清运")
    visit.parts[1].do("zhaoli", "file", filed=True)
    assert visit.closed_at() is None
    visit.parts[1].settle()
    assert visit.closed_at() is not None
    assert [(each.standing, each.refusal) for each in visit.answer()] == [("not filed", "昨日已清运"), ("closed", "")]


def test_a_matter_that_was_merged_is_settled_when_the_case_is_that_handles_it(city, clock):
    clock.rewind(local("2026-11-17 08:50"))
    with city.transaction(PUBLIC) as uow:
        given = reports.Report("050104", GRID, "桶满", HOME.address)
        first = reports.submit(uow, given)
        other = Part(city, clock, first)
    other.do("zhaoli", "file", filed=True)
    visit = Round(city, clock, ("050104", "100201"))
    visit.parts[0].act("zhaoli", merges.merge, visit.parts[0].id, other.id)
    visit.parts[1].do("zhaoli", "file", filed=True)
    visit.parts[1].settle()
    assert visit.closed_at() is None
    other.settle()
    assert visit.closed_at() is not None
    assert [each.answer for each in visit.answer()] == [ANSWER, ANSWER]
    visit.parts[0].act("zhaoli", merges.unmerge, visit.parts[0].id, "不是同一处")
    assert visit.closed_at() is None
    assert visit.chain() == ["visit.opened", "visit.closed", "visit.reopened"]


def test_a_matter_that_is_opened_again_opens_its_visit_again_and_closes_it_last(city, clock):
    visit = Round(city, clock, ("050104", "100201")).file()
    for part in visit.parts:
        part.settle()
    with city.transaction(PUBLIC) as uow:
        reporters.reopen(uow, visit.parts[0].token, "桶又满了")
    assert visit.closed_at() is None
    visit.parts[0].at("2026-11-17 11:00").settle()
    assert visit.closed_at() == local("2026-11-17 11:00")
    assert visit.chain() == ["visit.opened", "visit.closed", "visit.reopened", "visit.closed"]


def test_two_last_matters_that_close_at_once_close_the_visit_once(city, clock):
    visit = Round(city, clock, ("050104", "100201")).file()
    for part in visit.parts:
        part.handle()
        part.do("chenjing", "verify", passed=True)
    run = [
        threading.Thread(target=part.do, args=(name, "answer"), kwargs={"answer": ANSWER})
        for part, name in zip(visit.parts, ("zhaoli", "liqiang"), strict=True)
    ]
    for each in run:
        each.start()
    for each in run:
        each.join()
    assert visit.closed_at() is not None
    assert visit.chain() == ["visit.opened", "visit.closed"]


def test_a_single_matter_is_a_visit_too_and_its_ledger_adds_up(city, clock):
    visit = Round(city, clock, ("120304",)).file()
    visit.parts[0].at("2026-11-17 12:00").settle()
    found = visit.parts[0].ledger()
    assert found.natural == sum((span.natural for span in found.spans), timedelta())
    assert visit.closed_at() == local("2026-11-17 12:00")


# ---- paper, households, refusals


def test_a_visit_that_was_written_on_paper_keeps_the_time_of_the_paper_beside_that_of_the_entry(city, clock):
    clock.rewind(local("2026-11-16 17:00"))
    with city.transaction(_actor(city, "wangmin")) as uow:
        (code,) = reporters.print_slips(uow, 1)
    clock.rewind(local(AT))
    written = local("2026-11-16 18:40")
    entry = visits.Entry(HOME, (visits.Matter("050104"),), written)
    with city.transaction(_actor(city, "wangmin")) as uow:
        visit = visits.open_once(uow, entry, "key-1", code.lower())
        assert (visit.visited_at, visit.entered_at) == (written, local(AT))
    with city.transaction(_actor(city, "wangmin")) as uow:
        assert visits.open_once(uow, entry, "key-1", code).number == visit.number
        assert visits.token_of(uow, f" {code[:5]}-{code[5:]} ") == visit.token
    with pytest.raises(InvalidError, match="entered already"), city.transaction(_actor(city, "wangmin")) as uow:
        visits.open_once(uow, entry, "key-2", code)
    with city.reading(SYSTEM) as uow:
        (case,) = uow.session.scalars(select(Case))
        assert case.opened_at == local(AT)
        assert list(audit.broken_links(uow.session)) == []


def test_the_second_visit_finds_the_household_and_nobody_types_it_again(city, clock):
    Round(city, clock, ("050104",))
    with city.reading(_actor(city, "wangmin")) as uow:
        (home,) = households.find(uow, "气象局东巷 3")
        assert households.shown(uow, home)["contact"] == "13800004321"
    second = Round(city, clock, ("100201",), home=home.id, at="2026-11-18 09:00")
    assert second.parts[0].case().summary["household"] == str(home.id)
    again = Round(city, clock, ("100201",), at="2026-11-19 09:00")
    assert again.parts[0].case().summary["household"] == str(home.id)


def test_who_does_not_visit_reads_a_masked_household_and_finds_none(city, clock):
    visit = Round(city, clock, ("050104",)).file()
    with city.reading(_actor(city, "wanglin")) as uow:
        assert households.find(uow, "气象局") == []
        found = visits.household_of(uow, uow.session.get_one(Visit, visit.id))
        assert (found["name"], found["contact"]) == ("张**", "138****4321")
        with pytest.raises(NotFoundError):
            visits.get(uow, visit.id)
    with city.reading(_actor(city, "chenjing")) as uow:
        assert privacy.contact(uow, uow.session.get_one(Case, visit.parts[0].id)) == "张** 138****4321"
    with city.reading(_actor(city, "wangmin")) as uow:
        assert visits.get(uow, visit.id).number == visit.number


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (visits.Entry(HOME, ()), {"matters"}),
        (visits.Entry(HOME, (visits.Matter("050104"),) * 2), {"matters"}),
        (visits.Entry(HOME, (visits.Matter("999999"),)), {"matters"}),
        (visits.Entry(HOME, (visits.Matter("050104"),), local("2026-11-17 09:13")), {"visited_at"}),
        (visits.Entry(HOME, (visits.Matter("050104"),), local("2026-09-01 09:00")), {"visited_at"}),
        (visits.Entry(households.Entry("1", "", " "), (visits.Matter("050104"),)), {"grid_code", "address", "name"}),
        (visits.Entry(HOME, (visits.Matter("050104", private="字" * 2001),)), {"description"}),
    ],
)
def test_what_is_wrong_is_said_all_at_once_and_no_case_is_opened(city, clock, entry, wrong):
    clock.rewind(local(AT))
    with pytest.raises(InvalidError) as refused, city.transaction(_actor(city, "wangmin")) as uow:
        visits.open_visit(uow, entry)
    assert set(refused.value.problems) == wrong
    with city.reading(SYSTEM) as uow:
        assert (uow.session.scalars(select(Case)).all(), uow.session.scalars(select(Household)).all()) == ([], [])


def test_the_public_opens_no_visit_and_a_wrong_code_leads_nowhere(city, clock):
    with pytest.raises(ForbiddenError), city.transaction(PUBLIC) as uow:
        visits.open_visit(uow, visits.Entry(HOME, (visits.Matter("050104"),)))
    with pytest.raises(NotFoundError), city.reading(PUBLIC) as uow:
        visits.follow(uow, "no-such-code")
