"""The request for production access as data, and what is wrong with it.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutAccountDetails.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sesutil.addresses import recipient_problem

__all__ = [
    "LONGEST_TEXT",
    "Problem",
    "ProductionRequest",
    "contacts_problem",
    "host_of",
    "request_problems",
    "share_domain",
    "website_problem",
]

LONGEST_TEXT = 5000
"""Characters of UseCaseDescription."""

_LONGEST_URL = 1000
_CONTACTS = 4
_CONTACT_LENGTHS = (6, 254)
_LANGUAGES = ("EN", "JA")


class Problem(NamedTuple):
    """What is wrong with a field of the request, and what to write instead."""

    field: str
    sentence: str


@dataclass(frozen=True)
class ProductionRequest:
    """What PutAccountDetails takes. `problems` says what AWS, or its reviewer, would not accept.

    `examples` is the text of a mail as it is sent, for the support case; it is no part of the request.
    """

    website_url: str
    use_case_description: str
    contacts: tuple[str, ...] = ()
    contact_language: str = "EN"
    mail_type: str = "TRANSACTIONAL"
    problems: tuple[Problem, ...] = ()
    examples: str = ""

    def parameters(self) -> dict[str, Any]:
        """The request as boto3's keyword arguments."""
        contacts = {"AdditionalContactEmailAddresses": list(self.contacts)} if self.contacts else {}
        return {
            "MailType": self.mail_type,
            "WebsiteURL": self.website_url,
            "ContactLanguage": self.contact_language,
            "UseCaseDescription": self.use_case_description,
            **contacts,
            "ProductionAccessEnabled": True,
        }


def request_problems(
    website_url: str, contacts: Sequence[str], contact_language: str, use_case_description: str
) -> Iterator[Problem]:
    """What is wrong with the fields of the request itself."""
    if problem := website_problem(website_url):
        yield Problem("website_url", problem)
    if problem := contacts_problem(contacts):
        yield Problem("contacts", problem)
    if contact_language not in _LANGUAGES:
        yield Problem("contact_language", "AWS writes in English or Japanese: give EN or JA.")
    if not use_case_description.strip():
        yield Problem("use_case_description", "Say what the mail is for: a reviewer reads this.")
    elif len(use_case_description) > LONGEST_TEXT:
        yield Problem(
            "use_case_description",
            f"SES takes at most {LONGEST_TEXT} characters; these are {len(use_case_description)}.",
        )


def contacts_problem(contacts: Sequence[str]) -> str:
    """What is wrong with the addresses at which AWS asks back; empty when nothing is."""
    if not contacts:
        return "Give at least one address, which somebody reads: AWS asks back there."
    if len(contacts) > _CONTACTS:
        return f"SES takes one to {_CONTACTS} addresses; these are {len(contacts)}."
    shortest, longest = _CONTACT_LENGTHS
    for one in contacts:
        if problem := recipient_problem(one):
            return f"{one}: {problem}"
        if not shortest <= len(one) <= longest:
            return f"{one}: SES takes addresses of {shortest} to {longest} characters here."
    if len({one.lower() for one in contacts}) < len(contacts):
        return "One of these addresses stands here twice."
    return ""


# Top-level domains that nobody outside can open: RFC 2606, RFC 6761, RFC 6762, RFC 8375, and ICANN's
# for private use. example.com itself is let through: the practice account's projects are made with it.
_PRIVATE = frozenset({"example", "home.arpa", "internal", "invalid", "lan", "local", "localhost", "test"})
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")


def website_problem(url: str) -> str:
    """What is wrong with the website's address; empty when a reviewer can probably open it."""
    address = url.strip()
    if not address:
        return "Give the address of the website or app that people sign in to."
    if len(address) > _LONGEST_URL:
        return f"SES takes at most {_LONGEST_URL} characters here; these are {len(address)}."
    if address.startswith("http://"):
        return "Give the address with https://. A reviewer who cannot open it safely may take it for fraud."
    host = host_of(address)
    if host is None:
        return "Write the whole address, such as https://www.example.com."
    if _is_ip(host):
        return f"{host} is no name: give the address that people type, with its domain."
    if any(host == name or host.endswith("." + name) for name in _PRIVATE):
        return f"{host} cannot be reached from outside: give the address of the public website."
    if not _HOST.fullmatch(host):
        return f"{host} is no public name: write it as https://www.example.com."
    return ""


def host_of(url: str) -> str | None:
    """The host of an https address, in lower case and in its form for the DNS; None where there is none."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError:
        return None
    if parts.scheme != "https" or not host or re.search(r"\s", url.strip()):
        return None
    if not host.isascii():
        try:
            return host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    return host.lower().removesuffix(".")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# Second levels below a country that no one owns: example.co.uk and other.co.uk are strangers. Not the
# Public Suffix List: a wrong guess here costs no more than a hint.
_SHARED = frozenset("ac co com edu gob gov govt go gv id ltd me mil ne net nom or org plc sch".split())


def share_domain(first: str, second: str) -> bool:
    """Whether two names are most likely of one owner: the same, one below the other, both below a third."""
    labels, others = first.split(".")[::-1], second.split(".")[::-1]
    common = 0
    for left, right in zip(labels, others, strict=False):
        if left != right:
            break
        common += 1
    needed = 3 if len(labels) > 1 and len(labels[0]) == 2 and labels[1] in _SHARED else 2
    return common >= needed
