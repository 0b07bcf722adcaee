"""S22: mediation, a third party, arbitration or court; with the times, inboxes and entries that the story states."""

from datetime import timedelta

import pytest

from engine import cases, clock_requests, directory, mediations, reporters, reports, tasks
from engine.errors import ForbiddenError, InvalidError, NotFoundError, RefusedError
from engine.models import Assessment, Case
from engine.uow import SYSTEM
from tests.scenarios.story import GRID, Story, file, local

ITEM = "100202"  # ZJJ (hebing) leads, 7 work_days
NAMES = {"applicant": "王建国", "respondent": "安居物业"}
MEDIATE = {"result": "双方就物业费与漏水维修各执一词"}
SETTLED = {**MEDIATE, "outcome": "settled", "agreement": "被申请人十日内修复漏水，申请人补交物业费"}
THIRD = {**MEDIATE, "outcome": "third_party", "mediator": "hanmei"}
FAILED = {"outcome": "failed", "result": "双方仍不能达成一致"}
GUIDE = {"forum": "both", "result": "已告知双方可向仲裁委员会申请仲裁或向新城区人民法院起诉"}
ANSWER = "经核实并多次调解，双方未达成一致，已于12月15日告知仲裁与诉讼途径"


@pytest.fixture
def dispute(city, clock):
    return named(file(Story(city, clock, ITEM, "2026-11-16 09:30")))


def named(story, person="hebing"):
    for side, name in NAMES.items():
        story.act(person, mediations.add_party, story.id, side, name, "13811112222")
    return story


def consent(story, person="hebing", agrees=True, to="hanmei", which=(0, 1)):
    for place in which:
        party = story.act(person, mediations.parties, story.id)[place]
        story.act(person, mediations.consent, story.id, party.id, to, agrees=agrees, how="signed")


def to_third_party(story, moment="2026-11-24 10:00", person="hebing"):
    consent(story.at(moment), person)
    story.do(person, "mediate", **THIRD)
    return story


def work(story, person):
    """Return the activities in the person's inbox, without early warnings."""
    return [each for each in story.inbox(person) if each != "amber_act"]


def close(story, answer=ANSWER):
    story.do("chenjing", "verify", passed=True)
    story.do("zhaoli", "answer", answer=answer)


def counted(story):
    with story.database.reading(SYSTEM) as uow:
        return uow.session.get_one(Assessment, story.id)


def made(story):
    with story.database.reading(SYSTEM) as uow:
        found = mediations.agreements(uow, story.id)
        uow.session.expunge_all()
        return found


def follow_up(story, agreement):
    """Return the story of the return visit of the agreement."""
    visit = object.__new__(Story)
    visit.database, visit.clock, visit.id = story.database, story.clock, agreement.visit_case_id
    return visit


# ---- the clock


def test_s22_a_dispute_goes_to_mediation_by_the_unit_that_leads(dispute):
    assert dispute.due() == "2026-11-25 09:30:00"
    assert dispute.inbox("hebing") == ["mediate"]
    assert dispute.case().unit_code == "ZJJ"


def test_s22_the_third_party_has_fifteen_working_days_from_the_first_deadline(dispute):
    to_third_party(dispute)
    assert dispute.due() == "2026-12-16 09:30:00"
    (granted,) = dispute.entries("clock.granted")
    assert granted["granted"] == {"stage": "third_party", "value": "15", "unit": "work_days"}
    assert (granted["before"], granted["due"]) == ("2026-11-25T01:30:00+00:00", "2026-12-16T01:30:00+00:00")
    assert granted["late"] is False
    assert dispute.clock_row().slots[0][0] == "2026-11-16T09:30:00+08:00"
    with dispute.database.reading(dispute.actor("hanmei")) as uow:
        (task,) = tasks.inbox(uow)
        assert task.due_at == local("2026-12-16 09:30")


