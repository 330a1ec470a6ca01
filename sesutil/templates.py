"""Templates as files: `<UsageType>.html` for the connector's config, `<language>/<UsageType>.html` for
those that Logto keeps per language.

A file is the mail's HTML as it is sent; its first `<title>` is the subject. A template whose subject
does not stand in its HTML like that (one that was imported, usually) gets it in a first line which is
not a part of the mail::

    <title data-sesutil="the subject; this line is not mailed">Your code</title>

What HTML files cannot hold (an order of its own, two templates of one type, Logto's ids) is in
`logto.json` beside them. It is there only when it is needed, and files win over it: entries whose file
is gone count for nothing, files without an entry are read all the same.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sesutil.config import EmailTemplate, UsageType
from sesutil.errors import InvalidConfig, Issue, ProjectError
from sesutil.plaintext import html_title

__all__ = [
    "MANIFEST_NAME",
    "NotText",
    "StoredTemplate",
    "TemplateText",
    "decode_template",
    "encode_template",
    "format_template",
    "in_usual_order",
    "is_language_tag",
    "language_folders",
    "parse_template",
    "read_manifest",
    "read_stored_templates",
    "read_template",
    "read_templates",
    "template_files",
    "template_path",
]

MANIFEST_NAME = "logto.json"

_MARK = "the subject; this line is not mailed"
_SUBJECT_LINE = re.compile(r'<title data-sesutil="[^"]*">([^<\r\n]*)</title>\r?\n')
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ORDER = {usage_type.value: number for number, usage_type in enumerate(UsageType)}


@dataclass(frozen=True)
class TemplateText:
    """What a file says. `subject` is None where there is no title. `text` is the whole file;
    `content`, what is mailed, is the whole of it or all but a first line."""

    subject: str | None
    content: str
    text: str = field(repr=False)

    @property
    def has_subject_line(self) -> bool:
        return len(self.content) != len(self.text)

    def template(self, usage_type: str) -> EmailTemplate:
        """As Logto has it; without a title the subject is empty."""
        return EmailTemplate(usageType=str(usage_type), subject=self.subject or "", content=self.content)


@dataclass(frozen=True)
class StoredTemplate:
    """A template that Logto keeps in its database for one language. `item` is the whole of it as
    Logto's API has it, with whatever came with it when it was imported."""

    language: str
    usage_type: str
    subject: str
    content: str
    item: Mapping[str, Any] = field(repr=False)

    def template(self) -> EmailTemplate:
        return EmailTemplate(usageType=self.usage_type, subject=self.subject, content=self.content)


class NotText(ProjectError):
    """A template file that is not UTF-8 text. `.line` and `.column` are those of the first bad byte."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        self.reason, self.line, self.column = reason, line, column
        super().__init__(f"{reason}: line {line}, column {column}. Save it as UTF-8 text.")


def parse_template(text: str) -> TemplateText:
    """Subject and content of a file's text."""
    if match := _SUBJECT_LINE.match(text):
        return TemplateText(html.unescape(match[1]), text[match.end() :], text)
    return TemplateText(html_title(text), text, text)


def format_template(subject: str, content: str) -> str:
    """The file's text for a subject and a content: `parse_template` gives back exactly these two."""
    if parse_template(content) == TemplateText(subject, content, content) and subject:
        return content
    line = html.escape(subject, quote=False).replace("\r", "&#13;").replace("\n", "&#10;")
    return f'<title data-sesutil="{_MARK}">{line}</title>\n{content}'


def decode_template(data: bytes) -> str:
    """A file's text, line ends as they are. Raises NotText."""
    for mark, name in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if data.startswith(mark):
            raise NotText(f"is {name}, not UTF-8", 1, 1)
    nul = data.find(b"\0")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not 0 <= nul < error.start:
            bad = f"byte 0x{data[error.start]:02X}"
            raise NotText(f"is not UTF-8 text ({bad})", *_byte_place(data, error.start)) from None
    if nul >= 0:
        raise NotText("holds a NUL byte, so it is no text", *_byte_place(data, nul))
    return text


def encode_template(text: str) -> bytes:
    """The bytes of a file, from which `decode_template` gives back the text.

    Raises ProjectError for half a surrogate pair, which no file (and no mail) can hold, and for NUL.
    """
    if "\0" in text:
        raise ProjectError("A template holds a NUL character, which no mail can carry. Take it out.")
    encoding = "utf-8-sig" if text.startswith("\ufeff") else "utf-8"
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise ProjectError(
            f"A template holds half of a character ({half}, at position {error.start}), which no mail can "
            "carry. Write the whole character."
        ) from None


