"""The pages of the practice account, by their addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sesutil.practice import pages
from sesutil.practice.answers import Answer
from sesutil.practice.forms import Fields, html
from sesutil.practice.world import World

__all__ = ["Website"]

Door = Callable[[Fields], Answer]

# A mail's HTML runs nothing, loads nothing and sends nothing, wherever it is opened.
_MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


class Website:
    """For a person with a browser."""

    def __init__(self, world: World, region: str) -> None:
        self._world = world
        self._region = region

    def doors(self) -> Mapping[str, dict[str, Door]]:
        return {
            "/": {"GET": self._inbox},
            "/message": {"GET": self._message},
            "/message/html": {"GET": self._message_html},
            "/practice/style.css": {
                "GET": lambda fields: Answer(200, pages.STYLE, "text/css; charset=utf-8")
            },
            "/practice/live.js": {
                "GET": lambda fields: Answer(200, pages.LIVE, "text/javascript; charset=utf-8")
            },
            "/favicon.ico": {"GET": lambda fields: Answer(200, pages.ICON, "image/svg+xml")},
        }

    def _inbox(self, fields: Fields) -> Answer:
        with self._world.lock:
            return html(pages.inbox(self._world))

    def _message(self, fields: Fields) -> Answer:
        with self._world.lock:
            message = self._world.mailbox.get(fields.text("id") or "")
            if message is None:
                return html(pages.notice("No such message", "It may belong to another account."), 404)
            return html(pages.message(self._world, message))

    def _message_html(self, fields: Fields) -> Answer:
        with self._world.lock:
            message = self._world.mailbox.get(fields.text("id") or "")
        answer = html(message.html or "", 200) if message else html("", 404)
        answer.headers["Content-Security-Policy"] = _MAIL_POLICY
        return answer