def test_s22_the_ladder_follows_the_limit_of_the_third_party(dispute):
    to_third_party(dispute)
    dispute.at("2026-12-11 09:29:59")
    assert dispute.states().get("overdue_act") is None
    assert dispute.at("2026-12-16 09:30").states()["overdue_act"] == "open"
    assert dispute.case().summary["escalated"] == 1


def test_early_warning_comes_at_four_fifths_of_the_limit_in_force(city, clock):
    story = to_third_party(named(file(Story(city, clock, ITEM, "2026-11-16 09:30"))), "2026-11-18 10:00")
    assert "amber_act" not in story.at("2026-12-11 09:29").states()
    assert story.at("2026-12-11 09:30").states()["amber_act"] == "open"


# ---- the inbox


def test_s22_the_third_party_has_an_inbox_limited_to_this_case(dispute):
    other = named(file(Story(dispute.database, dispute.clock, ITEM, "2026-11-16 10:00")))
    to_third_party(dispute)
    assert (dispute.inbox("hanmei"), other.inbox("hanmei")) == (["third_party"], [])
    with dispute.database.reading(dispute.actor("hanmei")) as uow:
        assert [task.case_id for task in tasks.inbox(uow)] == [dispute.id]
        assert [case.id for case in cases.list_cases(uow, state="all", text="")] == [dispute.id]
        assert cases.get_case(uow, dispute.id).number == dispute.number
        with pytest.raises(NotFoundError):
            cases.get_case(uow, other.id)


def test_s22_the_third_party_has_no_access_to_other_cases_of_the_parties(dispute):
    same_people = named(file(Story(dispute.database, dispute.clock, "100201", "2026-11-17 09:00")), "tianhua")
    to_third_party(dispute)
    for function in (mediations.add_party, lambda uow, case_id, *_: cases.get_case(uow, case_id)):
        with pytest.raises(NotFoundError):
            same_people.act("hanmei", function, same_people.id, "other", "李四")
    with dispute.database.reading(dispute.actor("hanmei")) as uow:
        assert mediations.may_read(uow, dispute.id)
        assert not mediations.may_read(uow, same_people.id)


def test_who_comes_from_outside_sees_nothing_by_having_reported_it(dispute):
    with dispute.database.transaction(dispute.actor("hanmei")) as uow:
        own = reports.submit(uow, reports.Report("050104", GRID, "箱子满了", "海东路 12 号"))
    with dispute.database.reading(dispute.actor("hanmei")) as uow, pytest.raises(NotFoundError):
        cases.get_case(uow, own.id)


# ---- the branches


def test_s22_settled_there_is_an_agreement_and_a_return_visit_after_thirty_days(dispute):
    dispute.at("2026-11-23 15:00").do("hebing", "mediate", **SETTLED)
    close(dispute, "经核实并于今日调解成功，双方已签协议")
    assert counted(dispute).figures["class"] == "solved"
    (agreement,) = made(dispute)
    assert (agreement.text, agreement.body, agreement.kept) == (SETTLED["agreement"], "ZJJ", None)
    assert agreement.visit_at == local("2026-12-23 15:00")
    visit = follow_up(dispute, agreement)
    assert visit.at("2026-12-23 14:59:59").inbox("chenjing") == []
    assert visit.at("2026-12-23 15:00").inbox("chenjing") == ["return_visit"]
    visit.do("chenjing", "return_visit", kept=True, comment="双方均称已履行")
    assert made(dispute)[0].kept is True
    assert dispute.entries("agreement.visited") == [
        {"agreement": str(agreement.id), "kept": True, "comment": "双方均称已履行"}
    ]
    assert dispute.case().closed_at is not None
    assert visit.case().closed_at is not None