def template_path(folder: Path, usage_type: str, language: str | None = None) -> Path:
    """Where the template of a type (and a language) lies in a templates folder."""
    place = folder / language if language else folder
    return place / f"{usage_type}.html"


def read_template(path: Path) -> TemplateText:
    """A template file. Raises ProjectError for one that is not there, not readable, or not UTF-8."""
    try:
        return parse_template(decode_template(path.read_bytes()))
    except NotText as error:
        raise ProjectError(f"{path} {error}") from None
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from None


def template_files(folder: Path) -> list[Path]:
    """The templates of one folder, in Logto's order of types, other names after them."""
    return in_usual_order(folder.glob("*.html"))


def language_folders(folder: Path) -> list[Path]:
    """The folders of a templates folder, one for each language; whether their names are tags is not asked."""
    return sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def is_language_tag(text: str) -> bool:
    """Whether a text looks like a language as Logto names it: `de`, `pt-BR`, `zh-CN`."""
    return _LANGUAGE.fullmatch(text) is not None


def in_usual_order(paths: Iterable[Path]) -> list[Path]:
    """By folder, then in Logto's order of types, other names after them."""
    return sorted(paths, key=lambda path: (str(path.parent), _ORDER.get(path.stem, len(_ORDER)), path.stem))


def read_templates(folder: Path) -> list[dict[str, Any]]:
    """The connector's templates of a folder, in Logto's shape.

    Raises ProjectError for a file that is not UTF-8, and InvalidConfig for one without a title:
    Logto would lose a mail with an empty subject.
    """
    found = []
    for path, entry in _entries(folder, "templates", template_files(folder)):
        text = _read_with_subject(path)
        item = dict(entry.get("item", {}))
        item |= {"subject": text.subject, "content": text.content}
        item.setdefault("usageType", path.stem)
        found.append(item)
    return found


def read_stored_templates(folder: Path) -> list[StoredTemplate]:
    """The templates per language of a folder. Raises what `read_templates` raises."""
    files = [path for place in language_folders(folder) for path in template_files(place)]
    found = []
    for path, entry in _entries(folder, "emailTemplates", files):
        text = _read_with_subject(path)
        item = dict(entry.get("item", {}))
        language = str(item.setdefault("languageTag", path.parent.name))
        usage_type = str(item.setdefault("templateType", path.stem))
        details = {**item.get("details", {}), "subject": text.subject, "content": text.content}
        item["details"] = details
        assert text.subject is not None
        found.append(StoredTemplate(language, usage_type, text.subject, text.content, item))
    return found


def read_manifest(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """`logto.json`, checked; empty lists where it is not there. Raises ProjectError."""
    path = folder / MANIFEST_NAME
    manifest: dict[str, list[dict[str, Any]]] = {"templates": [], "emailTemplates": []}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return manifest
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{path} cannot be read: {error}. {_MANIFEST_HELP}") from None
    for key in manifest:
        entries = document.get(key, []) if isinstance(document, dict) else None
        if not isinstance(entries, list) or not all(map(_is_entry, entries)):
            raise ProjectError(f"{path} is not what `sesutil templates import` writes. {_MANIFEST_HELP}")
        manifest[key] = entries
    return manifest


_MANIFEST_HELP = "Without it the templates are read by their names alone: mend it, or remove it."


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("file"), str)
        and isinstance(entry.get("item", {}), dict)
        and isinstance(entry.get("item", {}).get("details", {}), dict)
    )


def _entries(folder: Path, key: str, files: list[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files in the order of the manifest, then the others; each with what the manifest says of it."""
    there = {path.relative_to(folder).as_posix(): path for path in files}
    for entry in read_manifest(folder)[key]:
        if path := there.pop(entry["file"], None):
            yield path, entry
    for path in there.values():
        yield path, {}


def _read_with_subject(path: Path) -> TemplateText:
    text = read_template(path)
    if text.subject is None or (not text.subject and not text.has_subject_line):
        issue = Issue((), "has no <title>, which is the subject of the mail. Add one in its head.")
        raise InvalidConfig([issue], str(path))
    return text


def _byte_place(data: bytes, at: int) -> tuple[int, int]:
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
