"""Putting a practice account together, and serving it on 127.0.0.1."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, count
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sesutil.addresses import is_domain
from sesutil.errors import PracticeError
from sesutil.launching import PRESETS, PracticeEndpoint, other_preset
from sesutil.practice.app import Application
from sesutil.practice.cloud.carrier import Cloud
from sesutil.practice.cloud.users import ADMINISTRATOR
from sesutil.practice.doors.dns_messages import answer_to
from sesutil.practice.doors.dns_server import DnsServer
from sesutil.practice.doors.doors import Doors
from sesutil.practice.doors.outside import make_ready
from sesutil.practice.rules.clock import Clock
from sesutil.practice.rules.effects import settle
from sesutil.practice.rules.faults import Faults
from sesutil.practice.rules.mailbox import Mailbox
from sesutil.practice.rules.sandbox import ask_for_production, decide, quota_and_rate
from sesutil.practice.rules.world import World
from sesutil.practice.store import State, Store
from sesutil.regions import is_ses_region

__all__ = ["PracticeServer", "serve"]

DEFAULT_REGION = "us-east-1"
DEFAULT_DOMAIN = "example.com"
USER_NAME = "sesutil-practice"

_NOBODY_S = ("/practice/pulse", "/practice/health")
"""Doors at which open pages and programs only look whether the account is there."""

_served_accounts: set[str] = set()
"""Account ids in use in this process: moto keeps accounts apart by their id."""
_known_accounts: set[str] = set()
"""Those that were ever in use in it: a new account gets another one."""


class _Handler(WSGIRequestHandler):
    timeout = 120  # an idle connection is closed after that many seconds

    def version_string(self) -> str:
        return "sesutil-practice"

    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass


class PracticeServer:
    """A practice account that can be reached by HTTP.

    With a `folder` it keeps its state there and finds it again; without one it forgets.
    `preset`, `region` and `domain` count for an account that is made new. Raises PracticeError.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        preset: str | None = None,
        region: str | None = None,
        domain: str | None = None,
        port: int | None = None,
        instance: str | None = None,
    ) -> None:
        self.instance = instance or secrets.token_hex(8)
        self._store = Store(folder) if folder is not None else None
        state = self._store.load_state() if self._store else None
        is_new = state is None
        if state is None:
            if domain is not None and not is_domain(domain):
                raise PracticeError(f"{domain!r} is no domain. Take one like example.com.")
            state = _new_state(preset or "ready", region or DEFAULT_REGION, folder)
        elif preset is not None and preset != state.preset:
            raise other_preset(state.preset, preset)
        if state.account_id in _served_accounts:
            raise PracticeError(
                f"This process serves a practice account with the id of the one in {folder} already. "
                "Stop the other one, or use a process of its own for each folder."
            )
        self._state = state
        mailbox = self._store.mailbox() if self._store else Mailbox()
        self._socket = _listen(port, state.port)
        try:
            self._dns = DnsServer(self._answer_dns, state.dns_port)
        except BaseException:
            self._socket.close()
            raise
        _served_accounts.add(state.account_id)
        _known_accounts.add(state.account_id)
        try:
            self._set_up(mailbox, is_new, domain or DEFAULT_DOMAIN)
        except BaseException:
            self._socket.close()
            self._dns.stop()
            _served_accounts.discard(state.account_id)
            raise

    def _set_up(self, mailbox: Mailbox, is_new: bool, domain: str) -> None:
        state = self._state
        state.port = int(self._socket.getsockname()[1])
        state.dns_port = self._dns.port
        # One lock for both: SES looks into moto's zones, and saving looks into both.
        lock = threading.RLock()
        clock = Clock(offset=state.clock_offset)
        self.cloud = Cloud(state.account_id, lock, clock.now)
        self.world = World(
            state.account_id,
            clock=clock,
            regions=state.regions,
            mailbox=mailbox,
            zones=self.cloud.zones,
            lock=lock,
            settled_until=state.settled_until,
        )
        self.world.base_url = self.endpoint_url
        self.world.bin_offset = state.bin_offset
        self.world.throttle_reads = state.throttle_reads
        self.world.faults = Faults(state.faults)
        self.world.late = list(state.late_events)
        self.world.foreign_identities = {one.arn: one for one in state.foreign_identities}
        self.world.publish = self.cloud.messaging.publish
        self.world.topic_exists = self.cloud.messaging.topic_exists
        if is_new:
            self.cloud.users.add(USER_NAME, state.access_key_id, state.secret_access_key, ADMINISTRATOR)
            _plant(self.world, self.cloud, state, domain)
        else:
            self._restore(state)

        self.doors = Doors(self.world, self.cloud, self.instance, state.region)
        if state.preset != "new":
            self.doors.make_ready = partial(make_ready, self.world, self.cloud.zones)
        self.doors.dns_port = self._dns.port
        self._application = Application(self.world, self.cloud, self.doors)
        self.last_request = time.monotonic()
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._save()
        self.world.on_change = self._save
        self._application.on_cloud_change = self._save

    def _restore(self, state: State) -> None:
        try:
            self.cloud.restore(state.cloud)
            if state.version == 1:
                self.cloud.users.allow_all(USER_NAME)
            if state.version <= 2:
                self.cloud.messaging.allow_deliveries()
            state.version = 3
        except Exception as error:  # moto's own words for a state that does not fit together
            raise PracticeError(
                f"The users and zones in the state file cannot be put back ({error}). "
                "`sesutil practice --reset` starts a new account."
            ) from None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._state.port}"

    @property
    def endpoint(self) -> PracticeEndpoint:
        return PracticeEndpoint(
            endpoint_url=self.endpoint_url,
            access_key_id=self._state.access_key_id,
            secret_access_key=self._state.secret_access_key,
            region=self._state.region,
            inbox_url=f"{self.endpoint_url}/",
            account_id=self._state.account_id,
            preset=self._state.preset,
            pid=os.getpid(),
            instance=self.instance,
            dns_port=self._dns.port,
        )

    def start(self, *, look_every: float = 0.05) -> PracticeEndpoint:
        """Serves in a thread of its own from now on, which looks every so many seconds whether to stop."""
        self._server = make_server(
            "127.0.0.1",
            self._state.port,
            self._count_and_answer,
            threaded=True,
            request_handler=_Handler,
            fd=self._socket.fileno(),
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(look_every,), daemon=True)
        self._thread.start()
        self._dns.start()
        return self.endpoint

    def stop(self, *, save: bool = True) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
        self._socket.close()
        self._dns.stop()
        try:
            if save:
                self._save()
        finally:
            _served_accounts.discard(self._state.account_id)
            with self.world.lock:
                self.world.mailbox.close()

    def tick(self) -> None:
        """Lets happen what is due, and saves what has changed since. To be called now and then.

        What cannot be written now (a full disk) is tried again the next time.
        """
        with self.world.lock:
            try:
                settle(self.world)
                if self.world.unsaved:
                    self._save()
            except OSError as error:
                print(f"The practice account cannot save: {error}", file=sys.stderr)

    def _answer_dns(self, message: bytes, *, by_tcp: bool) -> bytes | None:
        return answer_to(self.world, self.cloud.zones, message, by_tcp=by_tcp)

    def _count_and_answer(self, environ, start_response):  # type: ignore[no-untyped-def]
        if environ["PATH_INFO"] not in _NOBODY_S:
            self.last_request = time.monotonic()
        return self._application(environ, start_response)

    def _save(self) -> None:
        if self._store is None:
            return
        with self.world.lock:
            self.world.unsaved = True  # until it is written
            self._state.regions = self.world.states()
            self._state.clock_offset = self.world.clock.offset
            self._state.settled_until = self.world.settled_until
            self._state.throttle_reads = self.world.throttle_reads
            self._state.faults = self.world.faults.planted
            self._state.late_events = self.world.late
            self._state.foreign_identities = list(self.world.foreign_identities.values())
            self._state.cloud = self.cloud.state()
            self._store.save_state(self._state)
            self.world.unsaved = False