def test_what_is_not_kept_opens_the_same_case_again_one_level_higher(dispute):
    dispute.at("2026-11-23 15:00").do("hebing", "mediate", **SETTLED)
    close(dispute, "经核实并于今日调解成功，双方已签协议")
    visit = follow_up(dispute, made(dispute)[0]).at("2026-12-23 15:00")
    visit.do("chenjing", "return_visit", kept=False, comment="漏水未修")
    assert (dispute.case().closed_at, dispute.case().summary["reopened"]) == (None, 1)
    assert "mediate" in dispute.inbox("hebing")
    assert dispute.case().summary["escalated"] == 1
    assert dispute.entries("case.reopened")[0]["through"] == "return visit"


def test_an_agreement_that_another_one_replaced_is_not_visited(dispute):
    dispute.at("2026-11-20 15:00").do("hebing", "mediate", **SETTLED)
    dispute.at("2026-11-20 16:00").do("chenjing", "verify", passed=False, comment="申请人不认可协议")
    dispute.at("2026-11-23 15:00").do("hebing", "mediate", **SETTLED)
    close(dispute, "经核实并于今日调解成功，双方已签协议")
    first, second = made(dispute)
    assert follow_up(dispute, first).at("2026-12-20 15:00").case().closed_at == local("2026-12-20 15:00")
    assert follow_up(dispute, second).at("2026-12-23 15:00").inbox("chenjing") == ["return_visit"]


def test_s22_settled_by_the_third_party_the_agreement_names_its_body(dispute):
    to_third_party(dispute).at("2026-12-04 11:00").do("hanmei", "third_party", **SETTLED)
    close(dispute, "经核实，第三方于今日调解成功，双方已签协议")
    assert (counted(dispute).figures["class"], counted(dispute).on_time) == ("solved", True)
    assert made(dispute)[0].body == "WYTJ"


def test_s22_failed_again_it_is_guided_to_arbitration_or_court_and_not_counted_as_solved(dispute):
    to_third_party(dispute).at("2026-12-15 10:00").do("hanmei", "third_party", **FAILED)
    assert work(dispute, "hebing") == ["guide"]
    dispute.do("hebing", "guide", **GUIDE)
    close(dispute)
    assert counted(dispute).figures["class"] == "guided_out"
    assert counted(dispute).on_time
    with dispute.database.reading(SYSTEM) as uow:
        assert cases.standing(uow.session.get_one(Case, dispute.id)) == "guided out"
    assert made(dispute) == []


def test_opened_again_and_settled_it_is_listed_as_solved_and_the_first_figure_stays(dispute):
    dispute.at("2026-11-24 10:00").do("hebing", "mediate", **MEDIATE, outcome="guided")
    dispute.do("hebing", "guide", **GUIDE)
    close(dispute)
    assert counted(dispute).ended_as == "guided_out"
    dispute.act("zhaoli", reporters.reopen, dispute.case().token, "双方愿意再谈")
    dispute.do("hebing", "mediate", **SETTLED)
    close(dispute, "经核实并于今日调解成功，双方已签协议")
    assert (counted(dispute).ended_as, counted(dispute).figures["class"]) == ("solved", "guided_out")


def test_the_clerk_cannot_make_it_solved_with_the_answer(dispute):
    dispute.at("2026-11-24 10:00").do("hebing", "mediate", **MEDIATE, outcome="guided")
    dispute.do("hebing", "guide", **GUIDE)
    dispute.do("chenjing", "verify", passed=True)
    dispute.do("zhaoli", "answer", answer=ANSWER, settled_as="solved")
    assert counted(dispute).figures["class"] == "guided_out"


def test_a_check_that_fails_leads_back_to_mediation_and_grants_no_second_limit(dispute):
    to_third_party(dispute).at("2026-12-04 10:00").do("hanmei", "third_party", **FAILED)
    dispute.do("hebing", "guide", **GUIDE)
    dispute.do("chenjing", "verify", passed=False, comment="未告知被申请人")
    assert work(dispute, "hebing") == ["mediate"]
    dispute.do("hebing", "mediate", **THIRD)
    assert (dispute.due(), len(dispute.entries("clock.granted"))) == ("2026-12-16 09:30:00", 1)


