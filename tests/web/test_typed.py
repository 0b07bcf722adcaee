"""What people type wrongly, or on purpose: dates no city means, impossible pages, other people's drafts and tasks."""

from datetime import UTC, datetime

import pytest

from engine import absences, bulletins, execution, privacy, reporters, tasks
from engine.desk_models import FollowUp
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Case, Task
from engine.uow import PUBLIC, SYSTEM
from tests.scenarios.story import Story, close, file, local
from tests.web.test_ownership import app, task_url  # noqa: F401
from tests.web.test_pages import Visitor


@pytest.fixture
def bins(city, clock):
    return file(Story(city, clock, "050104", "2026-11-16 09:00"))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "1999-12-31T23:59", "9999-12-31T00:00", "soon"])
def test_a_date_that_no_city_means_is_refused_and_no_page_falls(app, bins, moment):  # noqa: F811
    visitor = Visitor(app, "wanglin")
    url = task_url(bins, "wanglin", "handle")
    answers = [
        visitor.post(
            "/absences", "/absences", person="wanglin", substitute="wangmin", **{"from": moment, "to": moment}
        ),
        visitor.post(url, f"{url}/follow-up", day=moment[:10]),
        visitor.post(f"/cases/{bins.id}/clock", f"/cases/{bins.id}/pause", until=moment, reason="等待"),
        visitor.get(f"/due?value=4&unit=hours&start={moment}"),
    ]
    assert {answer.status_code for answer in answers} <= {200, 404, 422}
    assert {visitor.get(page).status_code for page in ("/absences", "/inbox", f"/cases/{bins.id}", url)} == {200}


def test_a_moment_that_stands_there_already_takes_no_page_down(app, bins):  # noqa: F811
    with bins.database.transaction(SYSTEM) as uow:
        task = uow.session.query(Task).filter_by(case_id=bins.id, activity_id="handle").one()
        uow.session.add(FollowUp(person="wanglin", task_id=task.id, due_at=datetime(1, 1, 2, tzinfo=UTC)))
    assert Visitor(app, "wanglin").get("/inbox").status_code == 200


@pytest.mark.parametrize("page", ["/cases", "/inbox", "/report/mine", "/precedents", "/visits"])
@pytest.mark.parametrize("number", ["999999999999999999999", "-1", "x"])
def test_a_page_that_cannot_be_is_an_empty_one(app, bins, page, number):  # noqa: F811
    assert Visitor(app, "zhaoli").get(f"{page}?page={number}").status_code == 200


@pytest.mark.parametrize("value", ["1e12", "99999999", "1e400", "-1", "NaN", "many"])
def test_a_limit_that_nobody_means_is_refused_beside_its_field(app, bins, value):  # noqa: F811
    answer = Visitor(app, "zhaoli").get(f"/due?value={value}&unit=work_hours&start=2026-11-16T09:00")
    assert answer.status_code == 200
    assert "须为 0 至 87,600 之间的数字" in answer.text


def test_nobody_writes_into_anothers_draft(bins):
    bins.claim("wanglin", "handle")
    with bins.database.reading(SYSTEM) as uow:
        (task,) = (each for each in uow.session.query(Task).filter_by(case_id=bins.id) if each.is_open)
    for name in ("yangjie", "admin"):
        with pytest.raises((ConflictError, ForbiddenError)):
            bins.act(name, tasks.save_draft, task.id, {"result": "改掉"})
    bins.act("wanglin", tasks.save_draft, task.id, {"result": "已清运"})


def test_a_task_is_handed_to_colleagues_only_but_by_who_watches_to_anybody(bins):
    bins.claim("wanglin", "handle")
    with bins.database.reading(SYSTEM) as uow:
        (task,) = (each for each in uow.session.query(Task).filter_by(case_id=bins.id) if each.is_open)
    with pytest.raises(ForbiddenError, match="people of your unit"):
        bins.act("wanglin", tasks.reassign_task, task.id, "sunlei")
    bins.act("yangjie", tasks.reassign_task, task.id, "sunlei")


def test_nobody_ends_the_absence_of_another(bins):
    end = local("2026-11-20 18:00")
    row = bins.act("wanglin", absences.note_absence, "wanglin", "zhaoli", local("2026-11-17 09:00"), end)
    with pytest.raises(ForbiddenError):
        bins.act("sunlei", absences.end_absence, row.id)
    bins.act("wanglin", absences.end_absence, row.id)


@pytest.mark.parametrize(
    "text", ["电话138 1234 5678", "联系 138-1234-5678", "感谢居民张三反映", "身份证 15010219800101123X", "0471 1234567"]
)
def test_a_bulletin_has_no_part_of_a_contact_in_it(city, clock, text):
    story = Story(city, clock, "050104", "2026-11-16 09:00")
    with city.transaction(SYSTEM) as uow:
        case = execution.locked_case(uow, story.id)
        case.summary = {**case.summary, "contact": "张三 13812345678"}
        uow.record("case.noted", case)
    with pytest.raises(InvalidError):
        story.act("zhaoli", bulletins.publish, story.id, text)
    story.act("zhaoli", bulletins.publish, story.id, "已于 2026-11-16 10:30 清运 3 个垃圾箱，12345 热线可咨询")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("请打 13812345678", "请打 138****5678"),
        ("请打 138 1234 5678", "请打 138****5678"),
        ("zhang.san@example.org", "z***@example.org"),
        ("2026-11-16 10:30 在 12 号楼", "2026-11-16 10:30 在 12 号楼"),
    ],
)
def test_numbers_of_people_are_hidden_in_texts_and_dates_are_not(text, hidden):
    assert privacy.without_numbers(text) == hidden


def test_a_number_in_a_reason_is_hidden_from_those_who_do_not_read_the_contact(app, bins):  # noqa: F811
    close(bins, "wanglin")
    with bins.database.transaction(PUBLIC) as uow:
        reporters.reopen(uow, uow.session.get_one(Case, bins.id).token, "没有解决，请打 13812345678")
    assert "13812345678" not in Visitor(app, "yangjie").get(f"/cases/{bins.id}").text
    assert "138****5678" in Visitor(app, "yangjie").get(f"/cases/{bins.id}").text
