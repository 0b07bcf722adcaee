"""Enforcement outcomes (责令、处罚 …): what they state, when they are checked, what repeats."""

import pytest
from sqlalchemy import delete, select

from engine import audit, deployments, enforcement, links
from engine.desk_models import CaseSubject
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, RefusedError
from engine.models import Membership, Task
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.scenarios.story import Story, close, file, local

STALL = "080102"  # unlicensed stall; CGJ (liuyang) leads
SPOT = (40.8680, 111.7060)
ORDER = {"kind": "order_correct", "document": "责改〔2026〕12号", "party": "张三烧烤", "party_mark": "92150102MA0N1"}
FINE = {**ORDER, "kind": "penalty", "document": "罚决〔2026〕3号", "amount": 500.5}


@pytest.fixture
def stall(city, clock):
    return a_stall(city, clock, "2026-11-16 09:00")


def a_stall(city, clock, moment, spot=SPOT, item=STALL):
    return file(Story(city, clock, item, moment, spot=spot))


def task_of(story, name, activity="handle"):
    with story.database.reading(story.actor(name)) as uow:
        (found,) = (each.id for each in story._offered(uow) if each.activity_id == activity)
        return found


def note(story, name="liuyang", activity="handle", **values):
    return story.act(name, enforcement.note, task_of(story, name, activity), {**ORDER, **values})


def rows(story):
    with story.database.reading(SYSTEM) as uow:
        found = enforcement.of_case(uow, story.id)
        uow.session.expunge_all()
        return found


def check_of(story, which=0):
    """Return the story of the compliance check of the case's outcome."""
    found = object.__new__(Story)
    found.database, found.clock, found.id = story.database, story.clock, rows(story)[which].check_case_id
    return found


def linked(story):
    """Return what the case is linked to: kind -> number of cases."""
    with story.database.reading(SYSTEM) as uow:
        found = [kind for kind, _case in links.linked_cases(uow, story.id)]
        return {kind: found.count(kind) for kind in found}


def heads(story):
    """Return the groups to whom the task of taking up a repeat offence is offered."""
    with story.database.reading(SYSTEM) as uow:
        query = select(Task.activity_id).where(Task.case_id == story.id, Task.activity_id == "take_up")
        return list(uow.session.scalars(query))


# ---- noting


def test_an_order_is_noted_with_its_document_party_and_the_day_of_its_check(stall):
    note(stall.at("2026-11-16 10:00"))
    (row,) = rows(stall)
    assert (row.kind, row.unit_code, row.party, row.times) == ("order_correct", "CGJ", "张三烧烤", 1)
    assert row.check_at == local("2026-11-19 10:00")  # three working days
    (noted,) = stall.entries("outcome.noted")
    assert (noted["kind"], noted["document"], noted["unit"]) == ("order_correct", "责改〔2026〕12号", "CGJ")
    assert stall.actors("outcome.noted") == ["liuyang"]
    assert "handle" in stall.inbox("liuyang")


def test_the_chain_names_no_party(stall):
    note(stall)
    with stall.database.reading(SYSTEM) as uow:
        said = " ".join(str(entry.body) for entry in audit.timeline(uow, stall.id))
    assert "张三" not in said
    assert "92150102" not in said


def test_the_day_that_the_document_gives_goes_before_the_table(stall):
    note(stall.at("2026-11-16 10:00"), days=10)
    assert rows(stall)[0].check_at == local("2026-11-26 10:00")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"document": ""}, "文书编号"),
        ({"kind": "penalty", "amount": 100, "party": ""}, "当事人"),
        ({"kind": "penalty"}, "罚款金额"),
    ],
)
def test_what_an_outcome_must_state_is_asked_for_by_rule(stall, values, why):
    with pytest.raises(RefusedError, match="enforcement_rule, version 1") as refusal:
        note(stall, **values)
    assert why in refusal.value.words["zh"]
    (kept,) = stall.entries("outcome.refused")
    assert (kept["rule"], "party" in str(kept["values"])) == ("enforcement_rule", False)
    assert rows(stall) == []


