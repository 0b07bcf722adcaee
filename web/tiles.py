"""The grids of the district as a map of tiles: a row a community, a tile a grid. Not here: streets or house numbers.

The order is that of the grids' codes; no outlines of grids are known, so tiles tell neighbours, not distances.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

TILE, GAP, LEFT, ROW = 46, 5, 136, 40
#: from so many cases on a tile is of the level, the lightest first
LEVELS = (1, 2, 5, 10)


def level(count: int) -> int:
    """Return how dark a tile of so many is: 0 to 4."""
    return sum(count >= each for each in LEVELS)


def svg(
    grids: Iterable[Any],
    counts: Mapping[str, tuple[int, int]],
    title: str,
    link: Callable[[str], str],
    here: str = "",
) -> str:
    """Return the map.

    ``counts``: grid -> (cases, late ones), empty if nothing is to be counted; ``here``: a grid to be marked with a
    point.
    """
    rows: dict[str, list[Any]] = {}
    for grid in grids:
        rows.setdefault(grid.community, []).append(grid)
    widest = max((len(row) for row in rows.values()), default=1)
    width, height = LEFT + widest * (TILE + GAP), len(rows) * ROW
    parts = [
        f'<svg class="tiles" role="group" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    ]
    for number, (community, row) in enumerate(rows.items()):
        y = number * ROW
        parts.append(f'<text class="place" x="0" y="{y + 24}">{escape(_short(community))}</text>')
        parts += [_tile(grid, LEFT + n * (TILE + GAP), y, counts, link, here) for n, grid in enumerate(row)]
    return "".join(parts) + "</svg>"


def _short(name: str) -> str:
    return name.removesuffix("居委会")


def _tile(
    grid: Any, x: int, y: int, counts: Mapping[str, tuple[int, int]], link: Callable[[str], str], here: str
) -> str:
    count, late = counts.get(grid.code, (0, 0))
    state = f"level{level(count)}" + (" late" if late else "") + (" here" if grid.code == here else "")
    drawn = f'<rect x="{x + 1}" y="{y + 1}" width="{TILE}" height="{ROW - GAP}" rx="5"/>'
    if grid.code == here:
        drawn += f'<circle class="point" cx="{x + TILE / 2:g}" cy="{y + (ROW - GAP) / 2 + 1:g}" r="8"/>'
    else:
        drawn += f'<text x="{x + TILE / 2:g}" y="{y + 23}">{count or ""}</text>'
    says = grid.name + (f": {count}" if counts else "") + (f" / {late}" if late else "")
    opened = f'<a href="{escape(link(grid.code))}" aria-label="{escape(says)}">'
    return f'{opened}<g class="tile {state}"><title>{escape(says)}</title>{drawn}</g></a>'
