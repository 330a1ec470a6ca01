"""One question to one DNS server: by UDP, and by TCP where that is cut short or kept silent about."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

__all__ = ["Reply", "ask_server", "has_route"]

_PAYLOAD = 1232  # bytes: what passes every path without fragments (dnsflagday.net/2020)


@dataclass(frozen=True)
class Reply:
    """What a server said, or why it said nothing."""

    server: str
    message: dns.message.Message | None
    trouble: str = ""


def ask_server(
    server: str,
    name: dns.name.Name,
    kind: str,
    *,
    port: int,
    timeout: float,
    recursive: bool,
    unchecked: bool = False,
) -> Reply:
    """Asks one server and waits `timeout` seconds altogether. Never raises for what the network does.

    `recursive` asks it to find out (RD), else only for what it knows itself. `unchecked` asks it not to
    check signatures (CD): what DNSSEC hides is answered then.
    """
    until = time.monotonic() + timeout
    query = dns.message.make_query(name, dns.rdatatype.from_text(kind), use_edns=0, payload=_PAYLOAD)
    if not recursive:
        query.flags &= ~dns.flags.RD
    if unchecked:
        query.flags |= dns.flags.CD
    try:
        message = _exchange(query, server, port, until)
        if message.rcode() in (dns.rcode.FORMERR, dns.rcode.NOTIMP):  # an old one that knows no EDNS
            query.use_edns(False)
            message = _exchange(query, server, port, until)
    except dns.exception.Timeout:
        return Reply(server, None, f"{server} does not answer")
    except (OSError, EOFError) as error:
        return Reply(server, None, f"{server} cannot be reached: {error or type(error).__name__}")
    except (dns.exception.DNSException, ValueError) as error:
        return Reply(server, None, f"{server} answers with something that is no DNS: {error}")
    return Reply(server, message)


def _exchange(query: dns.message.Message, server: str, port: int, until: float) -> dns.message.Message:
    left = max(until - time.monotonic(), 0.01)
    try:
        return dns.query.udp(
            query,
            server,
            timeout=left / 2,
            port=port,
            ignore_unexpected=True,
            raise_on_truncation=True,
            ignore_errors=True,
        )
    except (dns.message.Truncated, dns.exception.Timeout):
        # Silence may be a network without UDP, or a packet that got lost: TCP makes up for both.
        left = max(until - time.monotonic(), 0.01)
        return dns.query.tcp(query, server, timeout=left, port=port)


def has_route(server: str) -> bool:
    """Whether this machine could send to the server's family of addresses. Sends nothing."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((server, 53))
    except OSError:
        return False
    return True
