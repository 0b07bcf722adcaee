"""Fires the due timers of one case and dies by SIGKILL after the n-th of them: ``dying_worker.py URL MOMENT N``."""

import os
import signal
import sys
from datetime import datetime

from engine import execution, timers
from engine.clock import FrozenClock
from engine.uow import Database

url, moment, at = sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
fired = 0
advance = execution.advance


def counting(*given):
    """Move the case; die when it is time."""
    global fired  # noqa: PLW0603
    found = advance(*given)
    fired += 1
    if fired == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return found


execution.advance = counting
timers.fire_due_timers(Database(url, FrozenClock(moment)))
