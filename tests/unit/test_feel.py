"""FEEL: what expressions give, what is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel

GIVES = [
    ("1 + 2 * 3", 7),
    ("2 ** 3", 8),
    ("0.1 + 0.2", Decimal("0.3")),
    ("7 / 2", Decimal("3.5")),
    ("-3 + 1", -2),
    ('"a" + "b"', "ab"),
    ("1 / 0", None),
    ('1 + "a"', None),
    ("10 - 2 - 3", 5),
    ('severity = "A" and count(units) > 1', True),
    ("missing > 1", None),
    ("missing = null", True),
    ("true and missing", None),
    ("false and missing", False),
    ("true or missing", True),
    ("not(missing)", None),
    ("3 in [1..5]", True),
    ("5 in [1..5)", False),
    ('"A" in ("A", "B")', True),
    ("4 in (< 2, > 3)", True),
    ("4 between 1 and 4", True),
    ('if severity = "A" then 1 else 2', 1),
    ("for i in 1..3 return i * i", [1, 4, 9]),
    ('some u in units satisfies u = "x"', True),
    ('every u in units satisfies u = "x"', False),
    ("units[1]", "x"),
    ("units[-1]", "y"),
    ("[1, 2, 3, 4][item > 2]", [3, 4]),
    ("place.street", "海东路"),
    ("[{a: 1}, {a: 2}][a = 2]", [{"a": 2}]),
    ("{a: 1, b: a + 1}.b", 2),
    ('{"a b": 1}', {"a b": 1}),
    ('date("2026-11-16") + duration("P1D")', date(2026, 11, 17)),
    ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
    ('duration("PT90M").hours', 1),
    ('date and time("2026-11-16T10:00:00+08:00").hour', 10),
    ('@"PT4H" > duration("PT3H")', True),
    ("now()", datetime(2026, 11, 16, 2, tzinfo=UTC)),
    ('string length("网格")', 2),
    ("sum([1, 2, 3])", 6),
    ("max(1, 3, 2)", 3),
    ('string join(units, ",")', "x,y"),
    ("网格 = 7", True),
    ('substring("abc", 2)', "bc"),
    ("floor(1.7)", 1),
    ("count([])", 0),
    ("mean([1, 2])", Decimal("1.5")),
]
VALUES = {
    "severity": "A",
    "units": ["x", "y"],
    "place": {"street": "海东路"},
    "网格": 7,
    "$now": datetime(2026, 11, 16, 2, tzinfo=UTC),
    "$zone": "Asia/Shanghai",
}


@pytest.mark.parametrize(("text", "value"), GIVES)
def test_an_expression_gives_its_value(text, value):
    assert feel.compile(text)(VALUES) == value


@pytest.mark.parametrize(
    "text", ["1 +", "a b", "[1, 2", '"open', "x := 1", "", "nothing_known(1)", "(" * 200 + ")" * 200, "x" * 20_000]
)
def test_what_is_no_feel_is_refused_with_its_place(text):
    with pytest.raises(feel.FeelError) as caught:
        feel.compile(text)
    assert caught.value.line >= 1 or not text


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "count(for i in 1..999999, j in 1..999999 return 1)",
        "every i in 1..10000000 satisfies true",
    ],
)
def test_an_expression_that_never_ends_is_stopped_by_its_budget(text):
    with pytest.raises(feel.FeelError, match="steps"):
        feel.compile(text)({})


def test_no_attribute_of_a_python_object_can_be_reached():
    assert feel.compile("units.__class__")(VALUES) == [None, None]
    assert feel.compile("place.__class__")(VALUES) is None


@pytest.mark.parametrize(
    ("tests", "value", "fits"),
    [
        ("-", 1, True),
        ('"a", "b"', "b", True),
        ('not("a")', "b", True),
        ("< 5", 3, True),
        ("[1..3]", 4, False),
        ("> 1, < 0", -1, True),
        ("? > 2 and ? < 4", 3, True),
        ("true", True, True),
        ("null", None, True),
        ("true", None, False),
    ],
)
def test_a_cell_of_a_decision_table_fits_its_input_or_not(tests, value, fits):
    assert feel.compile_unary(tests)(value, {}) is fits


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_whole_numbers_are_exact(a, b):
    assert feel.compile("a * b + a - b")({"a": a, "b": b}) == a * b + a - b


@given(st.decimals(-(10**6), 10**6, places=3), st.decimals(-(10**6), 10**6, places=3))
def test_decimal_numbers_are_exact(a, b):
    assert feel.compile("a + b")({"a": a, "b": b}) == a + b


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_and_and_or_follow_the_three_valued_tables(a, b):
    both = False if False in (a, b) else None if None in (a, b) else True
    either = True if True in (a, b) else None if None in (a, b) else False
    assert feel.compile("a and b")({"a": a, "b": b}) is both
    assert feel.compile("a or b")({"a": a, "b": b}) is either


@given(st.text(max_size=40))
def test_any_text_compiles_or_is_refused(text):
    try:
        found = feel.compile(text)
        found({})
    except feel.FeelError as error:
        assert error.message
    else:
        assert found.text == text


def test_a_duration_can_be_added_to_the_moment():
    assert feel.compile('now() + duration("PT4H")')(VALUES) == VALUES["$now"] + timedelta(hours=4)
