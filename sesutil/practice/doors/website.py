"""The pages of the practice account, by their addresses."""

from __future__ import annotations

from collections.abc import Mapping

from sesutil.practice.doors import pages
from sesutil.practice.doors.forms import Door, Fields, Wrong, html, json_answer
from sesutil.practice.rules.mime import source_of
from sesutil.practice.rules.model import Message
from sesutil.practice.rules.world import World
from sesutil.practice.wire.answers import Answer
from sesutil.regions import nearest_region

__all__ = ["Website"]


class Website:
    """For a person with a browser. `region` is the one that the account was made for."""

    def __init__(self, world: World, region: str) -> None:
        self._world = world
        self._region = region

    def doors(self) -> Mapping[str, dict[str, Door]]:
        return {
            "/": {"GET": self._inbox},
            "/message": {"GET": self._message},
            "/message/html": {"GET": self._message_html},
            "/message/source": {"GET": self._message_source},
            "/account": {"GET": self._account},
            "/controls": {"GET": self._controls},
            "/connect": {"GET": self._connect},
            "/practice/pulse": {"GET": self._pulse},
            "/practice/style.css": {
                "GET": lambda fields: Answer(200, pages.STYLE, "text/css; charset=utf-8")
            },
            "/practice/live.js": {
                "GET": lambda fields: Answer(200, pages.LIVE, "text/javascript; charset=utf-8")
            },
            "/favicon.ico": {"GET": lambda fields: Answer(200, pages.ICON, "image/svg+xml")},
        }

    def _pulse(self, fields: Fields) -> Answer:
        """By which a page sees that it should ask for itself again: `mark` changes when it would differ."""
        with self._world.lock:
            return json_answer({"mark": pages.mark(self._world), "messages": len(self._world.mailbox)})

    def _inbox(self, fields: Fields) -> Answer:
        try:
            start = fields.whole("start") or 1
        except Wrong:
            start = 1
        with self._world.lock:
            text = pages.inbox(
                self._world,
                query=fields.text("q") or "",
                start=start,
                region=self._region,
                done=fields.text("done"),
            )
        return html(text)

    def _message(self, fields: Fields) -> Answer:
        view = pages.View(
            fields.text("show"),
            remote=fields.text("remote") == "1",
            phone=fields.text("width") == "phone",
            scheme=fields.text("scheme"),
            query=fields.text("q") or "",
        )
        with self._world.lock:
            message = self._found(fields)
            if message is None:
                text = "It was deleted, or it belongs to another account."
                return html(pages.notice("No such message", text), 404)
            return html(pages.message(self._world, message, view))

    def _message_html(self, fields: Fields) -> Answer:
        message = self._found(fields)
        remote, scheme = fields.text("remote") == "1", fields.text("scheme")
        if message is None:
            answer = html("", 404)
        else:
            known = scheme if scheme in ("light", "dark") else None
            answer = html(pages.mail_document(message.html or "", remote=remote, scheme=known))
        answer.headers["Content-Security-Policy"] = pages.mail_policy(remote=remote)
        answer.headers["X-DNS-Prefetch-Control"] = "off"
        return answer

    def _message_source(self, fields: Fields) -> Answer:
        message = self._found(fields)
        if message is None:
            return html(pages.notice("No such message", "It was deleted."), 404)
        name = "".join(
            letter for letter in message.id if letter.isascii() and (letter.isalnum() or letter in "-_")
        )
        return Answer(
            200,
            source_of(message).encode("utf-8", "replace"),
            "message/rfc822",
            {"Content-Disposition": f'attachment; filename="{name}.eml"'},
        )

    def _found(self, fields: Fields) -> Message | None:
        with self._world.lock:
            return self._world.mailbox.get(fields.text("id") or "")

    def _account(self, fields: Fields) -> Answer:
        try:
            region = fields.region(self._region)
        except Wrong as wrong:
            near = nearest_region(fields.text("region") or "")
            text = f"{wrong} Did you mean {near}?" if near else f"{wrong} Take one like eu-central-1."
            return html(pages.notice("No such Region", text, back="/account"), wrong.status)
        with self._world.lock:
            return html(pages.account(self._world, region, done=fields.text("done")))

    def _controls(self, fields: Fields) -> Answer:
        with self._world.lock:
            return html(pages.controls(self._world, done=fields.text("done")))

    def _connect(self, fields: Fields) -> Answer:
        with self._world.lock:
            return html(pages.connect(self._world, self._region))
