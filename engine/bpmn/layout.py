"""Where a drawing puts its shapes and lines: what is needed to draw it again, and nothing about behaviour."""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A node at its place; ``kind`` is the BPMN element's name, ``event`` that of its event definition, if any."""

    id: str
    kind: str
    name: str
    x: float
    y: float
    width: float
    height: float
    label: tuple[float, float, float] | None = None  #: x, y, width of the name that stands beside the shape
    event: str = ""
    interrupting: bool = True
    expanded: bool = False
    multiple: bool = False
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A flow along its points."""

    id: str
    points: tuple[Point, ...]
    name: str = ""
    label: tuple[float, float, float] | None = None
    name_en: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A drawing, equal to itself alone; ``box`` is x, y, width, height around everything in it."""

    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    box: tuple[float, float, float, float]
