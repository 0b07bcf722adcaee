"""FEEL's names, types, ranges, functions and loops: what a text means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel

SCOPE = feel.Scope(
    names=("Applicant age", "fee/income", "Teacher's note", "a-b", "a", "b", "街道 名称", "in stock"),
    members=("full name",),
)
VALUES = {
    "Applicant age": 51,
    "fee/income": 2,
    "Teacher's note": "good",
    "a-b": 9,
    "a": 5,
    "b": 3,
    "街道 名称": "海东路",
    "in stock": True,
    "person": {"full name": "Li"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Applicant   age + 1", 52),
        ("fee/income * 2", 4),
        ("Teacher's note", "good"),
        ("a-b", 9),
        ("b + a-b", 12),
        ("街道 名称", "海东路"),
        ("if in stock then 1 else 2", 1),
        ("person.full name", "Li"),
        ("for full name in [1] return full name", [1]),
        ("{unit price: 2, total: unit price * 3}.total", 6),
        ("[{unit price: 2}][unit price = 2].unit price", [2]),
        ("(function(first one, b) first one - b)(b: 1, first one: 3)", 2),
    ],
)
def test_the_longest_name_in_scope_wins(text, value):
    assert feel.compile(text, SCOPE)(VALUES) == value


def test_without_a_scope_names_are_single_words():
    assert feel.compile("a-b")({"a": 5, "b": 3, "a-b": 9}) == 2
    with pytest.raises(feel.FeelError, match="line 1, column 11"):
        feel.compile("Applicant age")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 ** 3 ** 2", 64),
        ("-2 ** 2", 4),
        ("1 + 2 instance of number", True),
        ("[1..3] instance of range<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("null instance of Any", False),
        ("{a: null} instance of context<a: string>", True),
        ("(function(a: string) 1) instance of function<string> -> number", True),
        ("5 in (> 3, < 2)", True),
        ("5 in ]5..9[", False),
        ("[18..21[ = [18..21)", True),
        ("(< 10) = (null..10)", False),
        ("[1..3].end included", True),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in [1..3] return if i = 1 then 1 else i * partial[-1]", [1, 2, 6]),
        ("for i in 1..2, j in [i] return j", [1, 2]),
        ("some x in [1, null] satisfies x > 0", True),
        ('every x in [1, "a"] satisfies x > 0', None),
        ("[{item: 1}, {item: 2}][item >= 2]", [{"item": 2}]),
        ('[1, 2]["a"]', None),
        ("{add: function(x) function(y) x + y, r: add(1)(2)}.r", 3),
        ("{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(20)}.r", 2432902008176640000),
        ('(function(x: number) x)("a")', None),
        ("(function(x: number) x)([5])", 5),
        ("{a: 1, a: 2}", None),
        ("1 /* one */ + 2 // two", 3),
        ('"\\ud83d\\udc0e" = "🐎"', True),
        ("{🐎: 1}.🐎", 1),
        ('@"10:00:00Z" = @"11:00:00+01:00"', True),
        ("true = 1", None),
        ('time(10, 0, 0, @"PT8H").time offset = @"PT8H"', True),
    ],
)
def test_a_text_gives_its_value(text, value):
    assert feel.compile(text)({}) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +\n  * 2", "line 2, column 3"),
        ('@"2020-13-01"', "no date, time, duration or number"),
        ("function(x) external {java: {}}", "external functions"),
        ("1 instance of nothing", "no type nothing"),
        ("unknown(1)", "no function unknown"),
        ("if a then b", "no FEEL"),
    ],
)
def test_what_is_no_feel_is_refused_with_its_place(text, message):
    with pytest.raises(feel.FeelError, match=message):
        feel.compile(text)


def test_an_unknown_function_is_null_where_the_reader_is_lenient():
    assert feel.compile("unknown(1)", lenient=True)({}) is None


def test_an_expression_knows_the_variables_that_it_reads():
    expression = feel.compile("for x in units return x.name + prefix + string(count(units))")
    assert expression.names == {"units", "prefix"}


@given(st.integers(-99, 99), st.integers(-99, 99), st.booleans(), st.booleans(), st.integers(-99, 99))
def test_a_range_holds_what_lies_between_its_ends(low, high, closed, ended, value):
    text = f"value in {'[' if closed else '('}low..high{']' if ended else ')'}"
    inside = (low <= value if closed else low < value) and (value <= high if ended else value < high)
    assert feel.compile(text)({"low": low, "high": high, "value": value}) is inside


@given(st.recursive(st.integers(-9, 9), lambda inner: st.lists(inner, max_size=4), max_leaves=20))
def test_flattening_leaves_no_list_in_a_list(nested):
    items = nested if isinstance(nested, list) else [nested]
    found = feel.compile("flatten(items)")({"items": items})
    assert not any(isinstance(each, list) for each in found)


@given(st.text('ab"[](){}.,:<>=!-+*/ 019?@\\', max_size=40))
def test_any_signs_compile_or_are_refused(text):
    try:
        feel.compile(text)({})
        feel.compile_unary(text)(1, {})
    except feel.FeelError as error:
        assert error.message
