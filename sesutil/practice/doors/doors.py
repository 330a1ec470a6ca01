"""What lies outside AWS's API: the inbox, the account as a person sees it, the reviewer, clock and faults.

Reading is GET, changing is POST, or DELETE where something is taken away. The JSON inbox follows
LocalStack's convention (`/_aws/ses`), so that tools written for it find what they expect; fields of
ours stand beside theirs. Each path has a door in one of three groups: pages, the inbox, controls.
"""

from __future__ import annotations

from collections.abc import Callable

from sesutil.practice.cloud.carrier import Cloud
from sesutil.practice.doors.controls import NO_LINK, Controls
from sesutil.practice.doors.forms import Door, Fields, Wrong, fields_of, html, json_answer
from sesutil.practice.doors.inbox import InboxDoors
from sesutil.practice.doors.pages import notice
from sesutil.practice.doors.website import Website
from sesutil.practice.rules.effects import settle
from sesutil.practice.rules.world import World
from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.signature import Request

__all__ = ["Doors"]


PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


_INBOX = ("id", "email", "to", "q", "limit")
_FIELDS = {
    "/_aws/ses": _INBOX,
    "/practice/inbox/delete": _INBOX,
    "/practice/verify": ("identity", "token", "region"),
    "/practice/grant": ("region",),
    "/practice/deny": ("region",),
    "/practice/lose": ("region",),
    "/practice/root-key": (),
    "/practice/enforcement": ("region", "status"),
    "/practice/ready": ("region", "domain"),
    "/practice/records": ("region", "identity"),
    "/practice/records/delete": ("region", "identity"),
    "/practice/suppression": ("region", "address"),
    "/practice/suppression/delete": ("region", "address"),
    "/practice/other-account": ("arn", "policy", "verified"),
    "/practice/other-account/delete": ("arn",),
    "/practice/clock": ("days", "hours", "minutes", "seconds"),
    "/practice/faults": ("id", "kind", "operation", "address", "event", "times", "seconds"),
    "/practice/faults/delete": ("id",),
    "/practice/throttle": ("on",),
    "/practice/history": ("region", "seed"),
    "/practice/history/delete": ("region",),
}
"""What the doors take. Another name is a mistake: without the field that was meant, more would happen."""


class Doors:
    """Answers for the paths that are no AWS call. `stop` ends the process that serves them."""

    def __init__(self, world: World, cloud: Cloud, instance: str, region: str) -> None:
        self.world = world
        self.instance = instance
        self.dns_port = 0
        self.stop: Callable[[], None] = lambda: None
        self.make_ready: Callable[[str, str], None] = lambda region, domain: None
        inbox, website = InboxDoors(world), Website(world, region)
        controls = Controls(world, cloud, region, lambda *given: self.make_ready(*given))
        self._doors: dict[str, dict[str, Door]] = {
            **website.doors(),
            **inbox.doors(),
            **controls.doors(),
            "/practice/health": {"GET": self._health},
            "/practice/stop": {"POST": self._stop},
        }

    def answers(self, request: Request) -> bool:
        """Whether this is a door. `/` is one only for somebody who does not speak AWS."""
        if "authorization" in request.headers:
            return False
        if request.path == "/":
            return request.method in ("GET", "HEAD") and "Action=" not in request.query
        return request.path in self._doors or request.path.startswith("/practice/")

    def answer(self, request: Request) -> Answer:
        doors = self._doors.get(request.path)
        if doors is None:
            return json_answer({"error": f"There is no door {request.path} here."}, 404)
        method = "GET" if request.method == "HEAD" else request.method
        if method not in doors:
            allowed = ", ".join(doors)
            answer = json_answer({"error": f"{request.path} takes {allowed} only."}, 405)
            answer.headers["Allow"] = allowed
        else:
            answer = self._open(doors[method], request)
        answer.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"  # with none, forms would post without an Origin
        return answer

    def _open(self, door: Door, request: Request) -> Answer:
        with self.world.lock:
            settle(self.world)
        fields = Fields({})
        try:
            fields = fields_of(request)
            fields.check(_FIELDS.get(request.path))
            answer = door(fields)
        except Wrong as wrong:
            if fields.page is not None:
                return html(notice("This cannot be done", str(wrong), back=fields.page), wrong.status)
            return json_answer({"error": str(wrong)}, wrong.status)
        if request.method == "GET" or request.method == "HEAD":
            return answer
        if fields.page is not None and answer.status == 200 and "json" in answer.content_type:
            return Answer(303, b"", "text/plain; charset=utf-8", {"Location": fields.page})
        wants_json = "application/json" in request.headers.get("accept", "")
        if "html" in answer.content_type and wants_json:
            data = {"done": True} if answer.status < 400 else {"error": NO_LINK}
            return json_answer(data, answer.status)
        return answer

    def _health(self, fields: Fields) -> Answer:
        return json_answer(
            {
                "practice": True,
                "instance": self.instance,
                "account_id": self.world.account_id,
                "messages": len(self.world.mailbox),
                "dns_port": self.dns_port,
            }
        )

    def _stop(self, fields: Fields) -> Answer:
        self.stop()
        return json_answer({"stopping": True})
