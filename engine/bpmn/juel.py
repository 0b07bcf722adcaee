"""Camunda 7's ``${...}`` -> FEEL text, or an error that says what has no FEEL form. Source: JSR 341 (Expression
Language 3.0), chapter 1, without method calls, lambdas and assignments."""

import re

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[^\W\d][\w$]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:()\[\].,]))"
)
WORDS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "div": "/", "mod": "%"}
LEVELS = (("||", "or"), ("&&", "and"), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
FEEL = {"||": "or", "&&": "and", "==": "=", "%": "modulo"}


def to_feel(text: str) -> str:
    """Return the FEEL text that means what ``${...}`` or ``#{...}`` says. Raises ValueError for what has none."""
    if not text.endswith("}"):
        raise ValueError("text around an expression has no FEEL form; join the parts with + instead")
    reader = _Reader(text[2:-1])
    found = reader.choice()
    if reader.peek():
        raise ValueError(f"{reader.peek()!r} was not expected")
    return found


def hint(text: str) -> str | None:
    """Return how a Python or Java condition would be written in FEEL, where that is plain; else None."""
    if not re.search(r"==|&&|\|\||!(?!=)|\bnot\s+\w|\bTrue\b|\bFalse\b|\bNone\b", text):
        return None
    words = {"True": "true", "False": "false", "None": "null", "not": "!"}
    text = re.sub(r"\b(True|False|None|not)\b", lambda found: words[found[0]], text)
    try:
        return to_feel(f"${{{text}}}")
    except ValueError:
        return None


class _Reader:
    """Reads by descent: choice, the levels of operators, unary, postfix, primary; each gives FEEL text."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"{text[at:].strip()[:12]!r} was not expected")
            kind = str(found.lastgroup)
            self.tokens.append((kind, WORDS.get(found[kind], found[kind]) if kind == "name" else found[kind]))
            at = found.end()
        self.tokens.reverse()

    def peek(self) -> str:
        return self.tokens[-1][1] if self.tokens else ""

    def take(self, *signs: str) -> str:
        if self.peek() not in signs:
            raise ValueError(f"{self.peek() or 'the end'!r} was not expected, but one of {', '.join(signs)}")
        return self.tokens.pop()[1]

    def choice(self) -> str:
        condition = self.level(0)
        if self.peek() != "?":
            return condition
        self.take("?")
        first = self.choice()
        self.take(":")
        return f"if {condition} then {first} else {self.choice()}"

    def level(self, depth: int) -> str:
        if depth == len(LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while self.peek() in LEVELS[depth]:
            sign = FEEL.get(self.peek(), self.peek())
            self.tokens.pop()
            right = self.level(depth + 1)
            left = f"modulo({left}, {right})" if sign == "modulo" else f"{left} {sign} {right}"
        return left

    def unary(self) -> str:
        match self.peek():
            case "!" | "not":
                self.tokens.pop()
                return f"not({self.unary()})"
            case "-":
                self.tokens.pop()
                return f"-{self.unary()}"
            case "empty":
                self.tokens.pop()
                tested = self.unary()
                return f'({tested} = null or {tested} = "" or {tested} = [])'
        return self.postfix()

    def postfix(self) -> str:
        found = self.primary()
        while self.peek() in (".", "["):
            if self.tokens.pop()[1] == ".":
                kind, name = self.tokens.pop() if self.tokens else ("", "")
                if kind != "name":
                    raise ValueError("a name is missing behind a dot")
                found = f"{found}.{name}"
            else:
                found = f"{found}[{self._index()}]"
                self.take("]")
            if self.peek() == "(":
                raise ValueError(f"the method call {found}(...) runs Java code")
        return found

    def _index(self) -> str:
        index = self.choice()
        if index.isdigit():  # JUEL counts from 0, FEEL from 1
            return str(int(index) + 1)
        raise ValueError(f"the index [{index}] is no whole number")

    def primary(self) -> str:
        if not self.tokens:
            raise ValueError("the expression ends too early")
        kind, text = self.tokens.pop()
        if kind == "number":
            return text
        if kind == "text":
            inner = re.sub(r"\\(.)", r"\1", text[1:-1])
            return '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if kind == "name":
            if self.peek() == "(":
                raise ValueError(f"the call {text}(...) runs Java code")
            return text
        if text == "(":
            inner = self.choice()
            self.take(")")
            return f"({inner})"
        raise ValueError(f"{text!r} was not expected")
