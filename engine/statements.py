"""Statements of the hot path: compiled once for each kind of database, and run past SQLAlchemy's execution.

SQLAlchemy spends several times a statement's own cost on preparing each execution of it. What every step of every case
needs is prepared here once; everything else goes the ordinary way. Values are converted by the same column types.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.orm import Session

Convert = Callable[[Any], Any] | None
CURSOR = "muster cursor"


class _Prepared:
    """The text of a statement for one kind of database, and how its values go in and come out."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self.positions: Sequence[str] | None = compiled.positiontup
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        self.binds = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
        self.names = list(self.positions or self.binds)
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = statement.selected_columns if statement.is_select else ()
        self.results = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]

    def values(self, parameters: dict[str, Any]) -> Any:
        """Return the parameters as the driver wants them: in order, or by name."""
        given = {**self.fixed, **parameters} if self.fixed else parameters
        found = [
            given[name] if (convert := self.binds[name]) is None or given[name] is None else convert(given[name])
            for name in self.names
        ]
        return found if self.positions is not None else dict(zip(self.names, found, strict=True))

    def row(self, raw: Sequence[Any]) -> tuple[Any, ...]:
        """Return a row of the driver as the types of the columns have it."""
        return tuple(
            value if value is None or convert is None else convert(value)
            for value, convert in zip(raw, self.results, strict=True)
        )


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send what is run inside without waiting for each answer, where the driver can; an error shows at the end.

    Only ``run_many`` may stand inside: nothing there gives an answer.
    """
    _dialect, cursor = _raw(session)
    if not hasattr(cursor.connection, "pipeline"):
        yield
        return
    with cursor.connection.pipeline():
        yield


def _raw(session: Session) -> Any:
    """Return the dialect, and the session's cursor: it has one, as it has one transaction."""
    found = session.info.get(CURSOR)
    if found is None:
        connection = session.connection()
        found = session.info[CURSOR] = (connection.dialect, connection.connection.cursor())
    return found


class Statement:
    """A statement that is run often; parameters are the names of its ``bindparam``s."""

    def __init__(self, statement: Executable, **by_dialect: Executable) -> None:
        self._statement, self._by_dialect = statement, by_dialect
        self._prepared: dict[str, _Prepared] = {}

    def run(self, session: Session, parameters: dict[str, Any]) -> int:
        """Run the statement and return how many rows it concerned."""
        prepared, cursor = self._cursor(session)
        cursor.execute(prepared.text, prepared.values(parameters))
        return int(cursor.rowcount)

    def run_many(self, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        """Run the statement for each of the rows."""
        prepared, cursor = self._cursor(session)
        if len(rows) == 1:
            cursor.execute(prepared.text, prepared.values(rows[0]))
        else:
            cursor.executemany(prepared.text, [prepared.values(row) for row in rows])

    def first(self, session: Session, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row of a select, None if there is none."""
        prepared, cursor = self._cursor(session)
        cursor.execute(prepared.text, prepared.values(parameters))
        found = cursor.fetchone()
        return None if found is None else prepared.row(found)

    def all(self, session: Session, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a select."""
        prepared, cursor = self._cursor(session)
        cursor.execute(prepared.text, prepared.values(parameters))
        return [prepared.row(raw) for raw in cursor.fetchall()]

    def _cursor(self, session: Session) -> tuple[_Prepared, Any]:
        dialect, cursor = _raw(session)
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = _Prepared(self._by_dialect.get(dialect.name, self._statement), dialect)
            self._prepared[dialect.name] = prepared
        return prepared, cursor
