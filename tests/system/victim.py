"""Completes a task and dies by SIGKILL at its n-th statement or at its COMMIT: ``victim.py URL TASK N``."""

import os
import signal
import sys
from uuid import UUID

from sqlalchemy import event

from engine import tasks
from engine.uow import SYSTEM, Database

url, task_id, at = sys.argv[1], UUID(sys.argv[2]), int(sys.argv[3])
database = Database(url)
seen = 0


def hit(*_: object) -> None:
    """Die when it is time."""
    global seen  # noqa: PLW0603
    seen += 1
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)


event.listen(database.engine, "before_cursor_execute", hit)
event.listen(database.engine, "commit", hit)
with database.transaction(SYSTEM) as uow:
    tasks.complete_task(uow, task_id, {"filed": True}, "key")
hit()
