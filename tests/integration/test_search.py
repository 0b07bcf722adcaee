"""Finding cases by words, first letters, numbers and codes, whoever asks and however many there are."""

import pytest

from engine import cases, inboxes, reports, search, tasks, words
from engine.models import CaseReader
from engine.uow import PUBLIC, SYSTEM, Actor
from tests.web.test_pages import Visitor
from web import create_app

GRIDS = ("150102001007001", "150102001001001")
CLERK = Actor("zhao", "", None, frozenset({"desk"}))


@pytest.fixture
def filed(city):
    """Three cases: two at bins, one at a manhole cover; the clerk may see the first."""
    told = (("050104", "海东路 12 号"), ("050104", "Elm Street 77"), ("010101", "哲里木路 8 号早市"))
    made = []
    for item, place in told:
        with city.transaction(PUBLIC) as uow:
            made.append(reports.submit(uow, reports.Report(item, GRIDS[len(made) % 2], "现场", place)))
    with city.transaction(SYSTEM) as uow:
        uow.session.add(CaseReader(group_key="desk", case_id=made[0].id))
    return city, made


def numbers(city, text, actor=SYSTEM, **more):
    with city.reading(actor) as uow:
        return [int(case.number[-2:]) for case in cases.list_cases(uow, text=text, state="all", **more)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("垃圾", [2, 1]),
        ("海东", [1]),
        ("8号早市", []),
        ("8 号早市", [3]),
        ("路", [3, 1]),
        ("井盖 早市", [3]),
        ("垃圾 早市", []),
        ("海里", []),
        ("elm", [2]),
        ("STREET 77", [2]),
        ("hdl", [1]),
        ("DL", [1]),
        ("LJXDMY", [2, 1]),
        ("2026-000002", [2]),
        ("2026-00000", [3, 2, 1]),
        ("000003", [3]),
        ("没有", []),
        ("%", []),
        ("'&|!:*\"", []),
    ],
)
def test_cases_are_found_newest_first(filed, text, found):
    city, _made = filed
    assert numbers(city, text) == found


def test_a_tracking_code_finds_its_case(filed):
    city, made = filed
    assert numbers(city, made[1].token) == [2]
    assert numbers(city, f"{made[1].token} 垃圾") == [2]
    assert numbers(city, f"{made[1].token} 早市") == []


def test_everybody_finds_what_they_may_see(filed):
    city, made = filed
    assert numbers(city, "垃圾", CLERK) == [1]
    assert numbers(city, made[1].token, CLERK) == []
    assert numbers(city, "", CLERK) == [1]
    assert numbers(city, "", Actor("nobody")) == []


@pytest.mark.parametrize("few", [0, 2000])
def test_who_may_see_few_and_who_may_see_many_find_the_same(filed, monkeypatch, few):
    monkeypatch.setattr(search, "FEW", few)
    city, _made = filed
    assert (numbers(city, "垃圾", CLERK), numbers(city, "路", CLERK), numbers(city, "12", CLERK)) == ([1], [1], [1])


def test_of_a_word_that_very_many_cases_have_the_newest_are_found(filed, monkeypatch):
    city, _made = filed
    monkeypatch.setattr(words, "MOST", 1)
    assert numbers(city, "垃圾") == [2]
    monkeypatch.setattr(words, "COMMON", 1)
    assert numbers(city, "垃圾") == [2]
    assert numbers(city, "海东") == [1]


def bounds(city, text, actor=SYSTEM):
    with city.reading(actor) as uow:
        return set(search.look(uow, search.Wanted(text=text, state="all"), limit=2).bounds)


def test_what_bounded_a_search_is_said(filed, monkeypatch):
    city, _made = filed
    assert bounds(city, "垃圾") == bounds(city, "路") == bounds(city, "") == set()
    assert bounds(city, "垃圾 海东 路 12 号 hdl") == {"words"}
    monkeypatch.setattr(words, "MOST", 1)
    monkeypatch.setattr(words, "DEEP", 1)
    monkeypatch.setattr(search, "FACETED", 1)
    assert bounds(city, "垃圾") == {"common"}
    assert bounds(city, "海东") == bounds(city, "2026-000002") == set()
    assert bounds(city, "路") == {"short", "facets"}
    assert bounds(city, "") == {"facets"}


def test_the_page_says_that_a_search_was_bounded(filed, monkeypatch):
    city, _made = filed
    client = Visitor(create_app(city, "secret"), "yangjie")
    assert "太多" not in client.get("/cases?q=垃圾").text
    monkeypatch.setattr(words, "MOST", 1)
    assert "只查了其中最新的 1 件" in client.get("/cases?q=垃圾").text
    assert "只按前 5 个词查找" in client.get("/cases?q=a+b+c+d+e+f").text


def test_an_inbox_finds_tasks_by_the_words_of_their_cases(filed, monkeypatch):
    city, made = filed
    actor = Actor("zhao", "", None, frozenset({"acceptance"}))
    for most, counted, common in ((2000, 1000, 3), (0, 1000, 3), (0, 2, 2)):  # looked up, gone through, cut
        monkeypatch.setattr(words, "MOST", most)
        monkeypatch.setattr(inboxes, "COUNTED", counted)
        with city.reading(actor) as uow:
            wanted = {text: inboxes.Wanted(text=text) for text in ("早市", "现场", "路", "没有", made[1].number)}
            found = {text: len(tasks.inbox(uow, "groups", each)) for text, each in wanted.items()}
            cut = {text for text, each in wanted.items() if inboxes.is_cut(uow, "groups", each)}
        assert found[made[1].number] == 1
        assert found["没有"] == 0
        assert found["早市"] == (1 if common == 3 else found["早市"])
        assert cut == ({"早市", "路"} if common == 2 else set())


def test_lists_are_narrowed_by_item_and_place(filed):
    city, _made = filed
    assert numbers(city, "", item="05") == numbers(city, "", item="050104") == [2, 1]
    assert numbers(city, "", place=GRIDS[1]) == [2]
    assert numbers(city, "垃圾", place="哲里木路社区居委会") == [1]
    with city.reading(SYSTEM) as uow:
        found = search.look(uow, search.Wanted(text="路", state="all"))
    assert found.facets["item"] == [("01", 1), ("05", 1)]


def test_terms_are_pairs_of_characters_words_and_the_ends_of_first_letters():
    assert words.terms("海东路 Elm12 号 a_b", "hdl h").split() == ["海东", "东路", "elm12", "号", "a", "b", "hdl", "dl"]
    assert words.asked("海东路Elm") == [("海东", False), ("东路", False), ("elm", True)]
    assert words.terms("12号楼3单元").split() == ["12", "号楼", "3", "单元"]
    assert words.asked("路") == words.asked("-") == []
