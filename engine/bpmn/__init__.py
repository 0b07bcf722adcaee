"""BPMN without a database: drawings become programs, and a machine moves states along them."""

from engine.bpmn.compiler import read
from engine.bpmn.drawing import Drawing, Problem
from engine.bpmn.layout import Edge, Layout, Shape
from engine.bpmn.machine import Machine
from engine.bpmn.program import Decided, Library, Program
from engine.bpmn.reader import read_layout
from engine.bpmn.state import State

__all__ = [
    "Decided",
    "Drawing",
    "Edge",
    "Layout",
    "Library",
    "Machine",
    "Problem",
    "Program",
    "Shape",
    "State",
    "read",
    "read_layout",
]
