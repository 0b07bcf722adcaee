"""What every measurement shares: timing, and the line that is printed."""

import statistics
import time
from collections.abc import Callable
from typing import Any


def summary(name: str, samples: list[float], unit: str) -> dict[str, Any]:
    """Return the line that is printed; ``value`` is the median."""
    ordered = sorted(samples)
    median = round(statistics.median(ordered), 3)
    p95 = round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 3)
    return {"name": name, "value": median, "unit": unit, "n": len(samples), "median": median, "p95": p95}


def timed(action: Callable[[], Any]) -> float:
    """Return how many seconds the action took."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
