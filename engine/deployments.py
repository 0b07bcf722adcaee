"""Deploying versions of processes, decisions and forms, and the library that a case's machine is handed.

A version is immutable and known by the hash of its content; identical content makes no new version. Not here: what is
wrong with a drawing (``engine.bpmn``), and moving cases to another version.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import bpmn, dmn, feel
from engine.bpmn import Layout, Shape, due
from engine.errors import InvalidError, NotFoundError
from engine.models import Case, Definition, StartEvent
from engine.statements import Statement
from engine.uow import UnitOfWork

__all__ = [
    "CaseLibrary",
    "Layout",
    "Shape",
    "current",
    "current_versions",
    "deploy",
    "form",
    "layout",
    "library",
]

KINDS = {".bpmn": "process", ".dmn": "decision", ".json": "form"}
BUDGET = 10_000
ZONE = "Asia/Shanghai"


def deploy(uow: UnitOfWork, files: Mapping[str, bytes]) -> list[Definition]:
    """Make a new version of everything in the files that differs from its current version; return the new ones.

    files: name -> content; the ending says what it is (.bpmn, .dmn, .json). Everything or nothing: raises InvalidError
    with problems "file: place" -> what, and then no version is made.
    """
    found: list[tuple[str, str, str, bytes]] = []
    problems: dict[str, str] = {}
    for name, data in files.items():
        try:
            found += [(kind, key, title, data) for kind, key, title in _content(name, data)]
        except InvalidError as error:
            problems |= {f"{name}: {place}": what for place, what in (error.problems or {"file": str(error)}).items()}
    if problems:
        raise InvalidError(problems=problems)
    uow.session.info["deploys"] = True
    made = [_version(uow, *each) for each in found]
    return [each for each in made if each is not None]


def _content(name: str, data: bytes) -> list[tuple[str, str, str]]:
    """Return (kind, key, title) of everything that the file declares. Raises InvalidError."""
    kind = KINDS.get(PurePath(name).suffix)
    if kind == "process":
        drawing = bpmn.read(data, feel)
        errors = {
            f"line {each.line}, {each.element} [{each.code}]": each.text
            for each in drawing.problems
            if each.level == "error"
        }
        if errors:
            raise InvalidError(problems=errors)
        return [(kind, key, program.name) for key, program in drawing.programs.items()]
    if kind == "decision":
        return [(kind, key, each.name) for key, each in dmn.read(data).items()]
    if kind == "form":
        return [(kind, PurePath(name).stem, _title(data))]
    raise InvalidError(problems={"file": f"ends in none of {', '.join(KINDS)}"})


def _title(data: bytes) -> str:
    try:
        schema = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidError(problems={f"line {error.lineno}": error.msg}) from error
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise InvalidError(problems={"file": "a form is a JSON Schema with properties"})
    title = schema.get("title") or {}
    return str(title.get("zh") or "") if isinstance(title, dict) else str(title)


def _version(uow: UnitOfWork, kind: str, key: str, title: str, data: bytes) -> Definition | None:
    digest = hashlib.sha256(data).hexdigest()
    current = _current(uow.session, key)
    if current is not None and (current.kind, current.digest) == (kind, digest):
        return None
    if current is not None and current.kind != kind:
        raise InvalidError(problems={key: f"is the key of a {current.kind} already"})
    made = Definition(
        kind=kind,
        key=key,
        version=current.version + 1 if current else 1,
        name=title or key,
        digest=digest,
        source=data.decode("utf-8-sig"),
        deployed_at=uow.now,
        deployed_by=uow.actor.name,
    )
    uow.session.add(made)
    uow.session.flush()
    if kind == "process":
        program = bpmn.read(data, feel).programs[key]
        made.tag = program.tag
        _arm_starts(uow, program)
    uow.record("definition.deployed", "deployments", kind=kind, key=key, version=made.version, digest=digest)
    return made


def _arm_starts(uow: UnitOfWork, program: bpmn.Program) -> None:
    """Let the message, signal and timer starts of the new version take the place of those of the old."""
    uow.session.execute(delete(StartEvent).where(StartEvent.key == program.key))
    for name in program.starts:
        for number, event in enumerate(program.nodes[name].events):
            row = StartEvent(key=program.key, activity_id=name, number=number, kind=str(event.kind), name=event.name)
            if event.kind == "timer":
                text = event.when({"$now": uow.now, "$zone": ZONE}) if event.when else None
                row.due_at, row.left = due.first(text, event.when_kind or "date", ZONE, uow.now)
                row.cycle = str(text) if event.when_kind == "cycle" else None
            uow.session.add(row)


def _current(session: Session, key: str) -> Definition | None:
    query = select(Definition).where(Definition.key == key).order_by(Definition.version.desc()).limit(1)
    return session.scalars(query).first()


NEWEST = Statement(
    select(Definition.key, Definition.kind, func.max(Definition.version)).group_by(Definition.key, Definition.kind)
)


def current(uow: UnitOfWork, key: str) -> Definition:
    """Return the version of the key that new cases get. Raises NotFoundError."""
    found = _current(uow.session, key)
    if found is None:
        raise NotFoundError("nothing called {key} is deployed", key=key)
    return found


def current_versions(uow: UnitOfWork) -> dict[str, int]:
    """Return the current version of every key: what a case is bound to when it opens."""
    return {key: version for key, _kind, version in NEWEST.all(uow, {})}


def newest(uow: UnitOfWork, key: str) -> tuple[str, dict[str, int]]:
    """Return the kind of the key, and the current version of every key. Raises NotFoundError for an unknown key."""
    rows = NEWEST.all(uow, {})
    kind = next((kind for name, kind, _version in rows if name == key), None)
    if kind is None:
        raise NotFoundError("nothing called {key} is deployed", key=key)
    return kind, {name: version for name, _kind, version in rows}


def form(uow: UnitOfWork, bound: Mapping[str, int], key: str) -> dict[str, Any]:
    """Return the JSON Schema of the form in the version that a case is bound to. Raises NotFoundError."""
    digest = library(uow, bound).digest(key, bound.get(key, 0))
    if digest not in _FORMS:
        _FORMS[digest] = orjson.loads(_source(uow.session, key, bound.get(key)).source)
    return _FORMS[digest]


def named(uow: UnitOfWork, key: str, version: int) -> tuple[str, str]:
    """Return what the version is called in Chinese and in English: content is named in both, Chinese first."""
    zh, _space, en = _known(uow, key, version).name.partition(" ")
    return zh, en or zh


def processes(uow: UnitOfWork, bound: Mapping[str, int]) -> list[str]:
    """Return those of the keys that are processes."""
    return [key for key, version in bound.items() if _known(uow, key, version).kind == "process"]


def layout(uow: UnitOfWork, case: Case) -> Layout:
    """Return where the case's diagram puts things, in the version that the case runs on."""
    return drawing(uow, case.process_key, case.version)