@contextmanager
def serve(
    *,
    preset: str | None = None,
    region: str | None = None,
    domain: str | None = None,
    folder: Path | None = None,
) -> Iterator[PracticeEndpoint]:
    """A practice account in this process for the length of a `with` block.

    For a new one: `preset` "ready", `region` us-east-1, `domain` example.com, if nothing is said.
    """
    server = PracticeServer(folder, preset=preset, region=region, domain=domain)
    try:
        yield server.start(look_every=0.01)
    finally:
        server.stop()


def _new_state(preset: str, region: str, folder: Path | None) -> State:
    if preset not in PRESETS:
        raise PracticeError(f"There is no preset {preset!r}. Take one of: {', '.join(PRESETS)}.")
    if not is_ses_region(region):
        raise PracticeError(f"SES is in no Region called {region!r}. Take one like eu-central-1.")
    return State(
        preset=preset,
        account_id=_free_id(preset, folder),
        region=region,
        access_key_id="AKIAPRACTICE"
        + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(8)),
        secret_access_key=secrets.token_urlsafe(30),
        bin_offset=secrets.randbelow(15),
    )


def _free_id(preset: str, folder: Path | None) -> str:
    """An id that no real account has: 000000000001, and another for the accounts beside a project's own,
    so that they are told apart."""
    beside = folder is not None and folder.name == f"practice-{preset}"
    first = 2 + PRESETS.index(preset) if beside else 1
    return next(
        number for number in (f"{n:012d}" for n in chain([first], count(1))) if number not in _known_accounts
    )


def _plant(world: World, cloud: Cloud, state: State, domain: str) -> None:
    """What a preset starts with."""
    if state.preset == "new":
        return
    make_ready(world, cloud.zones, state.region, domain)
    if state.preset == "production":
        region_state = world.region(state.region).state
        details = {"MailType": "TRANSACTIONAL", "WebsiteURL": f"https://{domain}"}
        ask_for_production(region_state, details)
        decide(region_state, "GRANTED")
        world.region(state.region).bucket.set_rate(quota_and_rate(region_state)[1])


def _listen(wanted: int | None, last: int) -> socket.socket:
    """A listening socket: on the port asked for; else on the last one, if free; else on any."""
    for port in [wanted] if wanted else [last, 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port or 0))
            listener.listen(128)
            return listener
        except OSError as error:
            listener.close()
            if wanted:
                raise PracticeError(
                    f"Port {wanted} cannot be used: {error.strerror}. Take another with --port, or "
                    "leave it out for a free one."
                ) from None
    raise PracticeError("No port is free on 127.0.0.1.")
