"""Official bulletins: who writes them, what everybody reads, and what must not be in them."""

from engine.uow import SYSTEM
from tests.web.test_pages import Visitor, app, case_url, report  # noqa: F401


def publish(visitor, url, text, **more):
    return visitor.post("/me", f"{url}/bulletins", text_zh=text, **more)


def number_of(page):
    return page[page.index("<h1>") + 4 :][:11]


def test_everybody_reads_what_was_published_and_when_the_newest_first(app, clock):  # noqa: F811
    tracking = report(Visitor(app)).headers["Location"]
    zhaoli, url = Visitor(app, "zhaoli"), case_url(app)
    assert publish(zhaoli, url, "正在抢修", text_en="Repairs are under way").status_code == 302
    clock.advance(minutes=20)
    publish(zhaoli, url, "已恢复供水")
    number = number_of(zhaoli.get(url).text)
    page = Visitor(app).get(f"/bulletins/{number}").text
    assert page.index("已恢复供水") < page.index("正在抢修")
    assert "11月16日 10:20" in page
    assert "13800001234" not in page
    assert "箱子满了" not in page
    assert "zhaoli" not in page
    assert f"/bulletins/{number}" in Visitor(app).get(tracking).text
    assert "已恢复供水" in Visitor(app).get("/bulletins").text


def test_only_those_who_answer_or_dispatch_and_leaders_publish(app):  # noqa: F811
    report(Visitor(app))
    url = case_url(app)
    assert publish(Visitor(app, "tianhua"), url, "正在抢修").status_code == 404
    assert publish(Visitor(app, "auditor"), url, "正在抢修").status_code == 403
    assert "发布通报" not in Visitor(app, "auditor").get(url).text
    assert publish(Visitor(app, "batu"), url, "正在抢修").status_code == 302


def test_a_number_of_a_person_is_refused_and_the_text_is_kept(app):  # noqa: F811
    report(Visitor(app), contact="张先生")
    zhaoli, url = Visitor(app, "zhaoli"), case_url(app)
    for text in ("请联系 13912345678", "身份证 15010219900101123X", "写信 a@b.cn", "感谢张先生"):
        answer = publish(zhaoli, url, text)
        assert answer.status_code == 422
        assert "含有电话" in answer.text
        assert text in answer.text
    assert publish(zhaoli, url, " ").status_code == 422
    assert Visitor(app).get("/bulletins").text.count('<li class="row') == 0


def test_what_was_withdrawn_is_no_longer_read_but_that_it_was_is(app, clock):  # noqa: F811
    report(Visitor(app))
    zhaoli, url = Visitor(app, "zhaoli"), case_url(app)
    publish(zhaoli, url, "写错了")
    page = zhaoli.get(url).text
    place = page[page.index('action="/bulletins/') + 8 :].split('"')[0]
    assert zhaoli.post("/me", place).status_code == 302
    public = Visitor(app).get(f"/bulletins/{number_of(page)}").text
    assert "写错了" not in public
    assert "已撤回" in public
    assert "写错了" not in Visitor(app).get("/bulletins").text
    assert "撤回通报" in zhaoli.get(url).text


def test_a_case_without_a_bulletin_has_no_public_page(app):  # noqa: F811
    report(Visitor(app))
    number = number_of(Visitor(app, "zhaoli").get(case_url(app)).text)
    assert Visitor(app).get(f"/bulletins/{number}").status_code == 404
    assert app.extensions["muster"].reading(SYSTEM)
