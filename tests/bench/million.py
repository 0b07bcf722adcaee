"""A city after two years: 1,000,000 cases, 40,000 of them open with 50,000 tasks at 43 units, on either database.

``python -m tests.bench.million [--cases N] (sqlite|postgresql)`` makes it, or says where it is. The same number
gives the same rows. Every open case and every hundredth closed one has all rows and its whole chain; the others are
thin: what lists, boards, search and figures read, and a valid chain of three entries. There are no photos.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Index, inspect, select, text
from sqlalchemy.schema import CreateIndex, DropIndex

from engine import audit, content, schema, words
from engine.clock import FrozenClock
from engine.columns import Base
from engine.initials import initials
from engine.models import ZERO, Grid
from engine.search_models import CaseWords
from engine.uow import SYSTEM, Database
from tests.bench import patterns, stores
from tests.bench.durable import MORNING
from tests.bench.patterns import EPOCH, MOMENT, TABLES, THIN, Pattern
from tests.conftest import PROCESSES

CASES, DAYS, PASSWORD = 1_000_000, 700, "bench password"
#: how many cases stand at which point, of a million; the rest is closed. ``late`` has three open tasks
OPEN = {
    "file": 5_500,
    "handle": 14_500,
    "claimed": 6_000,
    "verify": 4_000,
    "answer": 3_000,
    "redispatch": 1_000,
    "late": 6_000,
}
COPIES = 20  #: of one life with the same moments
BATCH = 2_000
ROADS = (
    "海东路 新华东街 哲里木路 科尔沁北路 成吉思汗大街 北垣东街 海拉尔东路 兴安北路 呼伦贝尔北路 丰州北路 东库街 "
    "车站东街 锡林北路 迎宾北路 爱民街 中山东路 公园东路 通道北街 赛马场北路 东风路 艺术厅北街 体育场东街 光华街 "
    "建设西路 元艺路 府兴营路 毫沁营大街 机场路 乌兰恰特东街 展览馆东路 团结小区南路 铁路北街 果园东巷 麻花板街 "
    "讨号板路 三合村路"
).split()
SPOTS = (
    "门前 路口 北侧 南侧 小区西门 公交站旁 早市 菜市场后巷 学校门口 桥下 工地围挡外 停车场 地下通道 绿化带 三单元楼下"
).split()
TOLD = (
    "现场有问题，请尽快处理 居民反映多次仍未解决 影响出行，有安全隐患 昨晚开始出现，味道很大 占了半条人行道 "
    "雨后更加严重，老人孩子容易摔倒 下水道返水，一楼进水 夜间施工声音很大 灯不亮已有一周 电线垂下来离地不到两米"
).split()


@dataclass(frozen=True)
class Render:
    """A life with its moments moved, as texts with gaps: all rows in one text, tables apart by a separator."""

    pattern: Pattern
    rows: str
    chain: list[tuple[str, str, str, str]]
    opened_at: datetime
    works: int


class Writer:
    """Collects rows as texts, tabs between cells, and writes them in bulk; secondary indices are made at the end."""

    def __init__(self, connection: Connection, tables: tuple[str, ...]) -> None:
        self.connection, self.is_sqlite = connection, connection.dialect.name == "sqlite"
        self.lines: dict[str, list[str]] = {table: [] for table in tables}
        self.names = {table: ", ".join(Base.metadata.tables[table].columns.keys()) for table in tables}
        self.indices = [index for table in tables for index in _indices(table, connection)]
        for index in self.indices:
            connection.execute(DropIndex(index, if_exists=True))
        if not self.is_sqlite:
            connection.exec_driver_sql("SET session_replication_role = replica")  # foreign keys hold by construction

    def write(self) -> None:
        """Send what was collected."""
        raw: Any = self.connection.connection.driver_connection
        for table, lines in self.lines.items():
            if self.is_sqlite:
                gaps = ", ".join("nullif(?, '\\N')" for _ in self.names[table].split(","))
                rows = (line.split("\t") for line in lines)
                raw.executemany(f"INSERT INTO {table} ({self.names[table]}) VALUES ({gaps})", rows)
            elif lines:
                with raw.cursor().copy(f"COPY {table} ({self.names[table]}) FROM STDIN") as copy:
                    copy.write("\n".join(lines) + "\n")
            lines.clear()

    def finish(self) -> None:
        """Send the rest and make the indices."""
        self.write()
        if not self.is_sqlite:
            self.connection.exec_driver_sql("SET session_replication_role = DEFAULT")
        for index in self.indices:
            self.connection.execute(CreateIndex(index))


def _indices(table: str, connection: Connection) -> list[Index]:
    """Return the secondary indices that the table has on this kind of database."""
    kept = {found["name"] for found in inspect(connection).get_indexes(table)}
    return [index for index in Base.metadata.tables[table].indexes if index.name in kept]


class City:
    """The generator: lives, places and words, and the numbers given so far."""

    def __init__(self, lives: list[Pattern], grids: list[Grid], writer: Writer, seed: int = 7) -> None:
        self.lives, self.writer, self.dice = lives, writer, random.Random(seed)
        self.grids = [(grid.code, grid.name, grid.community, *_indexed(grid.name)) for grid in grids]
        self.roads = [(road, *_indexed(road)) for road in ROADS]
        self.spots = [(spot, *_indexed("号" + spot)) for spot in SPOTS]
        self.items = {life.item: _indexed(life.item_name) for life in lives}
        self.ids, self.numbers = 0, dict[int, int]()
        self.moments = {table: patterns.moments(Base.metadata.tables[table]) for table in TABLES}

    def fill(self, count: int) -> None:
        """Write so many cases, the oldest first."""
        wanted = {kind: round(number * count / CASES) for kind, number in OPEN.items()}
        self._closed(count - sum(wanted.values()))
        plans = []
        for kind, number in wanted.items():
            lives = [life for life in self.lives if life.kind == kind]
            for start in range(0, number, COPIES):
                life = lives[start // COPIES % len(lives)]
                room = (life.before - life.after).total_seconds() - 120
                shift = life.before - timedelta(seconds=round(self.dice.random() * max(0, room)))
                plans.append((shift, min(COPIES, number - start), life))
        for shift, copies, life in sorted(plans, key=lambda plan: plan[0]):
            self._write(self._render(life, shift, is_whole=True), copies)
        self.writer.finish()

    def _closed(self, count: int) -> None:
        lives = [life for life in self.lives if life.kind in ("closed", "refused")]
        done = 0
        for day in range(DAYS, 0, -1):
            until = count * (DAYS - day + 1) // DAYS
            while done < until:
                life = self.dice.choice(lives)
                shift = timedelta(days=-day, minutes=-self.dice.randrange(60))
                copies = min(COPIES, until - done)
                is_whole = self.dice.random() < 0.01
                self._write(self._render(life, shift, is_whole=is_whole), copies)
                done += copies

    def _render(self, life: Pattern, shift: timedelta, *, is_whole: bool) -> Render:
        """Return the life moved by that much, with fewer rows and entries unless it is kept whole."""
        micros = shift // timedelta(microseconds=1)
        known: dict[str, str] = {}

        def moved(found: Any) -> str:
            said = found[0]
            if said not in known:
                known[said] = (datetime.fromisoformat(said) + shift).isoformat()
            return known[said]

        entries = life.chain if is_whole else [life.chain[0], _dispatch(life), life.chain[-1]]
        chain = [
            (MOMENT.sub(moved, body).rsplit(",", 1)[0] + f',"seq":{seq}}}', self._moment(at + micros), actor, action)
            for seq, (body, at, actor, action) in enumerate(entries, 1)
        ]
        blocks = []
        for table in TABLES:
            rows = life.rows[table] if is_whole or table in THIN else []
            if table == "cases":
                at = Base.metadata.tables["cases"].columns.keys().index("audit_seq")
                rows = [(*rows[0][:at], len(entries), *rows[0][at + 1 :])]
            elif table == "case_words":
                rows = [("%(ids)s", "%(c)s", "%(terms)s")]
            blocks.append(
                "\n".join(
                    "\t".join(
                        "\\N"
                        if cell is None
                        else self._moment(cell + micros)
                        if is_moment
                        else self._escaped(MOMENT.sub(moved, cell))
                        if isinstance(cell, str)
                        else str(cell)
                        for cell, is_moment in zip(row, self.moments[table], strict=True)
                    )
                    for row in rows
                )
            )
        return Render(life, "\x1e".join(blocks), chain, life.opened_at + shift, len(life.rows["tasks"]))

    def _moment(self, micros: int) -> str:
        return str(micros) if self.writer.is_sqlite else (EPOCH + timedelta(microseconds=micros)).isoformat()

    def _escaped(self, value: str) -> str:
        return value if self.writer.is_sqlite or "\\" not in value else value.replace("\\", "\\\\")

    def _write(self, render: Render, copies: int) -> None:
        lines, add = self.writer.lines, self.writer.lines["audit_entries"].append
        for _ in range(copies):
            values = self._values(render)
            owner, head = values["c"], ZERO
            for seq, (gapped, at, actor, action) in enumerate(render.chain, 1):
                body = gapped % values
                digest = audit.link(head, body.encode())
                add(f"{owner}\t{seq}\t{at}\t{actor}\t{action}\t{self._escaped(body)}\t{head}\t{digest}")
                head = digest
            values["head"] = head
            for table, block in zip(TABLES, (render.rows % values).split("\x1e"), strict=True):
                if block:
                    lines[table] += block.split("\n")
            if len(lines["cases"]) >= BATCH:
                self.writer.write()

    def _values(self, render: Render) -> dict[str, Any]:
        """Return what goes into the gaps of one copy."""
        dice = self.dice.random
        road, road_letters, road_terms = self.roads[int(dice() * len(self.roads))]
        spot, spot_letters, spot_terms = self.spots[int(dice() * len(self.spots))]
        grid, name, community, letters, grid_terms = self.grids[int(dice() * len(self.grids))]
        house = int(dice() * 400) + 1
        place = f"{road}{house}号{spot}"
        life = render.pattern
        near = f"{road_letters} {spot_letters}"
        item_letters, item_terms = self.items[life.item]
        number = self._number(render.opened_at.year)
        last = number.rpartition("-")[2]
        ids = list(self._ids(render.opened_at, render.works + 1))
        values = {
            "a": place,
            "w": TOLD[int(dice() * len(TOLD))],
            "g": grid,
            "n": name,
            "m": community,
            "s": f"{life.item_name} · {place} {place} {name} {item_letters} {near} {near} {letters}",
            "number": number,
            "ids": sum(self.numbers.values()),
            "terms": f"{item_terms} {road_terms} {spot_terms} {grid_terms} {house} {last} {last.lstrip('0')}",
            "token": f"{self.dice.getrandbits(112):022x}"[:22],
            "c": ids[0][0],
            "C": ids[0][1],
            "head": "",
        }
        for n, (plain, dashed) in enumerate(ids[1:]):
            values[f"t{n}"], values[f"T{n}"] = plain, dashed
        return values

    def _ids(self, at: datetime, count: int) -> Iterator[tuple[str, str]]:
        """Yield time-ordered UUIDs, in both ways of writing them."""
        for _ in range(count):
            self.ids += 1
            plain = f"{int(at.timestamp() * 1000):012x}70008{self.ids:015x}"
            yield plain, f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"

    def _number(self, year: int) -> str:
        self.numbers[year] = self.numbers.get(year, 0) + 1
        return f"{year}-{self.numbers[year]:06}"


def _indexed(text_: str) -> tuple[str, str]:
    """Return the first letters of the text and its terms in the index of words."""
    letters = initials(text_)
    return letters, words.terms(text_, letters)


def _dispatch(life: Pattern) -> tuple[Any, ...]:
    """Return the entry at which the clock of the case was started for good, else the one in the middle."""
    started = [entry for entry in life.chain if entry[3] == "clock.started"]
    return started[-1] if started else life.chain[len(life.chain) // 2]


def fill(url: str, count: int, units: int = 0) -> None:
    """Make the city on the empty database at the address, with cases of so many units; 0 for all."""
    database = Database(url, FrozenClock(MORNING))
    schema.upgrade(database)
    content.load(database, PROCESSES, SYSTEM, PASSWORD)
    patterns.staff(database, PASSWORD)
    database.dispose()
    with tempfile.TemporaryDirectory() as folder:
        lives = list(patterns.record(Path(folder), units))
    with database.reading(SYSTEM) as uow:
        grids = list(uow.session.scalars(select(Grid).order_by(Grid.code)))
    if database.is_sqlite:
        with database.engine.connect() as connection:
            for each in ("COMMIT", "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF"):
                connection.exec_driver_sql(each)
            connection.exec_driver_sql("BEGIN")
            _filled(connection, lives, grids, count)
            for each in ("COMMIT", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
                connection.exec_driver_sql(each)
    else:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            _filled(connection, lives, grids, count)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
    database.dispose()


def _filled(connection: Connection, lives: list[Pattern], grids: list[Grid], count: int) -> None:
    city = City(lives, grids, Writer(connection, (*TABLES, "audit_entries")))
    city.fill(count)
    for year, last in city.numbers.items():
        connection.execute(text("INSERT INTO counters VALUES (:name, :last)"), {"name": f"cases {year}", "last": last})
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ANALYZE")
    else:
        sequence = f"pg_get_serial_sequence('{CaseWords.__tablename__}', 'serial')"
        connection.exec_driver_sql(f"SELECT setval({sequence}, {count})")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million")
    parser.add_argument("kind", choices=["sqlite", "postgresql"])
    parser.add_argument("--cases", type=int, default=CASES)
    asked = parser.parse_args()
    began = time.perf_counter()
    with getattr(stores, asked.kind)(asked.cases, fill) as url:
        sys.stdout.write(f"{url} after {time.perf_counter() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
