"""How far two spots are from each other. Not here: which grid a spot lies in, which nobody knows yet."""

from math import cos, hypot, radians

METRES = 111_320  #: of a degree of latitude

#: latitude and longitude in degrees; None where nobody gave them
Spot = tuple[float | None, float | None]


def plain(address: str) -> str:
    """Return the address as it is compared with others: without blanks, in small letters."""
    return "".join(address.split()).lower()[:200]


def distance(here: Spot, there: Spot) -> float | None:
    """Return how many metres lie between them; right to a few metres within a city. None if one is not known."""
    if here[0] is None or here[1] is None or there[0] is None or there[1] is None:
        return None
    north = (there[0] - here[0]) * METRES
    east = (there[1] - here[1]) * METRES * cos(radians(here[0]))
    return hypot(north, east)
