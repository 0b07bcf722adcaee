"""Models: requirements, business knowledge, services, imports, boxed expressions, item definitions."""

import pytest

from engine import dmn
from engine.errors import InvalidError

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body, namespace="urn:t"):
    return f'<definitions xmlns="{NAMESPACE}" id="d" name="d" namespace="{namespace}">{body}</definitions>'.encode()


def literal(text):
    return f"<literalExpression><text>{text}</text></literalExpression>"


def decision(name, logic, kind="", requires=""):
    wanted = f' typeRef="{kind}"' if kind else ""
    needs = "".join(
        f'<{what}Requirement><required{tag} href="{href}"/></{what}Requirement>'
        for what, tag, href in [each.split(" ", 2) for each in filter(None, requires.split("; "))]
    )
    return f'<decision id="_{name}" name="{name}"><variable name="{name}"{wanted}/>{needs}{logic}</decision>'


PMT = (
    '<businessKnowledgeModel id="_pmt" name="monthly payment"><variable name="monthly payment" typeRef="number"/>'
    '<encapsulatedLogic><formalParameter name="the loan" typeRef="number"/>'
    "<literalExpression><text>the loan / 12</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)
LOAN = '<inputData id="_loan" name="the loan"><variable name="the loan" typeRef="number"/></inputData>'


def value(body, name="a", **inputs):
    return dmn.evaluate(dmn.read(model(body)), name, inputs).value


def test_a_decision_calls_business_knowledge_by_a_name_with_blanks():
    needs = "knowledge Knowledge #_pmt; information Input #_loan"
    text = literal("monthly payment(the loan) + monthly payment(the loan: 24)")
    assert value(PMT + LOAN + decision("a", text, "number", needs), **{"the loan": 12}) == 3


def test_business_knowledge_may_call_itself():
    body = (
        '<businessKnowledgeModel id="_f" name="fact"><variable name="fact"/><encapsulatedLogic>'
        f'<formalParameter name="n" typeRef="number"/>{literal("if n = 0 then 1 else n * fact(n - 1)")}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    assert value(body + decision("a", literal("fact(5)"), "", "knowledge Knowledge #_f")) == 120


def test_an_argument_of_another_type_makes_the_call_null():
    made = dmn.evaluate(
        dmn.read(model(PMT + decision("a", literal('monthly payment("x")'), "", "knowledge Knowledge #_pmt"))), "a", {}
    )
    assert made.value is None
    assert made.warnings == ("monthly payment, parameter the loan: a string does not conform to number",)


SERVICE = (
    '<decisionService id="_s" name="s"><variable name="s"/><outputDecision href="#_b"/><inputDecision href="#_c"/>'
    '<inputData href="#_loan"/></decisionService>'
)


def test_a_decision_service_takes_input_decisions_as_arguments():
    body = (
        SERVICE
        + LOAN
        + decision("c", literal("1"), "number")
        + decision("b", literal("the loan - c"), "", "information Decision #_c; information Input #_loan")
        + decision("a", literal("s(10, 4)"), "", "knowledge Knowledge #_s")
    )
    assert value(body) == 6
    assert dmn.invoke(dmn.read(model(body)), "s", {"the loan": 5, "c": 2}, {}).value == {"b": 3}


CONTEXT = (
    '<context><contextEntry><variable name="base rate"/>{}</contextEntry>'
    '<contextEntry><variable name="twice"/>{}</contextEntry>{}</context>'
)


@pytest.mark.parametrize(
    ("logic", "result"),
    [
        (CONTEXT.format(literal("2"), literal("base rate * 2"), ""), {"base rate": 2, "twice": 4}),
        (
            CONTEXT.format(literal("2"), literal("3"), f"<contextEntry>{literal('base rate + twice')}</contextEntry>"),
            5,
        ),
        (
            '<relation><column name="unit name"/><column name="n"/>'
            f"<row>{literal('&quot;A&quot;')}{literal('1')}</row></relation>",
            [{"unit name": "A", "n": 1}],
        ),
        (f"<list>{literal('1')}{literal('1 + 1')}</list>", [1, 2]),
        (
            f"<conditional><if>{literal('1 > 0')}</if><then>{literal('1')}</then><else>{literal('2')}</else>"
            "</conditional>",
            1,
        ),
        (
            f"<conditional><if>{literal('7')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
            None,
        ),
        (
            f'<for iteratorVariable="each one"><in>{literal("[1, 2]")}</in><return>{literal("each one * 2")}</return>'
            "</for>",
            [2, 4],
        ),
        (
            f'<some iteratorVariable="x"><in>{literal("[1, 2]")}</in><satisfies>{literal("x > 1")}</satisfies></some>',
            True,
        ),
        (
            f'<every iteratorVariable="x"><in>{literal("[1, 2]")}</in><satisfies>{literal("x > 1")}</satisfies>'
            "</every>",
            False,
        ),
        (f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item > 1')}</match></filter>", [2, 3]),
        (
            f"<invocation>{literal('abs')}<binding><parameter name='n'/>{literal('-3')}</binding></invocation>",
            3,
        ),
    ],
)
def test_a_boxed_expression_gives_its_value(logic, result):
    assert value(decision("a", logic)) == result


def test_a_boxed_function_is_called_by_the_name_of_its_entry():
    function = (
        f'<functionDefinition><formalParameter name="x" typeRef="number"/>{literal("x + 1")}</functionDefinition>'
    )
    assert value(decision("a", CONTEXT.format(function, literal("base rate(2)"), "")))["twice"] == 3


COLOUR = (
    '<itemDefinition name="colour"><typeRef>string</typeRef><allowedValues><text>"red", "green"</text></allowedValues>'
    '</itemDefinition><itemDefinition name="colours" isCollection="true"><typeRef>colour</typeRef></itemDefinition>'
    '<itemDefinition name="pair" isCollection="true"><typeRef>number</typeRef><typeConstraint><text>count(?) = 2</text>'
    '</typeConstraint></itemDefinition><itemDefinition name="person"><itemComponent name="born"><typeRef>date</typeRef>'
    "</itemComponent></itemDefinition>"
)


@pytest.mark.parametrize(
    ("kind", "text", "result"),
    [
        ("colour", '"red"', "red"),
        ("colour", '"blue"', None),
        ("colours", '"red"', ["red"]),
        ("colours", '["red", "blue"]', None),
        ("pair", "[1, 2]", [1, 2]),
        ("pair", "[1, 2, 3]", None),
        ("number", "[5]", 5),
        ("number", '"x"', None),
        ("date and time", 'string(@"2000-01-02")', None),
        ("person", "{born: 1}", None),
    ],
)
def test_a_value_that_does_not_conform_to_its_type_is_null(kind, text, result):
    assert value(COLOUR + decision("a", literal(text), kind)) == result


def test_json_text_of_an_input_declared_as_a_date_becomes_a_date():
    body = COLOUR + '<inputData id="_p" name="p"><variable name="p" typeRef="person"/></inputData>'
    body += decision("a", literal("p.born.year"), "", "information Input #_p")
    assert value(body, p={"born": "1980-05-17"}) == 1980


INNER = model(
    COLOUR
    + '<inputData id="_who" name="the name"><variable name="the name"/></inputData>'
    + decision("greeting", literal('"Hi " + the name'), "", "information Input #_who"),
    "urn:inner",
)


def test_an_imported_decision_is_reached_by_the_name_of_the_import():
    body = (
        '<import namespace="urn:inner" name="other model" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    )
    body += decision("a", literal("other model.greeting"), "", "information Decision urn:inner#_greeting")
    found = dmn.read(model(body), {"urn:inner": INNER})
    assert dmn.evaluate(found, "a", {"the name": "Li"}).value == "Hi Li"
    with pytest.raises(InvalidError, match="no model of namespace urn:inner"):
        dmn.read(model(body))


def test_decisions_that_require_each_other_are_an_error():
    body = decision("a", literal("b"), "", "information Decision #_b")
    body += decision("b", literal("a"), "", "information Decision #_a")
    with pytest.raises(dmn.DmnError, match="_a -> _b -> _a"):
        dmn.decide(dmn.read(model(body)), "_a", {})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (decision("a", literal("1 +")), "line 1"),
        (decision("a", ""), "decision a has no logic"),
        (decision("a", literal("b"), "", "information Decision #_b"), "requires _b"),
        (decision("a", '<functionDefinition kind="Java"/>'), "kind Java"),
        (
            decision("a", '<literalExpression expressionLanguage="python"><text>1</text></literalExpression>'),
            "not python",
        ),
        (decision("a", f"<relation><column name='x'/><row>{literal('1')}{literal('2')}</row></relation>"), "1 cells"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(body, message):
    with pytest.raises(InvalidError, match=message):
        dmn.read(model(body))


def test_read_leniently_a_broken_decision_is_null_and_the_others_stand():
    found = dmn.read_leniently(model(decision("a", literal("1 +")) + decision("b", literal("2"))))
    assert dmn.evaluate(found, "b", {}).value == 2
    made = dmn.evaluate(found, "a", {})
    assert made.value is None
    assert "no FEEL" in made.warnings[0]


def test_a_decision_that_never_ends_is_stopped_by_its_budget():
    body = decision("a", literal("count(for i in 1..1000000 return i)"))
    with pytest.raises(dmn.DmnError, match="decision a: more than 100000 steps"):
        dmn.decide(dmn.read(model(body)), "_a", {})


def test_boxed_loops_and_many_expressions_share_an_allowance():
    inner = f"<return>{literal('count(for z in xs return z)')}</return>"
    body = decision("a", f'<for iteratorVariable="y"><in>{literal("xs")}</in>{inner}</for>')
    with pytest.raises(dmn.DmnError, match="more than 500000 steps"):
        dmn.decide(dmn.read(model(body)), "_a", {"xs": list(range(2000))})
