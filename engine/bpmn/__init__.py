"""BPMN without a database: drawings become programs, and a machine moves states along them."""

from engine.bpmn.compiler import Drawing, Problem, read
from engine.bpmn.machine import Machine
from engine.bpmn.program import Decided, Library, Program
from engine.bpmn.state import State

__all__ = ["Decided", "Drawing", "Library", "Machine", "Problem", "Program", "State", "read"]
