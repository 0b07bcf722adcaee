"""The pages through the test client: each person's way, what is refused, what nobody may see. On both databases."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from engine import jobs
from engine.models import Attachment, Case, Person, Task
from engine.uow import SYSTEM
from tests.conftest import PASSWORD
from web import create_app
from web.auth import safe_next
from web.words import ZH

GRID = "150102001007001"


@pytest.fixture
def app(city):
    found = create_app(city, "secret")
    found.config["TESTING"] = True
    return found


class Visitor:
    """Somebody with a browser that runs no script."""

    def __init__(self, app, name=None):
        self.client = app.test_client()
        if name:
            self.post("/sign-in", "/sign-in", name=name, password=PASSWORD)

    def get(self, path):
        return self.client.get(path)

    def post(self, page, path, **fields):
        """Post to the path with the token that the page gives."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)[1]
        return self.client.post(path, data={"csrf_token": token, **fields}, content_type="multipart/form-data")


def a_photo(kind="JPEG"):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (40, 30), "red").save(out, kind, exif=exif)
    out.seek(0)
    return out


def report(visitor, **more):
    fields = {"item_code": "050104", "grid_code": GRID, "description": "箱子满了", "contact": "13800001234", **more}
    return visitor.post("/report", "/report", **fields)


def task_url(app, **where):
    with app.extensions["muster"].reading(SYSTEM) as uow:
        found = uow.session.scalars(select(Task).where(Task.state == "open").filter_by(**where)).first()
        return f"/tasks/{found.id}"


def case_url(app):
    with app.extensions["muster"].reading(SYSTEM) as uow:
        return f"/cases/{uow.session.scalars(select(Case.id).where(Case.process_key == 'incident')).one()}"


def complete(app, name, activity, **values):
    visitor, url = Visitor(app, name), task_url(app, activity_id=activity)
    answer = visitor.post(url, f"{url}/complete", **values)
    assert answer.status_code == 302, answer.text
    jobs.work_due_jobs(app.extensions["muster"])


def test_a_resident_reports_and_follows_it_to_the_answer(app):
    resident = Visitor(app)
    tracking = report(resident, photos=(a_photo(), "a.jpg")).headers["Location"]
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result="已清运", photos=(a_photo(), "after.jpg"))
    complete(app, "chenjing", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经现场查看，今天上午已清运，谢谢您的上报")
    page = Visitor(app).get(tracking).text
    assert "今天上午已清运" in page
    assert "已结案" in page
    assert "13800001234" not in page


def test_a_report_with_missing_fields_keeps_what_was_typed(app):
    answer = report(Visitor(app), item_code="", address="海东路 12 号")
    assert answer.status_code == 422
    assert "海东路 12 号" in answer.text
    assert "必填" in answer.text


def test_a_wrong_field_is_named_and_the_text_is_kept(app):
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    visitor, url = Visitor(app, "wanglin"), task_url(app)
    answer = visitor.post(url, f"{url}/complete", result="打了电话")
    assert answer.status_code == 422
    assert "打了电话" in answer.text
    assert 'id="p-outcome"' in answer.text


def test_a_second_completion_is_a_conflict_that_names_the_first(app):
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    visitor.post(url, f"{url}/complete", filed="true")
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/inbox").text)[1]
    answer = visitor.client.post(f"{url}/complete", data={"csrf_token": token, "filed": "true"})
    assert answer.status_code in (404, 409)


@pytest.mark.parametrize("path", ["/inbox", "/cases", "/tasks/0190a5a0-0000-7000-8000-000000000000"])
def test_a_stranger_is_asked_to_sign_in(app, path):
    assert Visitor(app).get(path).headers["Location"].startswith("/sign-in")


def test_another_unit_sees_neither_task_nor_case_nor_photo(app):
    report(Visitor(app), photos=(a_photo(), "a.jpg"))
    with app.extensions["muster"].reading(SYSTEM) as uow:
        photo = f"/photos/{uow.session.scalars(select(Attachment.id)).one()}"
    other = Visitor(app, "tianhua")
    for path in (task_url(app), case_url(app), photo):
        assert other.get(path).status_code == 404
        assert Visitor(app, "zhaoli").get(path).status_code == 200
    assert "垃圾箱" not in other.get("/cases").text


def test_a_photo_is_encoded_anew_and_keeps_no_metadata(app):
    report(Visitor(app), photos=(a_photo("PNG"), "a.png"))
    with app.extensions["muster"].reading(SYSTEM) as uow:
        photo = uow.session.scalars(select(Attachment)).one()
        assert photo.media_type == "image/jpeg"
        assert b"secret place" not in photo.content


def test_what_is_no_photo_is_refused_and_no_case_is_opened(app):
    answer = report(Visitor(app), photos=(io.BytesIO(b"<svg onload=alert(1)>"), "a.jpg"))
    assert answer.status_code == 422
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Case)).all() == []


