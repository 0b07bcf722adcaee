"""What the activities of a drawing do: people's work, jobs, scripts, decisions, calls; and their mappings."""

from engine.bpmn import data, definitions
from engine.bpmn.compiling import Context, extensions, literal
from engine.bpmn.element import Element
from engine.bpmn.program import AdHoc, Call, Expression, JobWork, Kind, Mappings, Rule, Script, UserWork, Work

BINDINGS = ("deployment", "latest", "version", "versionTag")


def work(context: Context, element: Element, kind: Kind) -> Work | None:
    """Return what the activity does, None if that is not more than its kind says."""
    match kind:
        case Kind.USER:
            return _user(context, element)
        case Kind.SERVICE | Kind.SEND:
            topic = element.attributes.get("camunda:topic")
            sends = element.attributes.get("messageRef") or definitions.operation(context, element)
            if not topic and not (kind == Kind.SEND and sends):
                context.error("C04", element, "has no topic, so that nobody knows what to do")
            return JobWork(topic) if topic else None
        case Kind.SCRIPT:
            return _script(context, element)
        case Kind.RULE:
            decision = element.attributes.get("camunda:decisionRef", "")
            if not decision:
                context.error("C01", element, "names no decision")
            binding, version = _binding(context, element, "camunda:decisionRef")
            return Rule(decision, element.attributes.get("camunda:resultVariable"), binding, version)
        case Kind.CALL:
            return _call(context, element)
        case Kind.ADHOC:
            until = element.first("completionCondition")
            if until is not None:
                data.formal(context, element, until)
            return AdHoc(
                sequential=element.attributes.get("ordering") == "Sequential",
                until=context.expression(element, until.text) if until is not None else None,
                cancels=element.attributes.get("cancelRemainingInstances", "true") == "true",
            )
    return None


def _user(context: Context, element: Element) -> UserWork:
    return UserWork(
        form=element.attributes.get("camunda:formKey"),
        candidates=context.text(element, "camunda:candidateGroups") or _resource(context, element, "potentialOwner"),
        people=context.text(element, "camunda:candidateUsers"),
        assignee=context.text(element, "camunda:assignee") or _resource(context, element, "humanPerformer"),
        due=context.text(element, "camunda:dueDate"),
        follow_up=context.text(element, "camunda:followUpDate"),
        priority=context.text(element, "camunda:priority"),
    )


def _resource(context: Context, element: Element, tag: str) -> Expression | None:
    """Return who does the work by the standard's own words: an expression, or the name of a resource."""
    found = element.first(tag)
    if found is None:
        return None
    assignment, reference = found.first("resourceAssignmentExpression"), found.first("resourceRef")
    if assignment is not None and reference is not None:
        context.error("P01", element, "its performer names a resource and an expression, only one may be there")
    if assignment is not None and assignment.children:
        return context.expression(element, assignment.children[0].text)
    resource = context.find(reference.text, "resource") if reference is not None else None
    if resource is None:
        context.error("P01", element, "its performer names no resource that is declared")
        return None
    return literal(resource.attributes.get("name") or resource.id)


def _script(context: Context, element: Element) -> Script | None:
    script, wanted = element.first("script"), element.attributes.get("scriptFormat", "feel").lower()
    if wanted not in getattr(context.language, "formats", ("feel",)):
        context.error("C05", element, f"scripts are FEEL, not {element.attributes['scriptFormat']}")
        return None
    if script is None or not script.text:
        context.error("C05", element, "has no script")
        return None
    return Script(context.script(element, script.text), element.attributes.get("camunda:resultVariable"))


def _binding(context: Context, element: Element, called: str) -> tuple[str, int | str | None]:
    binding = element.attributes.get(f"{called}Binding", "deployment")
    version = element.attributes.get(f"{called}Version", "")
    tag = element.attributes.get(f"{called}VersionTag")
    if binding not in BINDINGS:
        context.error("C01", element, f"binding {binding} is not carried out, only {', '.join(BINDINGS)}")
    if binding == "version" and not version.isdigit():
        context.error("C01", element, f"is bound to version {version or 'none'}, which is no number")
    if binding == "versionTag" and not tag:
        context.error("C01", element, "is bound to a version tag and names none")
    return binding, tag if binding == "versionTag" else int(version) if version.isdigit() else None


def _call(context: Context, element: Element) -> Call:
    passed = extensions(element)
    called = element.attributes.get("calledElement", "")
    if not called:
        context.error("C01", element, "calls no process")
    binding, version = _binding(context, element, "camunda:calledElement")
    everything = {each.tag for each in passed if each.attributes.get("variables") == "all"}
    if not passed and not element.all("dataInputAssociation"):
        context.warn("C02", element, "passes nothing to what it calls")
    return Call(
        called.rpartition(":")[2],
        binding,
        version,
        "camunda:in" in everything,
        "camunda:out" in everything,
    )


def mappings(context: Context, element: Element, call: str, parameter: str) -> Mappings:
    """Return what is mapped into (``in``, ``inputParameter``) or out of (``out``, ``outputParameter``) the activity."""
    found = list(data.inputs(context, element)) if call == "in" else []
    for child in extensions(element):
        target, source = child.attributes.get("target"), child.attributes.get("source")
        text = child.attributes.get("sourceExpression") or source
        if child.tag == f"camunda:{call}" and target and text:
            found.append((target, context.expression(element, text)))
        if child.tag == "camunda:inputOutput":
            for each in child.all(f"camunda:{parameter}"):
                value = context.expression(element, each.text)
                found.append((each.attributes.get("name", ""), value))
    return tuple(found)
