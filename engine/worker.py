"""The worker: APScheduler as an alarm clock; each tick does what is due. The truth stands in the tables."""

import logging

from apscheduler.schedulers.background import BackgroundScheduler

from engine import duty_clock, jobs, messages, timers
from engine.uow import Database

LOG = logging.getLogger("muster.worker")
SECONDS = 2
WORK = (
    timers.fire_due_timers,
    timers.fire_due_starts,
    jobs.work_due_jobs,
    messages.deliver_waiting,
    duty_clock.recompute,
)


class Worker:
    """Looks every two seconds for timers, jobs and messages that are due."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._alarm = BackgroundScheduler(timezone="UTC")
        self._alarm.add_job(self.tick, "interval", seconds=SECONDS, max_instances=1, coalesce=True)

    def start(self) -> None:
        """Begin to look."""
        self._alarm.start()

    def stop(self) -> None:
        """End after the tick that is under way."""
        self._alarm.shutdown(wait=True)

    def tick(self) -> None:
        """Do what is due; a fault of one kind of work does not keep the others from being done."""
        for work in WORK:
            try:
                work(self.database)
            except Exception:
                LOG.exception("%s failed; it is tried again at the next tick", work.__name__)