def test_who_mediated_does_not_verify(dispute):
    dispute.do("hebing", "mediate", **SETTLED)
    with dispute.database.transaction(SYSTEM) as uow:
        directory.add_person(uow, "double", "两职", unit_code="ZJJ", groups=["verification", "unit:ZJJ"])
    dispute.do("chenjing", "verify", passed=False, comment="协议未签字")
    dispute.do("double", "mediate", **SETTLED)
    with pytest.raises(RefusedError, match="whoever took part in handling does not verify"):
        dispute.do("double", "verify", passed=True)


def test_a_unit_that_does_not_own_the_dispute_sends_it_back_and_the_next_one_mediates(dispute):
    back = {"outcome": "send_back", "result": "属邻里矛盾", "basis": "《人民调解法》第八条", "suggested_unit": "SFJ"}
    dispute.at("2026-11-16 10:00").do("hebing", "mediate", **back)
    dispute.do("liqiang", "redispatch", unit="SFJ")
    assert (dispute.inbox("tianhua"), dispute.due()) == (["mediate"], "2026-11-25 09:30:00")


# ---- other orders of events


def test_failing_after_the_deadline_the_third_party_still_counts_from_it(dispute):
    to_third_party(dispute, "2026-11-26 15:00")
    assert dispute.due() == "2026-12-16 09:30:00"
    assert dispute.entries("clock.granted")[0]["late"] is True
    assert dispute.case().summary["escalated"] == 1


def test_an_extension_before_moves_what_is_granted_behind_it(dispute):
    dispute.at("2026-11-24 10:00").act("hebing", clock_requests.ask_extension, dispute.id, "当事人外出")
    dispute.do("yangjie", "agree", agreed=True)
    dispute.do("liqiang", "approve", agreed=True)
    assert dispute.due() == "2026-12-04 09:30:00"
    to_third_party(dispute, "2026-12-03 10:00")
    assert dispute.due() == "2026-12-25 09:30:00"


def test_a_pause_before_the_third_party_moves_both_deadlines(dispute):
    dispute.at("2026-11-18 09:30").act(
        "hebing", clock_requests.ask_pause, dispute.id, local("2026-11-20 09:30"), "当事人住院"
    )
    dispute.do("liqiang", "approve", agreed=True)
    dispute.at("2026-11-20 09:30")
    assert dispute.due() == "2026-11-27 09:30:00"
    to_third_party(dispute, "2026-11-26 10:00")
    assert dispute.due() == "2026-12-18 09:30:00"


def test_opened_again_it_has_a_fresh_run_of_the_first_limit_alone(dispute):
    to_third_party(dispute).at("2026-12-04 11:00").do("hanmei", "third_party", **SETTLED)
    close(dispute, "经核实，第三方于今日调解成功，双方已签协议")
    visit = follow_up(dispute, made(dispute)[0]).at("2027-01-04 09:30")
    visit.do("chenjing", "return_visit", kept=False, comment="未履行")
    assert dispute.due() == "2027-01-13 09:30:00"
    assert dispute.clock_row().further == []


# ---- consent


def test_s22_the_consent_of_each_party_is_recorded_and_their_names_are_not(dispute):
    to_third_party(dispute)
    assert dispute.entries("party.consented") == [
        {"party": place, "side": side, "consents": True, "to": "hanmei", "body": "WYTJ", "how": "signed"}
        for place, side in enumerate(NAMES, 1)
    ]
    assert dispute.actors("party.consented") == ["hebing", "hebing"]
    with dispute.database.reading(SYSTEM) as uow:
        chain = "".join(str(entry.body) for entry in cases.timeline(uow, uow.session.get_one(Case, dispute.id)))
    assert not any(name in chain for name in NAMES.values())
    assert dispute.unbroken()


