"""The desk of a liaison: narrowing the inbox, doing one thing to many tasks, going on to the next one."""

import re

from sqlalchemy import select

from engine.models import Case, Task
from engine.uow import SYSTEM
from tests.web.test_pages import Visitor, app, complete, report, task_url  # noqa: F401


def ids(app):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        return [str(each) for each in uow.session.scalars(select(Task.id).where(Task.state == "open"))]


def bulk(visitor, chosen, action, **more):
    return visitor.post("/inbox", "/inbox/bulk", task=chosen, action=action, **more)


def test_the_inbox_is_narrowed_by_words_step_and_deadline_and_the_address_says_how(app, clock):  # noqa: F811
    report(Visitor(app), address="兴安南路 8 号")
    report(Visitor(app), address="海东路 12 号")
    visitor = Visitor(app, "zhaoli")
    assert "海东路 12 号" not in visitor.get("/inbox?q=兴安").text
    assert "兴安南路 8 号" in visitor.get("/inbox?q=兴安&step=file").text
    assert "兴安南路 8 号" not in visitor.get("/inbox?step=answer").text
    assert "兴安南路 8 号" in visitor.get("/inbox?due=today").text


def test_many_tasks_are_claimed_after_a_look_at_what_each_row_will_do(app):  # noqa: F811
    report(Visitor(app))
    report(Visitor(app))
    visitor, chosen = Visitor(app, "zhaoli"), ids(app)
    looked = bulk(visitor, chosen, "claim")
    assert looked.text.count("领取") >= 3
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert set(uow.session.scalars(select(Task.assignee).where(Task.state == "open"))) == {None}
    assert bulk(visitor, chosen, "claim", phase="do").status_code == 200
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert set(uow.session.scalars(select(Task.assignee).where(Task.state == "open"))) == {"zhaoli"}


def test_a_row_that_may_not_be_done_says_why_and_the_others_are_done(app):  # noqa: F811
    report(Visitor(app))
    report(Visitor(app))
    chosen = ids(app)
    visitor = Visitor(app, "zhaoli")
    bulk(visitor, chosen[:1], "claim", phase="do")
    bulk(visitor, chosen[:1], "reassign", phase="do", name="liqiang")
    assert "已由 liqiang 领取" in bulk(visitor, chosen, "claim").text
    assert bulk(visitor, chosen, "claim", phase="do").status_code == 422
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert set(uow.session.scalars(select(Task.assignee).where(Task.state == "open"))) == {"liqiang", "zhaoli"}


def test_many_tasks_of_one_step_are_completed_with_one_form(app):  # noqa: F811
    report(Visitor(app))
    report(Visitor(app))
    visitor, chosen = Visitor(app, "zhaoli"), ids(app)
    assert 'name="filed"' in bulk(visitor, chosen, "complete").text
    wrong = bulk(visitor, chosen, "complete", phase="look", filed="false")
    assert "必填" in wrong.text
    assert 'value="do"' not in wrong.text
    looked = bulk(visitor, chosen, "complete", phase="look", filed="true")
    assert 'value="do"' in looked.text
    assert set(ids(app)) == set(chosen)
    bulk(visitor, chosen, "complete", phase="do", filed="true")
    assert not set(ids(app)) & set(chosen)


def test_nobody_does_to_many_what_he_may_not_do_to_one(app):  # noqa: F811
    report(Visitor(app))
    stranger = Visitor(app, "tianhua")
    answer = bulk(stranger, ids(app), "claim", phase="do")
    assert "案件" in answer.text
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert set(uow.session.scalars(select(Task.assignee).where(Task.state == "open"))) == {None}


def test_completing_may_open_the_next_task_at_once(app):  # noqa: F811
    report(Visitor(app))
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    answer = visitor.post(url, f"{url}/complete", filed="true", next="1")
    assert re.fullmatch(r"/tasks/[0-9a-f-]{36}", answer.headers["Location"])
    assert answer.headers["Location"] != url
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert len(uow.session.scalars(select(Case.id)).all()) == 2


def assignees(app):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        return set(uow.session.scalars(select(Task.assignee).where(Task.state == "open")))


def test_many_tasks_are_handed_to_a_named_colleague_after_a_look(app):  # noqa: F811
    report(Visitor(app))
    report(Visitor(app))
    visitor, chosen = Visitor(app, "zhaoli"), ids(app)
    bulk(visitor, chosen, "claim", phase="do")
    assert "李强" in bulk(visitor, chosen, "reassign").text
    looked = bulk(visitor, chosen, "reassign", phase="look", name="liqiang")
    assert 'value="do"' in looked.text
    assert assignees(app) == {"zhaoli"}
    bulk(visitor, chosen, "reassign", phase="do", name="liqiang")
    assert assignees(app) == {"liqiang"}


def test_a_saved_filter_is_an_address_that_a_colleague_can_open(app):  # noqa: F811
    report(Visitor(app), address="兴安南路 8 号")
    report(Visitor(app), address="海东路 12 号")
    visitor = Visitor(app, "zhaoli")
    answer = visitor.post("/inbox?q=兴安", "/inbox/filters", query="which=groups&q=兴安", name="兴安片区")
    page = visitor.get("/inbox").text
    assert re.search(r'href="\?which=groups&amp;q=[^"]+"[^>]*>兴安片区 <b>1</b>', page)
    other = Visitor(app, "liqiang").get(answer.headers["Location"])
    assert other.status_code == 200
    assert "海东路 12 号" not in other.text


def shared(visitor):
    """Return the address by which the visitor's one saved filter is shared."""
    return re.search(r'<a href="(/inbox\?[^"]*named=[^"]+)"', visitor.get("/inbox").text)[1].replace("&amp;", "&")


def test_a_shared_filter_becomes_ones_own_by_one_click(app):  # noqa: F811
    visitor, other = Visitor(app, "zhaoli"), Visitor(app, "liqiang")
    visitor.post("/inbox?q=兴安", "/inbox/filters", query="which=groups&q=兴安", name="兴安片区")
    link = shared(visitor)
    assert "存为我的筛选" not in visitor.get(link).text
    page = other.get(link).text
    assert "他人分享的筛选: <b>兴安片区</b>" in page
    query = re.search(r'name="query" value="([^"]+)"', page)[1].replace("&amp;", "&")
    assert other.post(link, "/inbox/filters", query=query, shared="兴安片区").status_code == 302
    assert re.search(r'href="\?which=groups&amp;q=[^"]+"[^>]*>兴安片区 <b>0</b>', other.get("/inbox").text)
    assert "存为我的筛选" not in other.get(link).text


def test_a_shared_filter_replaces_none_of_the_same_name(app):  # noqa: F811
    visitor = Visitor(app, "liqiang")
    visitor.post("/inbox?q=海东", "/inbox/filters", query="which=groups&q=海东", name="片区")
    visitor.post("/inbox?q=兴安", "/inbox/filters", query="which=groups&q=兴安", shared="片区")
    page = visitor.get("/inbox").text
    assert re.findall(r'id="kept-[^>]+>([^<]+) <b>', page) == ["片区", "片区 (2)"]


def test_the_most_urgent_task_is_claimed_and_opened_at_once(app, clock):  # noqa: F811
    report(Visitor(app))
    first = task_url(app)
    clock.advance(hours=1)
    report(Visitor(app))
    visitor = Visitor(app, "zhaoli")
    assert visitor.post("/inbox", "/inbox/next", query="").headers["Location"] == first
    assert assignees(app) == {"zhaoli", None}
