"""Reading types, such as ``list<number>`` or ``function<string> -> context<a: date>``. Source: DMN 1.5, rule 62."""

import re

from engine.feel.lexer import Names
from engine.feel.reading import DEPTH_LIMIT, Reading
from engine.feel.types import TYPES, Type, built_in_type

TYPE_NAMES = Names(TYPES)
KEY = re.compile(r'[^:{}\[\],"]+(?=:)')


class TypeParser(Reading):
    """Reads the types in a text."""

    def _type(self) -> Type:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self._error(f"nested deeper than {DEPTH_LIMIT}")
        scopes, self.lexer.scopes = self.lexer.scopes, [TYPE_NAMES, self.type_names]
        self.token = self.lexer.token(self.token.start)
        try:
            return self._type_inside()
        finally:
            self.lexer.scopes = scopes
            self.depth -= 1

    def _type_inside(self) -> Type:
        if self.token.kind not in ("name", "keyword"):
            raise self._error("a type is missing")
        name = self._next().text
        while self._take("."):
            name += "." + self._next().text
        parts: list[tuple[str, Type]] = []
        result = None
        if name in ("list", "range", "context", "function") and self._take("<"):
            while not self._take(">"):
                if parts:
                    self._expect(",")
                key = self._raw(KEY) if name == "context" else ""
                if name == "context":
                    self._expect(":")
                parts.append((key, self._type()))
            if name == "function":
                self._expect("->")
                result = self._type()
            return built_in_type(name, parts, result)
        found = self.types.get(name) or TYPES.get(name)
        if found is None:
            raise self._error(f"no type {name}")
        return found
