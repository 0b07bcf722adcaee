"""E-mails to people who asked for them: written with the notice, sent after it by the worker, at least once.

A letter names the case by its number only, and says where to read on; nothing of the report travels by mail.
"""

import logging
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select

from engine.bulletin_models import Letter
from engine.desk_models import Preference
from engine.errors import InvalidError
from engine.models import Person
from engine.uow import CLOCK, Database, UnitOfWork

LOG = logging.getLogger("muster.letters")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
#: what happened, as the subject says it
SUBJECTS = {
    "mention": {"zh": "案件 {number} 的备注提到了您", "en": "A note on case {number} mentions you"},
    "handed": {"zh": "案件 {number} 的任务已转交给您", "en": "A task of case {number} was handed to you"},
    "answered": {"zh": "案件 {number} 的提问已答复", "en": "Your question in case {number} is answered"},
    "lapsed": {"zh": "案件 {number} 权属划界逾期未裁定", "en": "No ruling in time on the ownership of case {number}"},
    "contested": {"zh": "案件 {number} 的划界先例有异议", "en": "The precedent of case {number} is contested"},
    "decided": {
        "zh": "案件 {number} 的先例异议已答复",
        "en": "The objection to the precedent of case {number} is decided",
    },
    "reopened": {"zh": "案件 {number} 上报人要求重新办理", "en": "Case {number} was opened again by its reporter"},
    "granted": {"zh": "案件 {number} 的申请已获同意", "en": "What you asked for in case {number} is granted"},
    "turned-down": {"zh": "案件 {number} 的申请未获同意", "en": "What you asked for in case {number} is turned down"},
    "rework": {"zh": "案件 {number} 核查未通过", "en": "Case {number} did not pass the check"},
    "booked": {"zh": "本单位资源被预约用于案件 {number}", "en": "A resource of your unit is booked for case {number}"},
    "unbooked": {"zh": "案件 {number} 不再占用本单位资源", "en": "Case {number} has given a resource back"},
    "booking-lost": {"zh": "案件 {number} 的预约被取消", "en": "A booking for case {number} was cancelled"},
    "merged": {"zh": "案件 {number} 已并入其他案件", "en": "Case {number} was merged into another case"},
}
OTHER = {"zh": "案件 {number} 有新消息", "en": "News of case {number}"}
TEXTS = {"zh": "{subject}。\n\n请登录查看：", "en": "{subject}.\n\nSign in and read on: "}
#: how long after each failed try the next one comes
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
#: a try that never came back is repeated after this
LEASE = timedelta(minutes=5)
#: older letters are not worth sending any more
STALE = timedelta(days=2)
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Post:
    """Where letters are handed in, and what they carry; ``server``: ``smtp://``, ``smtp+starttls://`` or ``smtps://``."""

    server: str
    sender: str
    site: str  #: address of the pages, without a slash at its end


def address_of(uow: UnitOfWork, person: str) -> str:
    """Return where the person wants letters; an empty text for who wants none."""
    found = uow.session.get(Preference, person)
    return str(found.settings.get("mail") or "") if found else ""


def checked(address: str) -> str:
    """Return the address, or an empty text for none. Raises InvalidError if it is no address."""
    address = address.strip()
    if address and (len(address) > 200 or not ADDRESS.fullmatch(address)):
        raise InvalidError(problems={"mail": "is no mail address"})
    return address


def write(uow: UnitOfWork, person: str, kind: str, number: str, place: str) -> None:
    """Leave a letter to the person, if that person wants any; ``kind``: as of a notice."""
    address = address_of(uow, person)
    if not address:
        return
    language = uow.session.scalar(select(Person.language).where(Person.name == person)) or "zh"
    subject = SUBJECTS.get(kind, OTHER)[language].format(number=number)
    text = TEXTS[language].format(subject=subject)
    letter = Letter(address=address, subject=subject, text=text, place=place, written_at=uow.now, due_at=uow.now)
    uow.session.add(letter)


def send_due(database: Database, post: Post) -> int:
    """Send every letter that is due; return how many were sent. One that cannot be is tried again later."""
    sent = 0
    while (found := _taken(database)) is not None:
        why = _hand_in(post, found)
        _note(database, found.id, why)
        sent += not why
    return sent


def _taken(database: Database) -> Letter | None:
    """Return the next letter, put off meanwhile so that no other worker takes it too."""
    with database.transaction(CLOCK) as uow:
        waiting = (Letter.sent_at.is_(None), Letter.due_at <= uow.now, Letter.written_at > uow.now - STALE)
        query = select(Letter).where(*waiting, Letter.tries <= len(WAITS)).order_by(Letter.due_at).limit(1)
        found = uow.session.scalars(query.with_for_update(skip_locked=True)).first()
        if found is not None:
            found.due_at, found.tries = uow.now + LEASE, found.tries + 1
            uow.session.flush()
            uow.session.expunge(found)
        return found


def _note(database: Database, letter_id: UUID, why: str) -> None:
    with database.transaction(CLOCK) as uow:
        letter = uow.session.get_one(Letter, letter_id)
        letter.why = why[:300]
        if not why:
            letter.sent_at = uow.now
        elif letter.tries <= len(WAITS):
            letter.due_at = uow.now + WAITS[letter.tries - 1]


def _hand_in(post: Post, letter: Letter) -> str:
    """Give the letter to the server; return why that failed, an empty text if it did not."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = post.sender, letter.address, letter.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.id}@{post.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{letter.text}{post.site}{letter.place}\n")
    server = urlsplit(post.server)
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(server.hostname or "", server.port or 0, timeout=SECONDS) as line:
            if server.scheme == "smtp+starttls":
                line.starttls(context=ssl.create_default_context())
            if server.username:
                line.login(unquote(server.username), unquote(server.password or ""))
            line.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        LOG.warning("the letter %s was not sent: %s", letter.id, error)
        return str(error) or type(error).__name__
    return ""
