"""How far two spots are from each other. Not here: which grid a spot lies in, which nobody knows yet."""

from math import cos, hypot, radians

METRES = 111_320  #: of a degree of latitude

WIDER, NARROWEST = 1.2, 0.01  #: of a box that must miss nothing; of a degree of longitude near a pole

#: latitude and longitude in degrees; None where nobody gave them
Spot = tuple[float | None, float | None]


def plain(address: str) -> str:
    """Return the address as it is compared with others: without blanks, in small letters."""
    return "".join(address.split()).lower()[:200]


def box(here: Spot, metres: float) -> tuple[float, float, float, float] | None:
    """Return south, north, west and east of a box around the spot in degrees that holds all within so many metres, for
    what an index can do before ``distance``; None if the spot is not known."""
    if here[0] is None or here[1] is None:
        return None
    high = WIDER * metres / METRES
    wide = high / max(cos(radians(here[0])), NARROWEST)
    return here[0] - high, here[0] + high, here[1] - wide, here[1] + wide


def distance(here: Spot, there: Spot) -> float | None:
    """Return how many metres lie between them; right to a few metres within a city. None if one is not known."""
    if here[0] is None or here[1] is None or there[0] is None or there[1] is None:
        return None
    north = (there[0] - here[0]) * METRES
    east = (there[1] - here[1]) * METRES * cos(radians(here[0]))
    return hypot(north, east)