@pytest.mark.parametrize("which", [(), (0,), (1,)])
def test_without_the_consent_of_each_party_there_is_no_third_party(dispute, which):
    consent(dispute, which=which)
    with pytest.raises(RefusedError, match=r"each party must consent.*mediation_rule, version 1"):
        dispute.do("hebing", "mediate", **THIRD)
    assert dispute.inbox("hebing") == ["mediate"]
    (kept,) = dispute.entries("mediate.refused")
    assert "须经每一方当事人同意" in kept["why"]["zh"]
    assert dispute.due() == "2026-11-25 09:30:00"


def test_who_changes_his_mind_ends_the_way_to_a_third_party(dispute):
    consent(dispute)
    consent(dispute, agrees=False, which=(1,))
    with pytest.raises(RefusedError, match="each party must consent"):
        dispute.do("hebing", "mediate", **THIRD)
    assert [each["party"] for each in dispute.entries("party.declined")] == [2]
    dispute.do("hebing", "mediate", **MEDIATE, outcome="guided")
    assert work(dispute, "hebing") == ["guide"]


def test_consent_to_one_body_is_none_to_another(dispute):
    with dispute.database.transaction(SYSTEM) as uow:
        directory.add_person(uow, "other", "另一人", unit_code="WYTJ", roles=["guest"])
    consent(dispute, to="other")
    with pytest.raises(RefusedError, match="this third party"):
        dispute.do("hebing", "mediate", **THIRD)


@pytest.mark.parametrize("values", [THIRD, SETTLED])
def test_a_dispute_has_two_parties(city, clock, values):
    story = file(Story(city, clock, ITEM, "2026-11-16 09:30"))
    story.act("hebing", mediations.add_party, story.id, "applicant", "王建国")
    with pytest.raises(RefusedError, match="at least two"):
        story.do("hebing", "mediate", **values)


@pytest.mark.parametrize("missing", ["agreement", "mediator"])
def test_the_form_asks_for_what_the_outcome_needs(dispute, missing):
    values = dict(SETTLED if missing == "agreement" else THIRD)
    del values[missing]
    consent(dispute)
    with pytest.raises(InvalidError) as error:
        dispute.do("hebing", "mediate", **values)
    assert set(error.value.problems) == {missing}


# ---- who reads and writes the parties


@pytest.mark.parametrize("person", ["zhaoli", "chenjing", "yangjie", "admin"])
def test_only_who_mediates_now_writes_down_parties(dispute, person):
    with pytest.raises((ForbiddenError, NotFoundError)):
        dispute.act(person, mediations.add_party, dispute.id, "other", "李四")


def test_names_are_masked_but_for_those_who_mediate(dispute):
    to_third_party(dispute)

    def reads(person):
        with dispute.database.reading(dispute.actor(person)) as uow:
            first = mediations.shown(uow, dispute.id)[0]
            return first["name"], first["contact"]

    whole, masked = ("王建国", "13811112222"), ("王**", "138****2222")
    assert {person: reads(person) for person in ("hebing", "hanmei", "zhaoli", "yangjie", "batu")} == {
        "hebing": whole,
        "hanmei": whole,
        "zhaoli": masked,
        "yangjie": masked,
        "batu": masked,
    }
    dispute.at("2026-12-04 11:00").do("hanmei", "third_party", **FAILED)
    assert (reads("hanmei"), reads("hebing")) == (masked, whole)


def test_the_third_party_is_charged_with_its_own_time(dispute):
    to_third_party(dispute).at("2026-12-15 10:00").do("hanmei", "third_party", **FAILED)
    spans = [(span.unit, span.natural) for span in dispute.at("2026-12-15 11:00").ledger().spans]
    assert [unit for unit, _time in spans][-3:] == ["ZJJ", "WYTJ", "ZJJ"]
    assert dict(spans[-2:])["WYTJ"] == timedelta(days=21)
    assert sum((time for _unit, time in spans), timedelta()) == local("2026-12-15 11:00") - local("2026-11-16 09:30")
