"""A drawing with the way a case took and where it stands, as SVG without a style of its own.

The classes are in the site's stylesheet, since the policy blocks inline styles; all text is escaped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from unicodedata import east_asian_width

from engine.cases import Marks
from engine.deployments import Layout, Shape

EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
SIGNS = {
    "exclusiveGateway": "×",
    "parallelGateway": "+",
    "inclusiveGateway": "○",
    "complexGateway": "✱",
    "eventBasedGateway": "◎",
}
#: paths around the middle of an event
EVENT_SIGNS = {
    "timer": "M0 -8 V0 L6 3",
    "message": "M-8 -5 h16 v10 h-16 z M-8 -5 L0 1 L8 -5",
    "signal": "M0 -8 L8 6 H-8 z",
    "error": "M-7 7 L-3 -6 L3 3 L7 -7 L3 6 L-3 -2 z",
    "escalation": "M0 -8 L6 7 L0 1 L-6 7 z",
    "conditional": "M-6 -8 h12 v16 h-12 z M-4 -4 h8 M-4 0 h8 M-4 4 h8",
    "compensate": "M0 -6 L-7 0 L0 6 z M7 -6 L0 0 L7 6 z",
    "cancel": "M-6 -6 L6 6 M6 -6 L-6 6",
    "link": "M-7 -3 h7 v-4 L8 0 L0 7 v-4 h-7 z",
}
LINE = 15


def in_language(layout: Layout, language: str, reworded: Callable[[str], str] = str) -> Layout:
    """Return the drawing with the names that it has in the language; ``reworded`` puts the city's words in."""

    def named(each: Any) -> Any:
        return replace(each, name=reworded((language == "en" and each.name_en) or each.name))

    shapes = tuple(named(each) for each in layout.shapes)
    edges = tuple(named(each) for each in layout.edges)
    return replace(layout, shapes=shapes, edges=edges)


@dataclass(frozen=True, slots=True)
class Tag:
    """What is shown on an activity besides: a class of the stylesheet, and a few words at its foot."""

    name: str
    text: str


NO_MARKS = Marks(frozenset(), frozenset(), frozenset(), frozenset())


def svg(layout: Layout, marks: Marks, title: str, tags: Mapping[str, Tag] | None = None) -> str:
    """Return the drawing as an SVG element; its ``title`` is read to those who cannot see it.

    ``tags``: activity -> what is shown on it besides.
    """
    tags = tags or {}
    x, y, width, height = layout.box
    parts = [
        f'<svg class="diagram" role="img" viewBox="{x:g} {y:g} {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" '
        'markerWidth="11" markerHeight="11" orient="auto"><path d="M0 1 L10 5 L0 9 z"/></marker></defs>',
    ]
    for shape in sorted(layout.shapes, key=lambda each: not each.expanded):
        if shape.expanded:
            parts.append(_shape(shape, marks, tags))
    for edge in layout.edges:
        points = " ".join(f"{px:g},{py:g}" for px, py in edge.points)
        taken = " taken" if edge.id in marks.flows else ""
        parts.append(f'<polyline class="flow{taken}" points="{points}" marker-end="url(#arrow)"/>')
        if edge.name and edge.label:
            lx, ly, lw = edge.label
            parts.append(f'<text class="edge" x="{lx + lw / 2:g}" y="{ly + 11:g}">{escape(edge.name)}</text>')
    parts += [_shape(shape, marks, tags) for shape in layout.shapes if not shape.expanded]
    return "".join(parts) + "</svg>"


def _shape(shape: Shape, marks: Marks, tags: Mapping[str, Tag]) -> str:
    state = "".join(
        f" {name}"
        for name, ids in (("done", marks.done), ("current", marks.current), ("failed", marks.failed))
        if shape.id in ids
    )
    drawn = _event(shape) if shape.kind in EVENTS else _gateway(shape) if "Gateway" in shape.kind else _box(shape)
    badge = ""
    if " current" in state:
        badge = f'<circle class="token" cx="{shape.x + shape.width - 4:g}" cy="{shape.y + 4:g}" r="9"/>'
    if (tag := tags.get(shape.id)) is not None:
        state += f" {tag.name}"
        cx, foot = shape.x + shape.width / 2, shape.y + shape.height
        badge += f'<text class="tag" x="{cx:g}" y="{foot - 6:g}">{escape(tag.text)}</text>'
    return f'<g class="node {shape.kind}{state}">{drawn}{badge}</g>'


