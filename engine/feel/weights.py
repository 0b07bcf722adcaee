"""What can be told of a node before it is evaluated: how many steps it takes, and whether it is a constant."""

from engine.feel.reading import Node

#: steps of a node, where it is not one
WEIGHTS = {
    "compare": 2,
    "between": 4,
    "in": 3,
    "instance": 3,
    "list": 2,
    "context": 6,
    "range": 4,
    "path": 2,
    "call": 8,
}
#: steps of an operator: numbers may be decimals, and values dates; a root takes as long as a hundred additions
CHAINED = {"+": 6, "-": 6, "*": 6, "/": 6, "**": 300}


def weight_of(node: Node) -> int:
    """Return the steps of the node itself."""
    return WEIGHTS.get(node.kind, 1)


#: functions of literals that stand for a literal
MAKING = {"date", "time", "date and time", "duration"}


def is_constant(node: Node) -> bool:
    """Say whether the node gives the same value whatever the variables are."""
    if node.kind == "literal":
        return True
    if node.kind == "negative":
        return is_constant(node.parts)
    if node.kind == "range":
        return is_constant(node.parts[0]) and is_constant(node.parts[1])
    if node.kind == "sign_range":
        return is_constant(node.parts[1])
    name, given = node.parts if node.kind == "built_in" else ("", [])
    return name in MAKING and isinstance(given, list) and all(each.kind == "literal" for each in given)


def cost_of(sign: str, operand: Node) -> int:
    """Return the steps of an operator before its operand; a whole power is cheap."""
    return 10 if sign == "**" and type(operand.parts) is int else CHAINED[sign]
