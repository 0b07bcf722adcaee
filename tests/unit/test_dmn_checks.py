"""What is warned of in a table: rules that overlap or are never reached, inputs that no rule takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import dmn
from tests.unit.test_dmn import made, table


def findings(rules, policy="UNIQUE", more=""):
    return [(each.kind, each.rules) for each in dmn.check(dmn.read(table(rules, policy, more)))]


WHOLE = [(('"a"', "&lt; 5"), ("1",)), (('"a"', "&gt;= 5"), ("2",)), (('not("a")', "-"), ("3",))]


def test_a_table_that_is_whole_and_unambiguous_has_no_findings():
    assert findings(WHOLE) == []


def test_an_overlap_names_both_rules_and_where_they_meet():
    rules = [*WHOLE, (('"b"', "[3..4]"), ("4",))]
    found = dmn.check(dmn.read(table(rules)))
    assert [(each.kind, each.rules) for each in found] == [("overlap", (3, 4))]
    assert found[0].text == 'table route: rules 3 and 4 both match item: "b", weight: 3 or between 3 and 4 or 4'


def test_a_gap_says_which_inputs_no_rule_takes():
    found = dmn.check(dmn.read(table(WHOLE[:2])))
    assert [each.text for each in found] == ["table route: no rule matches item: anything else"]


def test_a_single_missing_value_is_found():
    rules = [(("-", "&lt; 5"), ("1",)), (("-", "&gt; 5"), ("2",))]
    assert [each.text for each in dmn.check(dmn.read(table(rules)))] == ["table route: no rule matches weight: 5"]


def test_a_rule_behind_one_that_takes_all_it_matches_is_never_reached():
    rules = [(("-", "&lt; 9"), ("1",)), (('"a"', "&lt; 5"), ("2",)), (("-", "-"), ("3",))]
    assert findings(rules, "FIRST") == [("unreachable", (1, 2))]


def test_rules_of_any_may_overlap_where_they_agree():
    rules = [(("-", "-"), ("1",)), (('"a"', "-"), ("1",)), (('"b"', "-"), ("2",))]
    assert findings(rules, "ANY") == [("overlap", (1, 3))]


def test_nothing_is_said_of_cells_that_depend_on_variables():
    assert findings([(("item2", "-"), ("1",)), (("-", "&lt; limit"), ("2",))]) == []


def test_nothing_is_said_of_kinds_that_cannot_be_cut_into_pieces():
    rules = [(('&lt; time("12:00:00")', "-"), ("1",)), (('&gt;= time("12:00:00")', "-"), ("2",))]
    assert findings(rules) == []


def test_dates_and_durations_are_cut_like_numbers():
    rules = [(('&lt;= date("2026-01-01")', "-"), ("1",)), (('&gt; date("2026-01-02")', "-"), ("2",))]
    found = dmn.check(dmn.read(table(rules)))
    assert [each.text for each in found] == ["table route: no rule matches item: 2026-01-02"]


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_tables_that_collect_may_overlap_and_leave_gaps(policy):
    assert findings([(('"a"', "-"), ("1",)), (('"a"', "-"), ("2",))], policy) == []


CELLS = st.sampled_from(["-", '"a"', '"b"', '"a", "b"', 'not("a")'])
WEIGHTS = st.sampled_from(["-", "&lt; 2", "[2..3]", "3", "&gt; 3", "(1..3)", "not(2)"])


@given(
    st.lists(st.tuples(CELLS, WEIGHTS), min_size=1, max_size=5),
    st.sampled_from(["a", "b", "z"]),
    st.sampled_from([0, 1, 2, 2.5, 3, 4]),
)
def test_a_table_without_findings_matches_every_input_exactly_once(cells, item, weight):
    source = table([(pair, (str(n),)) for n, pair in enumerate(cells)])
    kinds = {each.kind for each in dmn.check(dmn.read(source))}
    collected = made(table([(pair, (str(n),)) for n, pair in enumerate(cells)], "COLLECT"), item=item, weight=weight)
    if "overlap" not in kinds:
        assert len(collected.rules) <= 1
    if "gap" not in kinds:
        assert len(collected.rules) >= 1
