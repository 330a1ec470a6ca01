"""What the doors read and write: fields of a query, a form or JSON; JSON and HTML back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qs

from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.signature import Request
from sesutil.regions import is_ses_region

__all__ = ["Door", "Fields", "Wrong", "fields_of", "html", "json_answer"]


class Wrong(ValueError):
    """A field makes no sense; the text says what would."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Fields:
    """The fields of a request, as texts. `page`: where to lead a browser afterwards, if anywhere."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self._found = found
        page = found.get("page")
        own = page is not None and page.startswith("/") and not page.startswith(("//", "/\\"))
        self.page = (
            page
            if own and page is not None and page.isprintable() and page.isascii()
            else ("/" if page else None)
        )

    def check(self, known: tuple[str, ...] | None) -> None:
        """Raises Wrong for a field that is none of these; None: whatever there is."""
        for name in self._found.keys() - {*(self._found if known is None else known), "page"}:
            near = get_close_matches(name, known or (), 1)
            hint = f" Do you mean {near[0]}?" if near else f" Known: {', '.join(known or ['none'])}."
            raise Wrong(f"There is no field {name!r} here.{hint}")

    def given(self, name: str) -> str | None:
        """None only for a field that is missing."""
        return self._found.get(name)

    def text(self, name: str) -> str | None:
        """None for a field that is missing or empty."""
        return self._found.get(name) or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise Wrong(f"The field {name!r} is missing.")
        return value

    def number(self, name: str) -> float | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e9:
            raise Wrong(f"{name} should be a number, not {text!r}.")
        return value

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        if value is not None and value != int(value):
            raise Wrong(f"{name} should be a whole number, not {self._found[name]!r}.")
        return None if value is None else int(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.text(name)
        if text is None:
            return default
        if text.lower() not in ("true", "1", "yes", "on", "false", "0", "no", "off"):
            raise Wrong(f"{name} should be true or false, not {text!r}.")
        return text.lower() in ("true", "1", "yes", "on")

    def region(self, default: str) -> str:
        region = self.text("region") or default
        if not is_ses_region(region):
            raise Wrong(f"SES is in no Region called {region!r}.")
        return region


Door = Callable[[Fields], Answer]


def fields_of(request: Request) -> Fields:
    """Of the query and of a form or JSON body; the first of each name, the body's before the query's."""
    query = parse_qs(request.query, keep_blank_values=True)
    found = {name: values[0] for name, values in query.items()}
    if request.body and "json" in request.headers.get("content-type", ""):
        try:
            data = json.loads(request.body)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise Wrong("The body should be a JSON object.")
        given = {name: value for name, value in data.items() if value is not None}
        found.update({name: _text(value) for name, value in given.items()})
    elif request.body:
        body = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        found.update({name: values[0] for name, values in body.items()})
    return Fields(found)


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list | bool) else str(value)


def json_answer(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode(), "application/json")


def html(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8", "replace"), "text/html; charset=utf-8")
