"""The built-in functions: what each gives, by position and by name, and when it gives null."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel
from engine.feel.patterns import compiled

GIVES = [
    ('substring(string: "foobar", start position: 3, length: 2)', "ob"),
    ('substring("foobar", -2, 1)', "a"),
    ('substring("\\U01F40Efoo", 2)', "foo"),
    ('substring before("foobar", "bar")', "foo"),
    ('substring after("foobar", "")', "foobar"),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
    ('replace("darted", "^(.*?)d(.*)$", "$1c$2")', "carted"),
    ('replace("a.b", ".", "$", "q")', "a$b"),
    ('matches("hello\\nworld", "hello.*world", "s")', True),
    ('matches("hello world", "HELLO\\s\\ WORLD", "i")', None),
    ('matches("Kanton", "^\\p{Lu}[a-z-[aeiou]]?")', True),
    ('matches("abab", "^(ab)\\1$")', True),
    ('matches("abc", "(?=a)")', None),
    ('split("John Doe", "\\s")', ["John", "Doe"]),
    ('string join(["a", null, "c"], "-")', "a-c"),
    ('string([1, "a", {b c: null}])', '[1, "a", {"b c": null}]'),
    ("string(1E-7)", "0.0000001"),
    ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", [5, 5, 7, 8]),
    ("sort(list: [3, 1, 2], precedence: function(x, y) x > y)", [3, 2, 1]),
    ("concatenate([1, 2], [3])", [1, 2, 3]),
    ("append([1], 2, [3])", [1, 2, [3]]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("index of([1, null, 1], 1)", [1, 3]),
    ("sublist([1, 2, 3], -2, 1)", [2]),
    ("mode(6, 1, 9, 6, 1)", [1, 6]),
    ("median([8, 2, 5, 7])", 6),
    ("count(null)", None),
    ("decimal(2.5, 0)", 2),
    ("round half up(-1.126, 2)", Decimal("-1.13")),
    ("round down(-5.5, 0)", -5),
    ("modulo(-12, 5)", 3),
    ("floor(1.56, 1)", Decimal("1.5")),
    ('abs(@"-P1D")', timedelta(days=1)),
    ('number("1.000,5", ".", ",")', Decimal("1000.5")),
    ('context put({x: {y: 1}}, ["x", "y"], 2)', {"x": {"y": 2}}),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
    ('get value({a: {b: 5}}, ["a", "b"])', 5),
    ('day of week(@"2019-09-17")', "Tuesday"),
    ("week of year(date(2005, 1, 1))", 53),
    ('string(years and months duration(@"2011-12-22", @"2013-08-24"))', "P1Y8M"),
    ('is(@"10:00:00Z", @"10:00:00")', False),
    ('range("[18..21)") = [18..21)', True),
    ("overlaps before([1..5], [3..8])", True),
    ("during(point: 5, range: [1..10])", True),
    ("started by([1..10], 1)", True),
    ("met by([5..7], [1..5])", True),
    ('upper case(["a"])', "A"),
    ('trim(" a ")', "a"),
    ("coalesce(null, 2)", 2),
]


@pytest.mark.parametrize(("text", "value"), GIVES)
def test_a_function_gives_its_value(text, value):
    assert feel.compile(text)({}) == value


@pytest.mark.parametrize(
    "text",
    [
        "abs()",
        "abs(1, 2)",
        'abs("1")',
        "abs(number: 1)",
        "upper case(null)",
        "sum([])",
        'sum(1, "a")',
        "sublist([1, 2], 0)",
        "list contains(null, 1)",
        'date("2017-02-29")',
        'time("23:59:00+19:00")',
        'duration("P1Y2D")',
        "round up(1.5, 6177)",
        "sqrt(-1)",
        'before([1..5], "a")',
        'number("1,000", ",", ",")',
    ],
)
def test_arguments_that_do_not_fit_give_null_and_a_warning(text):
    with feel.listening() as warnings:
        assert feel.compile(text)({}) is None
    assert warnings


def test_a_warning_names_the_function_and_what_it_wants():
    with feel.listening() as warnings:
        feel.compile('floor("1.5")')({})
    assert warnings == ["floor(string) fits none of: floor(n: number, scale?: number)"]


def test_null_says_where_it_comes_from():
    with feel.listening() as warnings:
        assert feel.compile("missing.street + 1")({}) is None
    assert warnings == [
        "nothing is called missing",
        "a null has no street",
        "null + 1: not defined for a null and a number",
    ]


def test_warnings_end_with_the_listening():
    with feel.listening() as warnings:
        pass
    feel.compile("missing")({})
    assert warnings == []


ROUND_TRIPS = [
    "P1Y2M",
    "-P3M",
    "P1DT2H3M4.5S",
    "-PT1S",
    "PT0S",
    "2020-02-29",
    "-2017-12-31",
    "999999999-12-31",
    "10:11:12.123456789",
    "10:11:12@Europe/Paris",
    "10:11:12-01:35",
    "2020-01-01T10:11:12Z",
    "-99999-12-31T23:59:59.999999999+02:00",
    "2011-12-31T10:15:30.987@Europe/Paris",
]


@pytest.mark.parametrize("text", ROUND_TRIPS)
def test_a_date_time_or_duration_is_written_as_it_was_read(text):
    assert feel.compile(f'string(@"{text}")')({}) == text


@given(st.dates(), st.integers(-5000, 5000))
def test_a_date_moved_by_days_and_back_is_the_same(day, count):
    variables = {"day": day, "length": timedelta(days=count)}
    assert feel.compile("string(day + length - length) = string(day)")(variables) is True


@given(st.integers(-3_000_000, 3_000_000))
def test_far_days_are_counted_like_near_ones(count):
    text = '(@"2000-01-01" + length) - @"2000-01-01" = length'
    assert feel.compile(text)({"length": timedelta(days=count)}) is True


def test_a_duration_counts_from_the_instant_where_a_zone_changes_its_clock():
    found = feel.compile('string(@"2021-03-27T12:00:00@Europe/Paris" + @"PT24H")')({})
    assert found == "2021-03-28T13:00:00@Europe/Paris"


@given(st.lists(st.one_of(st.integers(-9, 9), st.none(), st.text("ab", max_size=1))))
def test_distinct_values_keep_order_and_lose_nothing(items):
    found = feel.compile("distinct values(items)")({"items": items})
    assert found == list(dict.fromkeys(items))


@given(st.lists(st.integers(-99, 99), min_size=1))
def test_sorting_by_a_function_sorts(items):
    assert feel.compile("sort(items, function(x, y) x < y)")({"items": items}) == sorted(items)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_two_ranges_stand_to_each_other_in_the_opposite_way_too(a, b, c, d):
    variables = {"a": a, "b": b, "c": c, "d": d}
    for one, other in [("before", "after"), ("meets", "met by"), ("starts", "started by"), ("during", "includes")]:
        text = f"{one}([a..b], [c..d]) = {other}([c..d], [a..b])"
        assert feel.compile(text)(variables) is True


@given(st.text(max_size=20), st.text(max_size=8))
def test_any_pattern_matches_or_is_refused_as_null(text, pattern):
    try:
        found = feel.compile("matches(text, pattern)")({"text": text, "pattern": pattern})
    except feel.FeelError as error:
        assert error.message
    else:
        assert found in (True, False, None)


def test_today_is_the_date_in_the_zone_of_the_evaluation():
    late = feel.read_at("2026-11-16T20:00:00Z")
    assert feel.compile("today()")({"$now": late, "$zone": "Asia/Shanghai"}) == date(2026, 11, 17)


PIECES = ["a", "b", ".", "*", "+", "?", "(", ")", "|", "[ab]", "[^a]", "(a|b)", "(?:b)", "^", "$", "{2}", "{1,2}", "*?"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join), st.text("ab", max_size=6))
def test_patterns_match_as_those_of_python_where_both_read_them(pattern, text):
    try:
        ours, theirs = compiled(pattern), re.compile(pattern)
    except (ValueError, re.error):
        return
    found, wanted = ours.first(text), theirs.search(text)
    assert (found is None) == (wanted is None)
    if found is not None and wanted is not None:
        assert (found.start, found.end) == wanted.span()
