"""Decision tables: what each hit policy gives, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import dmn
from engine.errors import InvalidError

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(rules, policy="UNIQUE", more="", outputs=("unit",)):
    cells = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in inputs)
        + "".join(f"<outputEntry><text>{cell}</text></outputEntry>" for cell in results)
        + "</rule>\n"
        for inputs, results in rules
    )
    heads = "".join(f'<output name="{name}"/>' for name in outputs)
    return (
        f'<definitions xmlns="{NAMESPACE}" id="d" name="d" namespace="urn:t"><decision id="route" name="route">'
        f'<decisionTable hitPolicy="{policy}" {more}>'
        "<input><inputExpression><text>item</text></inputExpression></input>"
        f"<input><inputExpression><text>weight</text></inputExpression></input>{heads}\n{cells}"
        "</decisionTable></decision></definitions>"
    ).encode()


RULES = [(('"road"', "&lt; 5"), ('"A"',)), (('"road","water"', "-"), ('"B"',)), (("-", "[9..12]"), ('"C"',))]


def made(source, **variables):
    return dmn.decide(dmn.read(source), "route", variables)


def test_a_unique_table_gives_the_one_rule_that_fits():
    assert made(table(RULES), item="water", weight=1) == dmn.Decided("B", (2,))


def test_an_overlap_of_a_unique_table_is_an_error_that_names_the_rules():
    with pytest.raises(dmn.DmnError, match="rules 1, 2 overlap"):
        made(table(RULES), item="road", weight=1)


def test_first_takes_the_first_and_collect_takes_all():
    assert made(table(RULES, "FIRST"), item="road", weight=1).value == "A"
    assert made(table(RULES, "COLLECT"), item="road", weight=1) == dmn.Decided(["A", "B"], (1, 2))


def test_any_refuses_rules_that_disagree():
    with pytest.raises(dmn.DmnError, match="disagree"):
        made(table(RULES, "ANY"), item="road", weight=1)


@pytest.mark.parametrize(("aggregation", "value"), [("SUM", 6), ("MIN", 1), ("MAX", 5), ("COUNT", 2)])
def test_collect_aggregates(aggregation, value):
    rules = [(("-", "-"), ("1",)), (("-", "-"), ("5",)), (('"no"', "-"), ("9",))]
    assert made(table(rules, "COLLECT", f'aggregation="{aggregation}"'), item="x", weight=1).value == value


def test_several_outputs_give_a_context_and_no_rule_gives_null():
    source = table([(('"road"', "-"), ('"A"', "item"))], outputs=("unit", "why"))
    assert made(source, item="road", weight=1).value == {"unit": "A", "why": "road"}
    assert made(source, item="sky", weight=1) == dmn.Decided(None, ())


def ranked(policy):
    order = '<output name="unit"><outputValues><text>"C", "B", "A"</text></outputValues></output>'
    return table(RULES, policy).replace(b'<output name="unit"/>', order.encode())


def test_priority_takes_the_value_that_the_output_lists_first():
    assert made(ranked("PRIORITY"), item="road", weight=1) == dmn.Decided("B", (1, 2))


def test_output_order_and_rule_order_give_all_values_in_their_order():
    assert made(ranked("OUTPUT ORDER"), item="road", weight=1).value == ["B", "A"]
    assert made(ranked("RULE ORDER"), item="road", weight=1).value == ["A", "B"]


def test_a_default_stands_in_where_no_rule_matches():
    default = '<output name="unit"><defaultOutputEntry><text>"Z"</text></defaultOutputEntry></output>'
    source = table(RULES).replace(b'<output name="unit"/>', default.encode())
    assert made(source, item="sky", weight=1) == dmn.Decided("Z", ())


def test_a_cell_that_passes_its_budget_is_named_by_table_rule_and_cell():
    source = table([(("-", "-"), ("count(for i in 1..1000000 return i)",))])
    with pytest.raises(dmn.DmnError, match="table route, rule 1, output 1: more than"):
        made(source, item="road", weight=1)


def test_a_warning_names_table_rule_and_cell():
    source = table([(("-", "-"), ("1 + item",))])
    found = dmn.evaluate(dmn.read(source), "route", {"item": "x", "weight": 1})
    assert found.warnings == ("table route, rule 1, output 1: 1 + x: not defined for a number and a string",)


def test_every_problem_on_one_line_is_told():
    with pytest.raises(InvalidError) as caught:
        dmn.read(table([(("1 +", "2 +"), ("3 +",))]))
    assert len(caught.value.problems) == 3


def test_a_required_decision_is_made_first():
    source = (
        f'<definitions xmlns="{NAMESPACE}" id="d" name="d" namespace="u"><decision id="base" name="base">'
        '<variable name="base"/><literalExpression><text>x * 2</text></literalExpression></decision>'
        '<decision id="route" name="route"><informationRequirement><requiredDecision href="#base"/>'
        "</informationRequirement><literalExpression><text>base + 1</text></literalExpression></decision></definitions>"
    ).encode()
    assert made(source, x=3).value == 7


def test_a_wrong_cell_is_refused_by_table_rule_cell_and_line():
    with pytest.raises(InvalidError, match="line 3: table route, rule 2, input 1"):
        dmn.read(table([(("-", "-"), ("1",)), (("1 +", "-"), ("1",))]))


@pytest.mark.parametrize(
    "source", [table(RULES, "PRIORITY"), table(RULES, "NONE"), b"<!DOCTYPE a><a/>", b"<a>", b"<a/>"]
)
def test_what_is_not_carried_out_or_no_dmn_is_refused(source):
    with pytest.raises(InvalidError):
        dmn.read(source)


@given(
    st.lists(
        st.tuples(st.sampled_from(['"a"', '"a", "b"', "-", '"c"']), st.sampled_from(["-", "> 1", "[0..1]"])), max_size=8
    ),
    st.sampled_from(["a", "b", "z", None, 1]),
    st.integers(0, 3),
)
def test_the_index_of_a_table_changes_no_answer(cells, item, weight):
    source = table([(pair, (str(n),)) for n, pair in enumerate(cells)], "COLLECT")
    logic = dmn.read(source)["route"].logic
    variables = {"item": item, "weight": weight}
    assert logic.decide(variables) == replace(logic, index=None).decide(variables)


def test_json_text_of_an_input_declared_as_a_date_is_compared_as_a_date():
    rules = [(('[date("2026-01-01")..date("2026-12-31")]', "-"), ("1",)), (("-", "-"), ("2",))]
    source = table(rules, "FIRST").replace(b"<inputExpression>", b'<inputExpression typeRef="date">', 1)
    assert made(source, item="2026-05-01", weight=1).value == 1
    assert made(source, item="2027-05-01", weight=1).value == 2
