"""Killed at any moment, used by many at once: nothing that was answered is lost, nothing is counted twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from practice_client import ask, client, inbox, mail
from sesutil.launching import ensure_practice, stop_practice
from sesutil.practice import PracticeServer

ROUNDS = 4


class Writer(Thread):
    """Makes things until it is told to stop or the account is gone; remembers what was answered for."""

    def __init__(self, endpoint, number: int, stop: Event) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.ses, self.iam = client(endpoint), client(endpoint, "iam")
        self.number, self.stop = number, stop
        self.messages: list[str] = []
        self.identities: list[str] = []
        self.users: list[str] = []

    def run(self) -> None:
        with contextlib.suppress(BotoCoreError, ResponseParserError):
            for count in range(10_000):
                if self.stop.is_set():
                    break
                self._step(f"{os.getpid()}-{self.number}-{count}-{time.monotonic_ns()}")

    def _step(self, name: str) -> None:
        # Killed in the middle of an answer's head, it has answered with an empty document, says botocore.
        with contextlib.suppress(ClientError):  # 429: as refused as a message can be
            if message_id := self.ses.send_email(**mail()).get("MessageId"):
                self.messages.append(message_id)
        if "IdentityType" in self.ses.create_email_identity(EmailIdentity=f"x{name}.test"):
            self.identities.append(f"x{name}.test")
        self.iam.create_user(UserName=name)
        self.users.append(name)


@pytest.mark.timeout(180)
def test_killed_at_any_moment_it_has_all_that_was_answered(tmp_path: Path) -> None:
    folder = tmp_path / "practice"
    chance = random.Random(4)
    messages: set[str] = set()
    identities: set[str] = set()
    users: set[str] = set()
    try:
        for _ in range(ROUNDS):
            endpoint = ensure_practice(folder, preset="production")
            stop = Event()
            writers = [Writer(endpoint, number, stop) for number in range(3)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.3, 1.0))  # the moment of the kill, not a wait for anything
            os.kill(endpoint.pid, signal.SIGKILL)
            stop.set()
            for writer in writers:
                writer.join()
                messages |= set(writer.messages)
                identities |= set(writer.identities)
                users |= set(writer.users)
        endpoint = ensure_practice(folder)
        found = inbox(endpoint)
        assert messages <= {message["Id"] for message in found}
        assert len(messages) > ROUNDS
        listed = {
            item["IdentityName"]
            for item in client(endpoint).list_email_identities(PageSize=1000)["EmailIdentities"]
        }
        assert identities <= listed
        known = client(endpoint, "iam").get_paginator("list_users").paginate()
        assert users <= {user["UserName"] for page in known for user in page["Users"]}
    finally:
        stop_practice(folder)


def test_an_event_that_was_due_when_it_was_killed_still_happens(tmp_path: Path) -> None:
    """And its mail is forwarded once, however often the account is killed."""
    folder = tmp_path / "practice"
    try:
        endpoint = ensure_practice(folder, preset="production")
        client(endpoint).send_email(**mail("bounce@simulator.amazonses.com"))
        os.kill(endpoint.pid, signal.SIGKILL)
        for _ in range(2):
            endpoint = ensure_practice(folder)
            ask(endpoint, "POST", "/practice/clock?minutes=1")
            kinds = [message["Kind"] for message in inbox(endpoint)]
            assert kinds == ["sent", "feedback"]
            os.kill(endpoint.pid, signal.SIGKILL)
    finally:
        stop_practice(folder)


@pytest.mark.parametrize("production", [False, True])
def test_eight_clients_do_not_pass_the_quota_by_one(production: bool) -> None:
    server = PracticeServer(preset="ready")
    endpoint = server.start()
    region = server.world.region("us-east-1")
    region.bucket.set_rate(1e9)
    region.state.production = production
    limit = 200
    if production:  # all but 200 of it used up
        region.quota.add(server.world.clock.now(), 50_000 - limit)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def send_many(number: int) -> int:
        ses, accepted = client(endpoint), 0
        for _ in range(40):
            with contextlib.suppress(ClientError):
                ses.send_email(**mail(f"a{number}@example.com"))
                accepted += 1
        return accepted

    try:
        with ThreadPoolExecutor(8) as pool:
            accepted = sum(pool.map(send_many, range(8)))
        assert accepted == limit
        assert len(inbox(endpoint)) == limit
    finally:
        sys.setswitchinterval(before)
        server.stop()


def test_ten_thousand_messages_can_be_searched_and_deleted(tmp_path: Path) -> None:
    from practice_client import CALLER
    from sesutil.practice.operations.sending import send_email

    server = PracticeServer(tmp_path / "practice", preset="production")
    endpoint = server.start()
    try:
        server.world.region("us-east-1").bucket.set_rate(1e9)
        with server.world.lock:
            for number in range(10_000):
                send_email(server.world, CALLER, mail(f"user{number}@example.org"))
        assert len(inbox(endpoint, "?to=user77@example.org")) == 1
        assert len(inbox(endpoint, "?limit=5")) == 5
        page = ask(endpoint, "GET", "/")
        assert (page.status, len(page.body) < 500_000) == (200, True)
        assert b"user4321@example.org" in ask(endpoint, "GET", "/?q=user4321").body
        assert ask(endpoint, "DELETE", "/_aws/ses?to=user77@example.org").json == {"deleted": 1}
        assert ask(endpoint, "DELETE", "/_aws/ses").json == {"deleted": 9_999}
        assert inbox(endpoint) == []
        assert client(endpoint).get_account()["SendQuota"]["SentLast24Hours"] == 10_000
    finally:
        server.stop()
    server = PracticeServer(tmp_path / "practice")
    endpoint = server.start()
    try:
        assert inbox(endpoint) == []
        assert client(endpoint).get_account()["SendQuota"]["SentLast24Hours"] == 10_000
    finally:
        server.stop()
