"""The practice account's name server: UDP and TCP on one port of 127.0.0.1, by one thread.

One thread that waits for all sockets at once: stopping closes every one of them, whoever still talks.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sesutil.errors import PracticeError

__all__ = ["DnsServer"]

_TRIES = 50
_IDLE = 30.0
"""Seconds after which a TCP connection on which nothing happens is closed (RFC 7766, 6.2.3)."""
_MOST_CONNECTIONS = 64
_MOST_WAITING = 1 << 20  # bytes of answers that somebody does not fetch

Answer = Callable[..., bytes | None]
"""Takes a message and `by_tcp`; gives the answer, or None for silence."""


@dataclass
class _Connection:
    socket: socket.socket
    used: float
    received: bytearray = field(default_factory=bytearray)
    to_send: bytearray = field(default_factory=bytearray)
    ended: bool = False
    """The other side says nothing more."""


class DnsServer:
    """Holds its port from the beginning, and answers from `start` to `stop`.

    `last`: the port to take if it is free. Raises PracticeError where there is no port.
    """

    def __init__(self, answer: Answer, last: int = 0) -> None:
        self._answer = answer
        self._listener, self._datagrams = _bind(last)
        self.port = int(self._listener.getsockname()[1])
        self._connections: dict[socket.socket, _Connection] = {}
        self._wake, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._serve, name="practice DNS", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """At once. May be called twice."""
        if self._thread is not None:
            with suppress(OSError):
                self._wake.send(b"x")
            self._thread.join()
            self._thread = None
        for one in (self._listener, self._datagrams, self._wake, self._woken, *self._connections):
            one.close()
        self._connections.clear()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (self._listener, self._datagrams, self._woken):
                one.setblocking(False)
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, events in selector.select(_IDLE):
                    if key.fileobj is self._woken:
                        return
                    self._serve_one(selector, key.fileobj, events)
                for connection in list(self._connections.values()):
                    if time.monotonic() - connection.used > _IDLE:
                        self._close(selector, connection)

    def _serve_one(self, selector: selectors.BaseSelector, ready: object, events: int) -> None:
        try:
            if ready is self._datagrams:
                self._answer_datagram()
            elif ready is self._listener:
                self._accept(selector)
            elif isinstance(ready, socket.socket) and ready in self._connections:
                self._go_on(selector, self._connections[ready], events)
        except OSError:  # the other side is gone
            if isinstance(ready, socket.socket) and ready in self._connections:
                self._close(selector, self._connections[ready])

    def _ask(self, message: bytes, *, by_tcp: bool) -> bytes | None:
        try:
            return self._answer(message, by_tcp=by_tcp)
        except Exception:  # a fault of ours: the next question is answered nevertheless
            traceback.print_exc(file=sys.stderr)
            return None

    def _answer_datagram(self) -> None:
        message, sender = self._datagrams.recvfrom(65535)
        answer = self._ask(message, by_tcp=False)
        if answer is not None:
            self._datagrams.sendto(answer, sender)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        accepted, _ = self._listener.accept()
        if len(self._connections) >= _MOST_CONNECTIONS:
            accepted.close()
            return
        accepted.setblocking(False)
        self._connections[accepted] = _Connection(accepted, time.monotonic())
        selector.register(accepted, selectors.EVENT_READ)

    def _go_on(self, selector: selectors.BaseSelector, connection: _Connection, events: int) -> None:
        connection.used = time.monotonic()
        if events & selectors.EVENT_READ:
            data = connection.socket.recv(65535)
            connection.ended = not data
            connection.received += data
            self._answer_messages(connection)
        if connection.to_send:
            with suppress(BlockingIOError):
                del connection.to_send[: connection.socket.send(connection.to_send)]
        done = connection.ended and not connection.to_send
        if done or len(connection.to_send) > _MOST_WAITING:
            self._close(selector, connection)
            return
        wanted = 0 if connection.ended else selectors.EVENT_READ
        selector.modify(connection.socket, wanted | (selectors.EVENT_WRITE if connection.to_send else 0))

    def _answer_messages(self, connection: _Connection) -> None:
        """Each has its length before it; several may come at once (RFC 7766)."""
        received = connection.received
        while len(received) >= 2 and len(received) >= 2 + (size := int.from_bytes(received[:2], "big")):
            message = bytes(received[2 : 2 + size])
            del received[: 2 + size]
            answer = self._ask(message, by_tcp=True)
            if answer is not None:
                connection.to_send += len(answer).to_bytes(2, "big") + answer

    def _close(self, selector: selectors.BaseSelector, connection: _Connection) -> None:
        with suppress(KeyError, ValueError):
            selector.unregister(connection.socket)
        self._connections.pop(connection.socket, None)
        connection.socket.close()


def _bind(last: int) -> tuple[socket.socket, socket.socket]:
    """Both sockets on one port: the last one if it is free, else any."""
    for port in [last, *([0] * _TRIES)] if last else [0] * _TRIES:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            datagrams.bind(("127.0.0.1", listener.getsockname()[1]))
            listener.listen(128)
        except OSError:
            listener.close()
            datagrams.close()
        else:
            return listener, datagrams
    raise PracticeError("No port is free on 127.0.0.1 for the DNS of the practice account.")