def test_a_fine_is_kept_to_the_fen_and_its_payment_checked_after_fifteen_days(stall):
    note(stall.at("2026-11-16 10:00"), **FINE)
    (row,) = rows(stall)
    assert (row.fen, row.check_at) == (50050, local("2026-12-01 10:00"))


def test_fields_are_checked_before_the_rule(stall):
    with pytest.raises(InvalidError) as wrong:
        note(stall, kind="scolding", days=0)
    assert set(wrong.value.problems) == {"kind", "days"}


def test_only_who_does_the_task_notes_an_outcome_and_only_where_the_diagram_says_so(stall):
    task = task_of(stall, "liuyang")
    with pytest.raises(NotFoundError):
        stall.act("wanglin", enforcement.note, task, ORDER)
    with pytest.raises(ForbiddenError, match="only who does task"):
        stall.act("yangjie", enforcement.note, task, ORDER)
    stall.do("liuyang", "handle", outcome="done", result="已处置完毕")
    verify = task_of(stall, "chenjing", "verify")
    with pytest.raises(ConflictError, match="no enforcement outcomes"):
        stall.act("chenjing", enforcement.note, verify, ORDER)


# ---- the check


def test_the_check_comes_when_it_is_due_and_is_due_within_two_working_days(stall):
    note(stall.at("2026-11-16 10:00"))
    close(stall, "liuyang")
    check = check_of(stall)
    check.at("2026-11-19 09:59:59")
    assert check.inbox("liuyang") == []
    check.at("2026-11-19 10:00")
    assert check.inbox("liuyang") == ["check_compliance"]
    with stall.database.reading(SYSTEM) as uow:
        due = uow.session.scalar(select(Task.due_at).where(Task.case_id == check.id))
    assert due == local("2026-11-23 10:00")  # over a week-end
    assert linked(stall) == {"checked by": 1}
    assert linked(check) == {"checks": 1}


def test_what_was_complied_with_ends_there_and_stands_beside_the_outcome(stall):
    note(stall.at("2026-11-16 10:00"))
    check = check_of(stall)
    check.at("2026-11-19 10:00").do("liuyang", "check_compliance", complied=True, finding="已办理营业执照")
    (row,) = rows(stall)
    assert (row.complied, row.finding, row.checked_by) == (True, "已办理营业执照", "liuyang")
    assert check.case().closed_at is not None
    assert [each["complied"] for each in stall.entries("outcome.checked")] == [True]
    assert check.unbroken()


def test_what_was_not_complied_with_needs_a_heavier_outcome_which_is_checked_again(stall):
    note(stall.at("2026-11-16 10:00"))
    close(stall, "liuyang")
    check = check_of(stall)
    check.at("2026-11-19 10:00").do("liuyang", "check_compliance", complied=False, finding="仍在占道经营")
    assert check.inbox("liuyang") == ["enforce"]
    assert [each["what"] for each in check.entries("notice.given")] == ["not complied with"]
    with pytest.raises(RefusedError, match="enforce_rule"):
        check.do("liuyang", "enforce")
    with pytest.raises(RefusedError, match="enforcement_rule") as refusal:
        note(check, activity="enforce")
    assert "更重" in refusal.value.words["zh"]
    note(check, activity="enforce", **FINE)
    check.do("liuyang", "enforce")
    assert check.case().closed_at is not None
    assert [row.kind for row in rows(stall)] == ["order_correct", "penalty"]
    again = check_of(stall, 1)
    again.at("2026-12-04 10:00")
    assert again.inbox("liuyang") == ["check_compliance"]


def test_nothing_heavier_needs_a_reason(stall):
    note(stall.at("2026-11-16 10:00"))
    check = check_of(stall)
    check.at("2026-11-19 10:00").do("liuyang", "check_compliance", complied=False, finding="人去摊空")
    check.do("liuyang", "enforce", why_none="摊主已离开本市，无法继续处理")
    assert check.case().closed_at is not None


def test_a_check_that_is_late_is_told_to_the_head_and_stays(stall):
    note(stall.at("2026-11-16 10:00"))
    check = check_of(stall)
    check.at("2026-11-23 09:59:59")
    assert check.entries("notice.given") == []
    check.at("2026-11-23 10:00")
    assert [each["what"] for each in check.entries("notice.given")] == ["compliance check late"]
    assert check.inbox("liuyang") == ["check_compliance"]


