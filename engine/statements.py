"""Statements of the hot path: compiled once for each kind of database, and run past SQLAlchemy's execution.

SQLAlchemy spends several times a statement's own cost on preparing each execution of it. What every step of every case
needs is prepared here once; everything else goes the ordinary way. Values are converted by the same column types.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect, Executable

Convert = Callable[[Any], Any] | None
#: keys of a holder's ``info``
CURSOR, PIPELINE, BATCHES = "muster cursor", "muster pipeline", "muster batches"


class Holder(Protocol):
    """What has one transaction on one connection: a unit of work, or a session."""

    @property
    def info(self) -> dict[Any, Any]: ...

    def connection(self) -> Connection: ...


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


def _raw(holder: Holder) -> tuple[Dialect, Any]:
    """Return the dialect, and the holder's cursor: it has one, as it has one transaction.

    Where the driver can and the holder may (``BATCHES``), statements are sent without waiting for each answer: only
    what is read back, and the end, cost a round trip.
    """
    found: tuple[Dialect, Any] | None = holder.info.get(CURSOR)
    if found is None:
        connection = holder.connection()
        found = holder.info[CURSOR] = (connection.dialect, connection.connection.cursor())
    if holder.info.get(BATCHES) and PIPELINE not in holder.info:
        entered = found[1].connection.pipeline()
        holder.info[PIPELINE] = (entered, entered.__enter__())
    return found


def settle(holder: Holder) -> int:
    """Wait for all that was sent; return how many rows the last statement concerned. Raises what went wrong in it."""
    entered = holder.info.pop(PIPELINE, None)
    if entered is not None:
        entered[0].__exit__(None, None, None)
    found = holder.info.get(CURSOR)
    return int(found[1].rowcount) if found is not None else 0


class Statement:
    """A statement that is run often; parameters are the names of its ``bindparam``s."""

    def __init__(self, statement: Executable, **by_dialect: Executable) -> None:
        self._statement, self._by_dialect = statement, by_dialect
        self._prepared: dict[str, _Prepared] = {}

    def run(self, holder: Holder, parameters: dict[str, Any]) -> int:
        """Run the statement and return how many rows it concerned."""
        prepared, cursor = self._cursor(holder)
        cursor.execute(prepared.text, prepared.values(parameters))
        if PIPELINE in holder.info:
            holder.info[PIPELINE][1].sync()
        return int(cursor.rowcount)

    def run_many(self, holder: Holder, rows: Sequence[dict[str, Any]]) -> None:
        """Run the statement for each of the rows."""
        prepared, cursor = self._cursor(holder)
        if len(rows) == 1:
            cursor.execute(prepared.text, prepared.values(rows[0]))
        else:
            cursor.executemany(prepared.text, [prepared.values(row) for row in rows])

    def first(self, holder: Holder, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row of a select, None if there is none."""
        prepared, cursor = self._cursor(holder)
        cursor.execute(prepared.text, prepared.values(parameters))
        found = cursor.fetchone()
        return None if found is None else prepared.row(found)

    def all(self, holder: Holder, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a select."""
        prepared, cursor = self._cursor(holder)
        cursor.execute(prepared.text, prepared.values(parameters))
        return [prepared.row(raw) for raw in cursor.fetchall()]

    def _cursor(self, holder: Holder) -> tuple[_Prepared, Any]:
        dialect, cursor = _raw(holder)
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = _Prepared(self._by_dialect.get(dialect.name, self._statement), dialect)
            self._prepared[dialect.name] = prepared
        return prepared, cursor