def _event(shape: Shape) -> str:
    cx, cy, r = shape.x + shape.width / 2, shape.y + shape.height / 2, shape.width / 2
    dash = "" if shape.interrupting else ' stroke-dasharray="4 3"'
    parts = [f'<circle cx="{cx:g}" cy="{cy:g}" r="{r:g}"{dash}/>']
    if shape.kind in ("boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"):
        parts.append(f'<circle cx="{cx:g}" cy="{cy:g}" r="{r - 4:g}"{dash}/>')
    if shape.event == "terminate":
        parts.append(f'<circle class="full" cx="{cx:g}" cy="{cy:g}" r="{r - 7:g}"/>')
    elif shape.event in EVENT_SIGNS:
        throws = " full" if shape.kind in ("endEvent", "intermediateThrowEvent") else ""
        sign = EVENT_SIGNS[shape.event]
        parts.append(f'<path class="sign{throws}" transform="translate({cx:g} {cy:g})" d="{sign}"/>')
    return "".join(parts) + _beside(shape)


def _gateway(shape: Shape) -> str:
    x, y, half = shape.x, shape.y, shape.width / 2
    diamond = f"M{x + half:g} {y:g} l{half:g} {half:g} l-{half:g} {half:g} l-{half:g} -{half:g} z"
    sign = f'<text class="sign" x="{x + half:g}" y="{y + half + 8:g}">{SIGNS.get(shape.kind, "")}</text>'
    return f'<path d="{diamond}"/>{sign}{_beside(shape)}'


def _box(shape: Shape) -> str:
    dash = ' stroke-dasharray="6 4"' if shape.expanded and shape.kind == "subProcess" else ""
    thick = " call" if shape.kind == "callActivity" else ""
    parts = [
        f'<rect class="box{thick}" x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}"'
        f' rx="8"{dash}/>'
    ]
    lines = wrapped(shape.name, shape.width - 12)
    top = shape.y + 18 if shape.expanded else shape.y + shape.height / 2 - (len(lines) - 1) * LINE / 2 + 5
    for number, line in enumerate(lines):
        parts.append(f'<text x="{shape.x + shape.width / 2:g}" y="{top + number * LINE:g}">{escape(line)}</text>')
    if shape.multiple:
        cx, bottom = shape.x + shape.width / 2, shape.y + shape.height - 4
        bars = " ".join(f"M{cx + shift:g} {bottom:g} v-9" for shift in (-5, 0, 5))
        parts.append(f'<path class="sign" d="{bars}"/>')
    return "".join(parts)


def _beside(shape: Shape) -> str:
    if not shape.name:
        return ""
    x, y, width = shape.label or (shape.x + shape.width / 2 - 45, shape.y + shape.height + 4, 90)
    lines = wrapped(shape.name, 110)
    return "".join(
        f'<text class="beside" x="{x + width / 2:g}" y="{y + 11 + n * LINE:g}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )


def wrapped(text: str, width: float) -> list[str]:
    """Return the text in at most three lines that fit the width in pixels; what is left over becomes ``…``."""
    lines, line, used = [], "", 0.0
    for character in " ".join(text.split()):
        size = 13.0 if east_asian_width(character) in "WF" else 7.0
        if used + size > width and line:
            cut = line.rfind(" ") if character != " " and " " in line and size < 13 else -1
            lines.append(line[:cut] if cut > 0 else line)
            line = line[cut + 1 :] if cut > 0 else ""
            used = sum(13.0 if east_asian_width(each) in "WF" else 7.0 for each in line)
        line += character
        used += size
    lines.append(line)
    return [*lines[:2], lines[2] + ("…" if len(lines) > 3 else "")] if len(lines) > 2 else lines
