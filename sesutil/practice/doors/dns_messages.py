"""Questions and answers of the practice account's DNS, as they stand on the wire. dnspython reads them.

It is imported with the first question: an account that nobody asks starts without it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sesutil.practice.cloud.hosted_zones import HostedZones
from sesutil.practice.rules.name_space import RecordSet
from sesutil.practice.rules.questions import Reply, reply_to
from sesutil.practice.rules.world import World

if TYPE_CHECKING:
    from dns.message import Message
    from dns.name import Name
    from dns.rdata import Rdata

__all__ = ["answer_to", "strings_of"]

_PLAIN_SIZE = 512
"""Of an answer by UDP to who says nothing about sizes (RFC 1035)."""
_LARGEST_SIZE = 1232
"""Of any answer by UDP: what passes everywhere in one piece. https://www.dnsflagday.net/2020/"""
_LARGEST_BY_TCP = 65535
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def answer_to(world: World, zones: HostedZones, query: bytes, *, by_tcp: bool = False) -> bytes | None:
    """The answer to a message; None for one that is no question, or that nobody answers."""
    import dns.exception
    import dns.flags
    import dns.message
    import dns.opcode
    import dns.rcode
    import dns.rdataclass
    import dns.rdatatype

    try:
        asked = dns.message.from_wire(query)
    except (dns.exception.DNSException, ValueError):
        return None
    if asked.flags & dns.flags.QR:
        return None
    recursive = bool(asked.flags & dns.flags.RD)
    answer = dns.message.make_response(asked, recursion_available=recursive, our_payload=_LARGEST_SIZE)
    if asked.edns > 0:
        answer.use_edns(0, payload=_LARGEST_SIZE)
        answer.set_rcode(dns.rcode.BADVERS)
    elif asked.opcode() != dns.opcode.QUERY:
        answer.set_rcode(dns.rcode.NOTIMP)
    elif len(asked.question) != 1:
        answer.set_rcode(dns.rcode.FORMERR)
    else:
        question = asked.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        about_zone = question.rdtype == dns.rdatatype.ANY or not dns.rdatatype.is_metatype(question.rdtype)
        if question.rdclass != dns.rdataclass.IN or not about_zone:
            answer.set_rcode(dns.rcode.REFUSED)
        else:
            with world.lock:
                name = question.name.to_text(omit_final_dot=True).lower()
                name = "" if name == "." else name
                reply = reply_to(world, zones.name_space, name, kind, recursive=recursive)
            if reply is None:
                return None
            _fill(answer, reply, question.name, name)
    size = _LARGEST_BY_TCP
    if not by_tcp:
        size = _PLAIN_SIZE if asked.edns < 0 else max(_PLAIN_SIZE, min(asked.payload, _LARGEST_SIZE))
    return answer.to_wire(max_size=size, prefer_truncation=True)


def strings_of(value: str) -> list[bytes]:
    """The character strings of a TXT record's value, none longer than 255 bytes.

    Route 53 wants quotes around each, and refuses longer ones; moto takes both, and so do we.
    """
    texts = _STRING.findall(value) if '"' in value else [value]
    whole = [_ESCAPE.sub(_unescaped, text.encode()) for text in texts]
    return [text[start : start + 255] for text in whole for start in range(0, max(len(text), 1), 255)]


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes((int(code, 8) & 0xFF,)) if len(code) == 3 else code


def _fill(answer: Message, reply: Reply, asked: Name, plain: str) -> None:
    import dns.flags
    import dns.name
    import dns.rcode
    import dns.rdatatype
    import dns.rrset

    answer.set_rcode(dns.rcode.from_text(reply.code))
    if reply.authoritative:
        answer.flags |= dns.flags.AA
    for section, given in ((answer.answer, reply.answer), (answer.authority, reply.authority)):
        for owner, records in given:
            # The first owner is answered in the letters in which it was asked.
            name = asked if owner == plain else dns.name.from_text(owner or ".")
            data = _data(records)
            if data:
                section.append(dns.rrset.from_rdata_list(name, records.ttl, data))


def _data(records: RecordSet) -> list[Rdata]:
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    from dns.rdtypes.ANY.TXT import TXT

    kind = dns.rdatatype.from_text(records.type)
    found: list[Any] = []
    for value in records.values:
        try:
            if records.type in ("TXT", "SPF"):
                found.append(TXT(dns.rdataclass.IN, kind, strings_of(value)))
            else:  # all names in Route 53 are whole, with or without the last dot
                found.append(
                    dns.rdata.from_text(dns.rdataclass.IN, kind, value, dns.name.root, relativize=False)
                )
        except (dns.exception.DNSException, ValueError):
            continue  # no value of this type: Route 53 would not have taken it
    return found
