"""Notices by mail: only to who asked, after the commit, to a real SMTP server, tried again when it is away."""

import email
import email.policy
import socket
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import letters
from engine.bulletin_models import Letter
from engine.config import Settings
from engine.uow import SYSTEM
from engine.worker import Worker
from tests.web.test_pages import Visitor, app, case_url, report, task_url  # noqa: F401


class MailServer:
    """Speaks as much SMTP as a relay of the house needs, on a port of its own."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.got, self.to = self.socket.getsockname()[1], [], []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as talk:
                self.converse(talk)

    def converse(self, talk):
        def say(text):
            talk.write(f"{text}\r\n".encode())
            talk.flush()

        say("220 here")
        for raw in talk:
            verb = raw[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                lines = iter(talk.readline, b".\r\n")
                self.got.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
            elif verb == b"RCPT":
                self.to.append(raw.decode().strip())
            elif verb == b"QUIT":
                say("221 bye")
                return
            say("250 yes")

    def close(self):
        self.socket.close()


@pytest.fixture
def post():
    server = MailServer()
    yield server
    server.close()


def settings(port):
    return Settings(mail=f"smtp://127.0.0.1:{port}", mail_from="muster@example.org", site="https://muster.example.org")


def hand_on(app, name="liqiang"):  # noqa: F811
    report(Visitor(app))
    zhaoli, url = Visitor(app, "zhaoli"), task_url(app)
    zhaoli.post(url, f"{url}/claim")
    zhaoli.post(url, f"{url}/reassign", name=name)
    return url


def test_who_asked_for_letters_gets_one_with_the_number_and_the_place_and_nothing_of_the_report(app, post):  # noqa: F811
    Visitor(app, "liqiang").post("/me", "/me/mail", mail="liqiang@example.org")
    url = hand_on(app)
    worker = Worker(app.extensions["muster"], settings(post.port))
    worker.tick()
    worker.tick()
    (letter,) = post.got
    assert letter["To"] == "liqiang@example.org"
    assert letter["Subject"] == "案件 2026-000001 的任务已转交给您"
    text = letter.get_content()
    assert f"https://muster.example.org{url}" in text
    assert "箱子满了" not in text
    assert "13800001234" not in text


def test_who_did_not_ask_gets_none_and_neither_does_anybody_without_a_server(app, post):  # noqa: F811
    hand_on(app)
    Worker(app.extensions["muster"], settings(post.port)).tick()
    assert post.got == []
    Visitor(app, "liqiang").post("/me", "/me/mail", mail="liqiang@example.org")
    Visitor(app, "zhaoli").post("/me", f"{case_url(app)}/notes", text="@liqiang 请看")
    Worker(app.extensions["muster"], Settings()).tick()
    assert post.got == []


def test_what_a_failed_transaction_wrote_is_never_sent(app, post):  # noqa: F811
    Visitor(app, "liqiang").post("/me", "/me/mail", mail="liqiang@example.org")
    report(Visitor(app))
    Visitor(app, "zhaoli").post("/me", f"{case_url(app)}/notes", text="@liqiang @nobody 请看")
    Worker(app.extensions["muster"], settings(post.port)).tick()
    assert post.got == []


def test_a_server_that_is_away_gets_the_letter_later_once(app, post, clock):  # noqa: F811
    Visitor(app, "liqiang").post("/me", "/me/mail", mail="liqiang@example.org")
    hand_on(app)
    database = app.extensions["muster"]
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    where = letters.Post(f"smtp://127.0.0.1:{closed}", "muster@example.org", "")
    assert letters.send_due(database, where) == 0
    with database.reading(SYSTEM) as uow:
        (waiting,) = uow.session.scalars(select(Letter))
        assert waiting.why
        assert waiting.due_at == clock.now() + timedelta(minutes=1)
    worker = Worker(database, settings(post.port))
    worker.tick()
    assert post.got == []
    clock.advance(minutes=1)
    worker.tick()
    clock.advance(hours=9)
    worker.tick()
    assert len(post.got) == 1


def test_a_letter_that_is_two_days_old_is_not_sent_any_more(app, post, clock):  # noqa: F811
    Visitor(app, "liqiang").post("/me", "/me/mail", mail="liqiang@example.org")
    hand_on(app)
    clock.advance(days=2)
    Worker(app.extensions["muster"], settings(post.port)).tick()
    assert post.got == []


@pytest.mark.parametrize("wrong", ["nobody", "a@b", "a@example.org\nBcc: b@example.org", "a b@example.org"])
def test_what_is_no_address_is_refused_beside_its_field(app, wrong):  # noqa: F811
    answer = Visitor(app, "liqiang").post("/me", "/me/mail", mail=wrong)
    assert answer.status_code == 422
    assert "不是有效的邮箱地址" in answer.text
