"""What lies outside AWS's API: the inbox, the link in the verification mail, the reviewer.

Reading is GET, changing is POST. The JSON inbox follows LocalStack's convention (`/_aws/ses`), so
that tools written for it find what they expect; fields of ours stand beside theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from sesutil.addresses import is_domain
from sesutil.practice import pages
from sesutil.practice.model import Message
from sesutil.practice.signature import Request
from sesutil.practice.wire_v2 import Answer
from sesutil.practice.world import World
from sesutil.regions import is_ses_region

__all__ = ["Doors"]

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A mail's HTML runs nothing, loads nothing and sends nothing, wherever it is opened.
_MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


class Doors:
    """Answers for the paths that are no AWS call. `stop` ends the process that serves them."""

    def __init__(self, world: World, instance: str, region: str) -> None:
        self.world = world
        self.instance = instance
        self.region = region
        self.stop: Callable[[], None] = lambda: None
        self.make_ready: Callable[[str, str], None] = lambda region, domain: None
        self._get: dict[str, Callable[[dict[str, str]], Answer]] = {
            "/": self._inbox_page,
            "/message": self._message_page,
            "/message/html": self._message_html,
            "/_aws/ses": self._inbox_json,
            "/practice/health": self._health,
            "/practice/style.css": lambda fields: Answer(200, pages.STYLE, "text/css; charset=utf-8"),
            "/practice/live.js": lambda fields: Answer(200, pages.LIVE, "text/javascript; charset=utf-8"),
            "/practice/verify": self._link_page,
            "/favicon.ico": lambda fields: Answer(200, pages.ICON, "image/svg+xml"),
        }
        self._post: dict[str, Callable[[dict[str, str]], Answer]] = {
            "/practice/verify": self._confirm_link,
            "/practice/grant": self._grant,
            "/practice/deny": self._deny,
            "/practice/ready": self._ready,
            "/practice/stop": self._stop,
        }

    def answers(self, request: Request) -> bool:
        """Whether this is a door. `/` is one only for somebody who does not speak AWS."""
        if "authorization" in request.headers:
            return False
        if request.path == "/":
            return request.method in ("GET", "HEAD") and "Action=" not in request.query
        return request.path in self._get or request.path in self._post

    def answer(self, request: Request) -> Answer:
        doors = self._post if request.method == "POST" else self._get
        door = doors.get(request.path) if request.method in ("GET", "HEAD", "POST") else None
        if door is None:
            allowed = "GET" if request.path in self._get else "POST"
            answer = _json({"error": f"{request.path} takes {allowed} only."}, 405)
            answer.headers["Allow"] = allowed
        else:
            answer = door(_fields(request))
            wants_json = "application/json" in request.headers.get("accept", "")
            if request.method == "POST" and "text/html" in answer.content_type and wants_json:
                answer = _json({"done": answer.status < 400}, answer.status)
        answer.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"  # with none, forms would post without an Origin
        return answer

    # -- inbox ------------------------------------------------------------------------------------

    def _inbox_json(self, fields: dict[str, str]) -> Answer:
        found = self.world.find_messages(id=fields.get("id"), source=fields.get("email"), to=fields.get("to"))
        return _json({"messages": [message_json(message) for message in found]})

    def _inbox_page(self, fields: dict[str, str]) -> Answer:
        return _html(pages.inbox(self.world))

    def _message_page(self, fields: dict[str, str]) -> Answer:
        message = self.world.messages.get(fields.get("id", ""))
        if message is None:
            return _html(pages.notice("No such message", "It may belong to another account."), 404)
        return _html(pages.message(self.world, message))

    def _message_html(self, fields: dict[str, str]) -> Answer:
        message = self.world.messages.get(fields.get("id", ""))
        answer = _html((message.html if message else None) or "", 200 if message else 404)
        answer.headers["Content-Security-Policy"] = _MAIL_POLICY
        return answer

    # -- verification link ------------------------------------------------------------------------

    def _link_page(self, fields: dict[str, str]) -> Answer:
        identity = self.world.open_link(fields.get("token", ""))
        if identity is None:
            return _html(pages.LINK_EXPIRED, 404)
        return _html(pages.confirm(identity.name, fields["token"]))

    def _confirm_link(self, fields: dict[str, str]) -> Answer:
        identity = self.world.confirm_link(fields.get("token", ""))
        if identity is None:
            return _html(pages.LINK_EXPIRED, 404)
        return _html(pages.verified(identity.name))

    # -- reviewer ---------------------------------------------------------------------------------

    def _grant(self, fields: dict[str, str]) -> Answer:
        return self._review(fields, granted=True)

    def _deny(self, fields: dict[str, str]) -> Answer:
        return self._review(fields, granted=False)

    def _review(self, fields: dict[str, str], *, granted: bool) -> Answer:
        region = fields.get("region") or self.region
        if not is_ses_region(region):
            return _json({"error": f"SES is in no Region called {region!r}."}, 400)
        if not self.world.review(region, "GRANTED" if granted else "DENIED"):
            text = f"Nobody asked for production access in {region}, or it is granted already."
            return _json({"error": text}, 409)
        if fields.get("page"):
            return Answer(303, b"", "text/plain; charset=utf-8", {"Location": "/"})
        return _json({"region": region, "status": "GRANTED" if granted else "DENIED"})

    def _ready(self, fields: dict[str, str]) -> Answer:
        """Has a domain verified that the project's config sends from, as its preset promises."""
        region, domain = fields.get("region") or self.region, fields.get("domain", "")
        if not is_ses_region(region) or not is_domain(domain):
            return _json({"error": "region and domain should be those of an identity."}, 400)
        self.make_ready(region, domain)
        return _json({"region": region, "domain": domain})

    # -- the process ------------------------------------------------------------------------------

    def _health(self, fields: dict[str, str]) -> Answer:
        return _json(
            {
                "practice": True,
                "instance": self.instance,
                "account_id": self.world.account_id,
                "messages": len(self.world.messages),
            }
        )

    def _stop(self, fields: dict[str, str]) -> Answer:
        self.stop()
        return _json({"stopping": True})


def message_json(message: Message) -> dict[str, Any]:
    """A message in LocalStack's form. Ours are `Kind`, `Code`, `ConfigurationSet` and `Tags`."""
    return {
        "Id": message.id,
        "Region": message.region,
        "Timestamp": datetime.fromtimestamp(message.time, UTC).isoformat(timespec="milliseconds"),
        "Source": message.source,
        "Destination": {
            "ToAddresses": message.to,
            "CcAddresses": message.cc,
            "BccAddresses": message.bcc,
        },
        "Subject": message.subject,
        "Body": {"text_part": message.text, "html_part": message.html},
        **({"RawData": message.raw} if message.raw is not None else {}),
        "Kind": message.kind,
        "Code": message.code,
        "ConfigurationSet": message.configuration_set,
        "Tags": message.tags,
    }


def _fields(request: Request) -> dict[str, str]:
    """Parameters of the query and of a form or JSON body; the first of each name."""
    query = parse_qs(request.query, keep_blank_values=True)
    found = {name: values[0] for name, values in query.items()}
    if request.body and "json" in request.headers.get("content-type", ""):
        try:
            data = json.loads(request.body)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            found.update({name: str(value) for name, value in data.items()})
    elif request.body:
        body = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        found.update({name: values[0] for name, values in body.items()})
    return found


def _json(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode(), "application/json")


def _html(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8", "replace"), "text/html; charset=utf-8")