def test_what_was_withdrawn_is_not_checked_and_counts_no_longer(stall, city, clock):
    row = note(stall.at("2026-11-16 10:00"))
    with pytest.raises(ForbiddenError, match="only who noted"):
        stall.act("yangjie", enforcement.withdraw, row.id)
    stall.act("liuyang", enforcement.withdraw, row.id)
    check = check_of(stall)
    check.at("2026-11-19 10:00")
    assert (check.inbox("liuyang"), check.case().closed_at is not None) == ([], True)
    with pytest.raises(ConflictError):
        stall.act("liuyang", enforcement.withdraw, row.id)
    other = a_stall(city, clock, "2026-11-20 09:00")
    assert linked(other) == {}


# ---- repeat offences


def offences(city, clock, count, **more):
    """Return so many cases at the place, each of which ended with an order to correct, a fortnight apart."""
    found = []
    for n in range(count):
        story = a_stall(city, clock, f"2026-{7 + n:02}-06 09:00", **more)
        note(story, party=f"摊主{n}", party_mark="")
        close(story, "liuyang")
        found.append(story)
    return found


def test_the_second_time_is_linked_and_goes_the_usual_way(city, clock):
    offences(city, clock, 1)
    again = a_stall(city, clock, "2026-11-16 09:00")
    assert linked(again) == {"repeats": 1}
    assert again.states()["handle"] == "open"
    assert heads(again) == []


def test_the_third_time_at_a_place_units_act_together_and_the_head_takes_it_up(city, clock):
    offences(city, clock, 2)
    third = a_stall(city, clock, "2026-11-16 09:00")
    assert linked(third) == {"repeats": 2}
    assert third.case().summary["repeat"] == 3
    assert "handle" not in third.states()
    assert third.states()["close_joint"] == "open"
    assert len(third.entries("joint.opened")[0]["units"]) > 1
    third.do("liuyang", "take_up", how="联合市场监管局立案处罚，并报请停业")
    assert third.entries("repeat.taken-up")[0]["how"].startswith("联合")
    assert third.entries("repeat.found") == [{"unit": "CGJ", "times": 3}]


def test_the_third_time_neither_warning_nor_order_will_do(city, clock):
    offences(city, clock, 2)
    third = a_stall(city, clock, "2026-11-16 09:00")
    third.do("liuyang", "sign_in")
    with pytest.raises(RefusedError, match="enforcement_rule") as refusal:
        note(third, activity="unit_result")
    assert "第3次" in refusal.value.words["zh"]
    note(third, activity="unit_result", **FINE)
    assert rows(third)[0].times == 3


def test_elsewhere_or_another_offence_is_no_repetition(city, clock):
    offences(city, clock, 2)
    assert linked(a_stall(city, clock, "2026-11-16 09:00", item="050104")) == {}


def test_a_party_is_found_again_at_another_place_by_its_licence(city, clock):
    for n in range(2):
        story = file(Story(city, clock, STALL, f"2026-{8 + n:02}-06 09:00", grid=GRIDS[n], spot=SPOTS[n]))
        move(story, f"别处 {n} 号")
        note(story, party="张三", party_mark="92150102 ma0n-1")
    third = a_stall(city, clock, "2026-11-16 09:00")
    move(third, "又一处")
    assert third.states()["handle"] == "open"
    with pytest.raises(RefusedError, match="enforcement_rule"):
        note(third)
    note(third, **FINE)
    assert linked(third) == {"repeats": 2, "checked by": 1}
    assert "take_up" in third.at("2026-11-16 09:00").inbox("liuyang")


def test_people_who_share_a_name_in_different_grids_are_not_taken_for_one(city, clock):
    for n in range(2):
        story = file(Story(city, clock, STALL, f"2026-{8 + n:02}-06 09:00", grid=GRIDS[n], spot=SPOTS[n]))
        move(story, f"别处 {n} 号")
        note(story, party="王伟", party_mark="")
    third = a_stall(city, clock, "2026-11-16 09:00")
    move(third, "又一处")
    note(third, party="王伟", party_mark="")
    assert (rows(third)[0].times, linked(third)) == (1, {"checked by": 1})