def drawing(uow: UnitOfWork, key: str, version: int) -> Layout:
    """Return where the diagram of that version puts things. Raises NotFoundError."""
    digest = _known(uow, key, version).digest
    if digest not in _LAYOUTS:
        _LAYOUTS[digest] = bpmn.read_layout(_source(uow.session, key, version).source.encode())
    return _LAYOUTS[digest]


def current_drawing(uow: UnitOfWork, key: str) -> Layout:
    """Return where the current version's diagram puts things. Raises NotFoundError."""
    return drawing(uow, key, newest(uow, key)[1][key])


def _source(session: Session, key: str, version: int | None) -> Definition:
    query = select(Definition).where(Definition.key == key, Definition.version == version)
    found = session.scalars(query).first()
    if found is None:
        raise NotFoundError("version {version} of {key} is not deployed", version=version, key=key)
    return found


#: digest -> what the text compiles to; a digest stands for one text for ever, so this never goes stale
_PROGRAMS: dict[str, dict[str, bpmn.Program]] = {}
_DECISIONS: dict[str, dict[str, dmn.Decision]] = {}
_FORMS: dict[str, dict[str, Any]] = {}
_LAYOUTS: dict[str, Layout] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """What a version is, but for its text."""

    kind: str
    name: str
    digest: str


#: database -> (key, version) -> what is known of versions that are committed
_KNOWN: WeakKeyDictionary[Any, dict[tuple[str, int], Known]] = WeakKeyDictionary()


def _known(uow: UnitOfWork, key: str, version: int) -> Known:
    """Return what the version is. Raises NotFoundError.

    It is remembered for the database, except in a transaction that itself deploys, since that may roll back.
    """
    remembered = _KNOWN.setdefault(uow.connection().engine, {})
    found = remembered.get((key, version))
    if found is None:
        row = _source(uow.session, key, version)
        found = Known(row.kind, row.name, row.digest)
        if not uow.session.info.get("deploys"):
            remembered[key, version] = found
    return found


class CaseLibrary:
    """What the machine of a case is handed: programs and decisions in the versions the case is bound to."""

    budget = BUDGET

    def __init__(self, uow: UnitOfWork, bound: Mapping[str, int], zone: str, surroundings: Mapping[str, Any]) -> None:
        self._uow, self._bound, self.zone, self.globals = uow, bound, zone, surroundings

    def digest(self, key: str, version: int) -> str:
        """Return the digest of the version. Raises NotFoundError."""
        return _known(self._uow, key, version).digest

    def program(self, key: str, version: int) -> bpmn.Program:
        """Return the program of the version, compiled once a process of the house."""
        digest = self.digest(key, version)
        if digest not in _PROGRAMS:
            source = _source(self._uow.session, key, version).source
            _PROGRAMS[digest] = bpmn.read(source.encode(), feel).programs
        return _PROGRAMS[digest][key]

    def bind(self, key: str, binding: str, version: int | str | None) -> int:
        """Return the version that a called process or decision is bound to; raise LookupError if there is none."""
        if binding == "version" and isinstance(version, int):
            return version
        if binding == "versionTag":
            return self._tagged(key, str(version))
        if binding == "latest":
            found = _current(self._uow.session, key)
            if found is not None:
                return found.version
        if key not in self._bound:
            raise LookupError(f"nothing called {key} was deployed when the case was opened")
        return self._bound[key]

    def _tagged(self, key: str, tag: str) -> int:
        query = select(func.max(Definition.version)).where(Definition.key == key, Definition.tag == tag)
        found = self._uow.session.scalar(query)
        if found is None:
            raise LookupError(f"no version of {key} has the tag {tag}")
        return int(found)

    def decide(self, key: str, version: int, values: Mapping[str, Any]) -> bpmn.Decided:
        """Make the decision in the version."""
        digest = self.digest(key, version)
        if digest not in _DECISIONS:
            _DECISIONS[digest] = dmn.read(_source(self._uow.session, key, version).source.encode())
        made = dmn.decide(_DECISIONS[digest], key, values)
        return bpmn.Decided(made.value, version, made.rules)


def library(uow: UnitOfWork, bound: Mapping[str, int], zone: str = ZONE, **more: Any) -> CaseLibrary:
    """Return the library for a case with these bindings; ``more`` is seen by expressions under ``$name``."""
    return CaseLibrary(uow, bound, zone, {f"${name}": value for name, value in more.items()})
