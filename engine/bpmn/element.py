"""XML as plain data, for everything behind the reader."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Element:
    """An XML element: tag and attribute names without namespace, or with ``camunda:``, ``zeebe:``, ``muster:``."""

    tag: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    def all(self, *tags: str) -> list["Element"]:
        """Return the direct children of the tags."""
        return [child for child in self.children if child.tag in tags]

    def first(self, tag: str) -> "Element | None":
        """Return the first direct child of the tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def texts(self, tag: str) -> list[str]:
        """Return the texts of the direct children of the tag: references, mostly."""
        return [child.text for child in self.children if child.tag == tag]