def test_a_name_alone_is_found_again_in_its_own_grid(city, clock):
    first = file(Story(city, clock, STALL, "2026-09-06 09:00", spot=SPOTS[0]))
    move(first, "东头")
    note(first, party="王 伟", party_mark="")
    second = a_stall(city, clock, "2026-11-16 09:00")
    move(second, "西头")
    note(second, party="王伟", party_mark="")
    assert rows(second)[0].times == 2


def test_an_outcome_is_noted_although_the_diagram_has_no_task_for_repeat_offences(city, clock):
    drawing = (
        (PROCESSES / "incident" / "incident.bpmn").read_text("utf-8").replace("repeat_found_message", "other_message")
    )
    drawing = drawing.replace('name="repeat_found"/>', 'name="other"/>', 1)
    with city.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"incident.bpmn": drawing.encode()})
    offences(city, clock, 2)
    third = a_stall(city, clock, "2026-11-16 09:00")
    assert heads(third) == []
    third.do("liuyang", "sign_in")
    note(third, activity="unit_result", **FINE)
    assert rows(third)[0].times == 3


GRIDS = ("150102001007002", "150102001007003")
SPOTS = ((40.8780, 111.7060), (40.8880, 111.7060))


def move(story, address):
    """Let the case be about another address; before anything is noted in it."""
    with story.database.transaction(SYSTEM) as uow:
        uow.session.get_one(CaseSubject, story.id).address = address


def test_how_often_is_the_tables_to_say(city, clock):
    table = (PROCESSES / "incident" / "repeat-rule.dmn").read_text("utf-8").replace("<text>3</text>", "<text>2</text>")
    with city.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"repeat-rule.dmn": table.encode()})
    offences(city, clock, 1)
    assert "close_joint" in a_stall(city, clock, "2026-11-16 09:00").states()


def test_what_is_longer_ago_than_the_table_says_counts_no_longer(city, clock):
    offences(city, clock, 2)
    assert linked(a_stall(city, clock, "2028-12-16 09:00")) == {}


# ---- lists


def test_lists_hold_what_is_to_be_checked_late_and_not_complied_with(stall):
    note(stall.at("2026-11-16 10:00"))

    def listed(view):
        with stall.database.reading(stall.actor("liuyang")) as uow:
            return [case.number for _row, case in enforcement.listed(uow, view)]

    number = stall.number
    assert [listed(view) for view in enforcement.VIEWS] == [[number], [], [], [number], [number]]
    check_of(stall).at("2026-11-20 10:00")
    assert [listed(view) for view in enforcement.VIEWS] == [[number], [number], [], [number], [number]]
    check_of(stall).do("liuyang", "check_compliance", complied=False, finding="仍在占道经营")
    assert [listed(view) for view in enforcement.VIEWS] == [[], [], [number], [number], [number]]
    with stall.database.reading(SYSTEM) as uow:
        assert enforcement.lately(uow) == [enforcement.Line("CGJ", 1, 0, 1)]


def test_others_see_neither_name_nor_number_of_the_party(stall):
    note(stall)
    seen = {}
    for name in ("liuyang", "auditor"):
        with stall.database.reading(stall.actor(name)) as uow:
            (row,) = enforcement.of_case(uow, stall.id)
            seen[name] = enforcement.shown(uow, row)["party"]
    assert seen == {"liuyang": "张三烧烤", "auditor": "张**"}


def test_who_is_above_a_unit_without_a_head_takes_a_repeat_offence_up(city, clock):
    offences(city, clock, 2)
    with city.transaction(SYSTEM) as uow:
        uow.session.execute(delete(Membership).where(Membership.group_key == "unit:CGJ:head"))
    third = a_stall(city, clock, "2026-11-16 09:00")
    assert "take_up" not in third.inbox("liuyang")
    assert [name for name in ("batu", "yangjie") if "take_up" in third.inbox(name)]
