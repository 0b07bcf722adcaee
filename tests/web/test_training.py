"""Practice: sample cases in a database of their own, marked on every page, gone at the next start."""

from sqlalchemy import func, select

from engine import training
from engine.models import Case, Task
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.web.test_pages import Visitor, app  # noqa: F401
from web import create_app


def cases(database):
    with database.reading(SYSTEM) as uow:
        return uow.session.scalar(select(func.count()).select_from(Case))


def test_practice_has_sample_cases_in_several_stages_and_a_banner_on_every_page(tmp_path):
    database = training.prepare(PROCESSES, f"sqlite:///{tmp_path}/training.db")
    assert cases(database) == 5
    with database.reading(SYSTEM) as uow:
        assert set(uow.session.scalars(select(Task.activity_id).where(Task.state == "open"))) == {"file", "handle"}
    visitor = Visitor(create_app(database, "secret", is_training=True))
    visitor.post("/sign-in", "/sign-in", name="zhaoli", password=training.PASSWORD)
    for path in ("/inbox", "/cases", "/board", "/report"):
        assert "不计入任何统计" in visitor.get(path).text
    database.dispose()


def test_the_next_start_begins_anew(tmp_path):
    url = f"sqlite:///{tmp_path}/training.db"
    first = training.prepare(PROCESSES, url)
    first.dispose()
    again = training.prepare(PROCESSES, url)
    assert cases(again) == 5
    again.dispose()


def test_the_real_city_has_no_banner_and_none_of_the_samples(app, tmp_path):  # noqa: F811
    training.prepare(PROCESSES, f"sqlite:///{tmp_path}/training.db").dispose()
    assert "培训模式" not in Visitor(app).get("/").text
    assert cases(app.extensions["muster"]) == 0
