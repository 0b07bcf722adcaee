"""The worker: APScheduler as an alarm clock; each tick does what is due. The truth stands in the tables."""

import logging

from apscheduler.schedulers.background import BackgroundScheduler

from engine import divisions, duty_clock, hand_overs, jobs, letters, messages, timers
from engine.config import Settings
from engine.uow import Database

LOG = logging.getLogger("muster.worker")
SECONDS = 2
WORK = (
    timers.fire_due_timers,
    timers.fire_due_starts,
    jobs.work_due_jobs,
    messages.deliver_waiting,
    duty_clock.recompute,
    hand_overs.do_due,
    divisions.do_due,
)


class Worker:
    """Looks every two seconds for timers, jobs and messages that are due."""

    def __init__(self, database: Database, settings: Settings | None = None) -> None:
        self.database = database
        self.settings = settings or Settings()
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
        for work in (*WORK, self.send_letters):
            try:
                work(self.database)
            except Exception:
                LOG.exception("%s failed; it is tried again at the next tick", work.__name__)

    def send_letters(self, database: Database) -> None:
        """Send the letters that are due, if it is known how."""
        if self.settings.mail:
            post = letters.Post(self.settings.mail, self.settings.mail_from, self.settings.site)
            letters.send_due(database, post)