def test_hostile_text_is_shown_and_never_executed(app):
    report(Visitor(app), description="<script>alert(1)</script>", address='"><img src=x onerror=alert(1)>')
    clerk = Visitor(app, "zhaoli")
    for path in ("/inbox", "/cases", task_url(app), case_url(app)):
        page = clerk.get(path).text
        assert "<script>" not in page
        assert "<img src=x" not in page


def test_a_post_without_token_is_refused(app):
    assert Visitor(app, "zhaoli").client.post("/sign-out").status_code == 400
    assert Visitor(app).client.post("/report", data={"description": "x"}).status_code == 400


def test_every_answer_carries_the_strict_policy(app):
    headers = Visitor(app).get("/report").headers
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_no_page_has_an_inline_script_or_style(app):
    report(Visitor(app))
    clerk = Visitor(app, "zhaoli")
    for path in ("/", "/report", "/track", "/inbox", "/cases", task_url(app), case_url(app)):
        page = clerk.get(path).text
        assert not re.search(r"<script(?! src=\"/static/\w+\.js\" defer></script>)|<style|\sstyle=|\son\w+=", page)
        assert len(page.encode()) < 60_000


def test_the_case_page_shows_the_diagram_with_the_way_taken(app):
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    page = Visitor(app, "wanglin").get(case_url(app)).text
    assert re.search(r'class="node userTask done current"[^§]*?处置', page)
    assert 'class="flow taken"' in page


def test_pages_are_in_english_for_who_wants_it(app):
    visitor = Visitor(app, "zhaoli")
    visitor.post("/inbox", "/language", language="en", next="/inbox")
    assert "My groups" in visitor.get("/inbox").text
    assert "Manhole" in visitor.get("/report").text


def test_cases_are_found_by_two_chinese_characters(app):
    report(Visitor(app), address="海东路 12 号")
    clerk = Visitor(app, "zhaoli")
    assert "垃圾箱" in clerk.get("/cases?q=海东").text
    assert "没有找到案件" in clerk.get("/cases?q=没有%_").text


def test_an_ended_session_is_worth_nothing(app):
    visitor = Visitor(app, "zhaoli")
    cookie = visitor.client.get_cookie("session")
    visitor.post("/inbox", "/sign-out")
    visitor.client.set_cookie("session", cookie.value)
    assert visitor.get("/inbox").status_code == 302


def test_a_claimed_task_is_handed_to_a_colleague(app):
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    visitor.post(url, f"{url}/claim")
    visitor.post(url, f"{url}/reassign", name="liqiang")
    assert url in Visitor(app, "liqiang").get("/inbox?which=mine").text


def test_a_draft_is_there_when_one_comes_back(app):
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    visitor.post(url, f"{url}/complete", draft="1", reason="还要看看")
    assert "还要看看" in visitor.get(url).text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", "/%2f/evil.example", "", None])
def test_a_redirect_leads_to_this_site_only(target):
    assert safe_next(target, "/inbox") == "/inbox"


def test_nobody_signs_in_with_a_wrong_password_or_as_somebody_who_left(app):
    with app.extensions["muster"].transaction(SYSTEM) as uow:
        uow.session.scalars(select(Person).where(Person.name == "wanglin")).one().is_active = False
    for name, password in (("zhaoli", "wrong"), ("wanglin", PASSWORD)):
        assert Visitor(app).post("/sign-in", "/sign-in", name=name, password=password).status_code == 403


def test_only_the_administrator_sees_what_stalls_and_is_warned_of_the_calendar(app):
    page = Visitor(app, "admin").get("/failures")
    assert "2027" in page.text
    assert Visitor(app, "zhaoli").get("/failures").status_code == 403


def test_every_word_of_the_pages_has_its_chinese():
    templates = (Path(__file__).parents[2] / "web").rglob("*.html")
    used = {word for path in templates for word in re.findall(r"_\('([^']+)'[,)]", path.read_text("utf-8"))}
    code = (Path(__file__).parents[2] / "web").glob("*.py")
    used |= {word for path in code for word in re.findall(r'say\("([^"]+)"\)', path.read_text("utf-8"))}
    assert used - ZH.keys() == set()


def test_a_flood_of_public_reports_is_stopped_and_people_of_the_house_go_on(app):
    visitor = Visitor(app)
    answers = [report(visitor).status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]
    assert report(Visitor(app, "wangmin")).status_code == 302


def test_time_left_is_working_time_where_the_limit_counts_it(app):
    report(Visitor(app))
    assert "剩余 4 小时" in Visitor(app, "zhaoli").get("/inbox").text
