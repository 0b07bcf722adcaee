"""What newcomers tripped over, each once: closed cases, refusals, English pages, errors in the reader's language."""

import ast
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from engine import attachments, content
from engine.errors import InvalidError
from engine.uow import SYSTEM
from tests.conftest import PASSWORD, PROCESSES
from tests.web.test_pages import Visitor, app, case_url, complete, report, task_url  # noqa: F401
from web.words import ERRORS_ZH, ZH

HOUSE = Path(__file__).parents[2]


def english(app, name=None):  # noqa: F811
    visitor = Visitor(app)
    visitor.post("/track", "/language", language="en", back="/track")
    if name:
        visitor.post("/sign-in", "/sign-in", name=name, password=PASSWORD)
    return visitor


def test_a_closed_case_shows_all_that_an_open_one_did_and_the_public_sees_no_contact(app):  # noqa: F811
    tracking = report(Visitor(app), address="海东路 12 号").headers["Location"]
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result="已清运")
    complete(app, "chenjing", "verify", passed="true", comment="现场已复核")
    complete(app, "zhaoli", "answer", answer="经现场查看，今天上午已清运，谢谢您的上报")
    page = Visitor(app, "admin").get(case_url(app)).text
    for text in ("箱子满了", "海东路 12 号", "13800001234", "已清运", "现场已复核", "谢谢您的上报", "网格"):
        assert text in page
    assert "13800001234" not in Visitor(app).get(tracking).text


def test_a_refusal_needs_a_reason_which_the_reporter_sees(app):  # noqa: F811
    tracking = report(Visitor(app)).headers["Location"]
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    refused = visitor.post(url, f"{url}/complete", filed="false")
    assert refused.status_code == 422
    assert 'id="p-reason"' in refused.text
    complete(app, "zhaoli", "file", filed="false", reason="不属于城市管理范围")
    page = Visitor(app).get(tracking).text
    assert "不予立案" in page
    assert "不属于城市管理范围" in page
    assert "不属于城市管理范围" in Visitor(app, "admin").get(case_url(app)).text


def test_sending_back_needs_a_legal_basis(app):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    visitor, url = Visitor(app, "wanglin"), task_url(app)
    answer = visitor.post(url, f"{url}/complete", outcome="send_back", result="不是我们的")
    assert answer.status_code == 409
    assert "退回须写明法律依据" in answer.text
    assert "return_rule" in answer.text
    assert "不是我们的" in answer.text


def test_english_pages_speak_english(app):  # noqa: F811
    tracking = report(Visitor(app), address="12 Haidong Road").headers["Location"]
    inbox = english(app, "zhaoli").get("/inbox").text
    assert "4 h left" in inbox
    assert "12 Haidong Road" in inbox
    for path in ("/inbox", task_url(app)):
        page = re.sub(r"(?s)<header class=\"top.*?</header>", "", english(app, "zhaoli").get(path).text)
        assert "立案" not in page
    drawing = english(app, "admin").get(case_url(app)).text
    assert ">Verify<" in drawing
    assert "核查" not in drawing
    assert "being filed" in english(app).get(tracking).text


def test_errors_are_said_in_the_readers_language(app):  # noqa: F811
    path = "/tasks/0190a5a0-0000-7000-8000-000000000000"
    assert "没有这个任务" in Visitor(app, "zhaoli").get(path).text
    assert "no such task" in english(app, "zhaoli").get(path).text


def test_loading_the_demo_city_again_leaves_every_password_as_it_is(app):  # noqa: F811
    content.load(app.extensions["muster"], PROCESSES, SYSTEM, "another password")
    assert Visitor(app).post("/sign-in", "/sign-in", name="zhaoli", password="another password").status_code == 403
    assert Visitor(app).post("/sign-in", "/sign-in", name="zhaoli", password=PASSWORD).status_code == 302


@pytest.mark.parametrize("side", [7000, 20_000])
def test_a_photo_of_too_many_pixels_is_told_so(side):
    bomb = io.BytesIO()
    Image.new("1", (side, side)).save(bomb, "PNG")
    with pytest.raises(InvalidError, match="too many pixels"):
        attachments.fresh_photo(bomb.getvalue())


def raised():
    """Yield (file, line, first argument) of every error that names what it is about, raised outside the languages."""
    names = {"NotFoundError", "ForbiddenError", "ConflictError"}
    for path in [*(HOUSE / "engine").rglob("*.py"), *(HOUSE / "web").rglob("*.py")]:
        if {"feel", "dmn"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and node.args:
                yield path.name, node.lineno, node.args[0]


def test_every_sentence_of_an_error_has_its_chinese():
    for name, line, said in raised():
        if isinstance(said, ast.Name):  # a constant of the module, such as the refusal of a sign-in
            continue
        assert isinstance(said, ast.Constant), f"{name}:{line}: a sentence with its values in braces can be translated"
        assert said.value in ERRORS_ZH, f"{name}:{line}: {said.value}"


@pytest.mark.parametrize("words", [ZH, ERRORS_ZH])
def test_a_translation_keeps_the_places_of_the_values(words):
    for source, target in words.items():
        assert sorted(re.findall(r"\{\w*\}", source)) >= sorted(re.findall(r"\{\w*\}", target)), source
