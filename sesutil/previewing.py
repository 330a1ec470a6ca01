"""A template as its reader will get it: the mail that Logto would send, and frames to look at it safely.

The mail is the one of `build_request`, byte for byte. A frame shows it in a sandbox in which nothing runs
and, until asked for, nothing is loaded: in front of the mail stands a policy, and the mail itself is
not touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.plaintext import html_to_text
from sesutil.requests import build_request

__all__ = [
    "FRAMES",
    "FRAME_CSS",
    "Frame",
    "Preview",
    "answer_scheme",
    "frame_document",
    "frame_markup",
    "has_dark_styles",
    "preview_mail",
    "preview_page",
]


@dataclass(frozen=True)
class Preview:
    """A mail as it would be sent. `request` are the keyword arguments of `send_email`."""

    request: dict[str, Any]

    @property
    def subject(self) -> str:
        return str(self.request["Content"]["Simple"]["Subject"]["Data"])

    @property
    def html(self) -> str:
        return str(self.request["Content"]["Simple"]["Body"]["Html"]["Data"])

    @property
    def text(self) -> str:
        """What is left when the HTML is taken away; Logto sends no text part of its own."""
        return html_to_text(self.html)


@dataclass(frozen=True)
class Frame:
    """A way of reading. `width` in CSS pixels, None for all there is; `guess` where no program's own
    rule is known."""

    name: str
    title: str
    width: int | None = None
    scheme: str = "light"
    inverted: bool = False
    images: bool = True
    guess: str = ""


FRAMES = (
    Frame("desktop", "Desktop"),
    Frame("phone", "Phone", width=375),
    Frame("dark", "Dark", scheme="dark"),
    Frame(
        "inverted",
        "Dark, inverted",
        inverted=True,
        guess="A guess: some programs turn light mails dark by rules of their own, which they do not publish. "
        "Here every colour is turned around.",
    ),
    Frame("no-images", "Images off", images=False),
)
"""The frames that readers use."""


def preview_mail(
    config: ConnectorConfig,
    *,
    usage_type: str,
    payload: Mapping[str, Any],
    localized: EmailTemplate | Mapping[str, Any] | None = None,
    to: str = "reader@example.com",
) -> Preview:
    """The mail that Logto would send. Raises what `build_request` raises."""
    request = build_request(config, to=to, usage_type=usage_type, payload=payload, localized=localized)
    return Preview(request)


def frame_document(html: str, *, images: bool = True, remote: bool = False) -> str:
    """The mail with a policy in front of it, for the `srcdoc` of a frame. It ends with `html` unchanged,
    but for tags that no mail program heeds and browsers open connections for whatever a policy says:
    <link>, <iframe> and <frame> get names that mean nothing.

    Nothing runs, no form is sent, no frame is filled. `remote` lets images, styles and fonts be loaded
    from where the mail says; without it only what the mail itself holds is shown. `images=False` shows
    none, as programs do before the reader agrees. Links and form fields cannot be clicked.
    """
    pictures = "'none'" if not images else "data: https: http:" if remote else "data:"
    outside = " https: http:" if remote else ""
    policy = (
        f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'{outside}; font-src data:{outside}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">'
        '<base target="_blank"><style>a,area,button,input,select,textarea,label,summary,[target]'
        f"{{pointer-events:none!important}}</style>{_disarmed(html)}"
    )


def frame_markup(
    html: str, frame: Frame = FRAMES[0], *, remote: bool = False, height: int = 560, title: str = "The mail"
) -> str:
    """Markup that shows a mail as a frame says, safe to put into any page that has FRAME_CSS.

    A mail that asks whether its reader likes it dark gets the answer from the reader's own system, which
    nothing in a page can change. So there are two frames, of which the page shows one: the mail as it is
    where the system is set as the frame says; elsewhere the mail with the answer written into it.
    """
    names = {"light": ("s-when-light", "s-when-dark"), "dark": ("s-when-dark", "s-when-light")}
    if not _ASKS_FOR_SCHEME.search(html):
        return _frame(html, frame, remote, height, title, "")
    own, other = names[frame.scheme]
    answered = answer_scheme(html, frame.scheme)
    return _frame(html, frame, remote, height, title, own) + _frame(
        answered, frame, remote, height, title, other
    )


FRAME_CSS = """.s-frame { display: block; border: 0; max-width: 100%; box-sizing: border-box; background: #fff; }
@media (prefers-color-scheme: dark) { .s-frame.s-when-light { display: none; } }
@media not (prefers-color-scheme: dark) { .s-frame.s-when-dark { display: none; } }"""


def _frame(html: str, frame: Frame, remote: bool, height: int, title: str, name: str) -> str:
    ground = "#121212" if frame.scheme == "dark" else "#fff"
    look = f"height:{height}px;background:{ground};color-scheme:{frame.scheme}"
    mail = frame_document(html, images=frame.images, remote=remote)
    # The frame around it lets no frame be filled from outside, wherever a link in the mail may lead.
    before = (
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; frame-src 'none'; "
        "img-src * data:; font-src * data:; style-src * 'unsafe-inline'\"><style>body{margin:0}</style>"
        f'<iframe sandbox="" referrerpolicy="no-referrer" title="{escape(title)}" '
        f'style="display:block;border:0;width:100%;{look}" srcdoc="'
    )
    inner = escape(mail).replace("&", "&amp;")  # escaped once, nothing but & is left to escape
    around = escape(before) + inner + escape('"></iframe>')
    width = f"{frame.width}px" if frame.width else "100%"
    turned = ";filter:invert(1) hue-rotate(180deg)" if frame.inverted else ""
    return (
        f'<iframe class="s-frame {name}" sandbox="" referrerpolicy="no-referrer" title="{escape(title)}" '
        f'style="{look};width:{width}{turned}" srcdoc="{around}"></iframe>'
    )


def _disarmed(html: str) -> str:
    if not _CONNECTING.search(html):
        return html
    return _CONNECTING.sub(lambda match: match[1] + _HARMLESS[match[2].lower()], html)


# In a source only these characters can stand before and after a tag's name; the new names are read in the
# same places and in the same way: void like <link> and <frame>, or with raw text in it like <iframe>.
_CONNECTING = re.compile(r"(</?)(link|iframe|frame)(?=[\s/>])", re.IGNORECASE)
_HARMLESS = {"link": "basefont", "frame": "basefont", "iframe": "noembed"}
_ASKS_FOR_SCHEME = re.compile(
    r"\(\s{0,9}prefers-color-scheme\s{0,9}:\s{0,9}(dark|light)\s{0,9}\)", re.IGNORECASE
)
_KNOWS_DARK = re.compile(
    r"(?<!prefers-)color-scheme[\"']?\s{0,9}(?::|content\s{0,9}=\s{0,9}[\"'])[^;:}\"'>]{0,60}?dark",
    re.IGNORECASE,
)


def answer_scheme(html: str, scheme: str) -> str:
    """The mail with each question for the reader's colour scheme replaced by what is always (never) true."""
    answered = _ASKS_FOR_SCHEME.sub(
        lambda match: "(min-width:0)" if match[1].lower() == scheme else "(max-width:0)", html
    )
    ground = scheme if _KNOWS_DARK.search(html) else "light"
    return f"<style>:root{{color-scheme:{ground}!important}}</style>{answered}"


def has_dark_styles(html: str) -> bool:
    """Whether the mail says anything of how it looks in the dark."""
    return _KNOWS_DARK.search(html) is not None or any(
        match[1].lower() == "dark" for match in _ASKS_FOR_SCHEME.finditer(html)
    )


def preview_page(preview: Preview, *, title: str, remote: bool = False) -> str:
    """A page of its own with a mail in all frames, as text, its source and the request. No script in it."""
    parts = [
        f"<section><h2>{escape(frame.title)}</h2>"
        + (f"<p>{escape(frame.guess)}</p>" if frame.guess else "")
        + frame_markup(preview.html, frame, remote=remote, title=f"The mail: {frame.title}")
        + "</section>"
        for frame in FRAMES
    ]
    request = json.dumps(preview.request, indent=2, ensure_ascii=False)
    for name, text in (("As text", preview.text), ("Source", preview.html), ("Request", request)):
        parts.append(f"<section><h2>{name}</h2><pre tabindex='0'>{escape(text)}</pre></section>")
    loaded = (
        "Images and styles from outside are loaded."
        if remote
        else "Nothing is loaded from outside; nothing in the mail runs."
    )
    return _PAGE.format(
        title=escape(title),
        subject=escape(preview.subject),
        loaded=loaded,
        frames=FRAME_CSS,
        parts="\n".join(parts),
    )


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1b1f23; --soft: #57606a; --line: #d0d7de; --page: #f6f8fa; --card: #fff; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6edf3; --soft: #a0abb6; --line: #3a424b; --page: #0d1117; --card: #161b22; }}
}}
body {{ margin: 0 auto; max-width: 860px; padding: 24px 16px 48px; font: 14px/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--page); }}
h1 {{ font-size: 20px; margin: 0 0 4px; overflow-wrap: anywhere; }} h2 {{ font-size: 15px; margin: 0 0 8px; }}
p {{ margin: 0 0 10px; color: var(--soft); }}
section {{ margin: 16px 0 0; padding: 14px 16px 16px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); }}
{frames}
.s-frame {{ border-radius: 6px; outline: 1px solid var(--line); }}
pre {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.5 ui-monospace, monospace;
  max-height: 420px; overflow: auto; }}
</style>
</head>
<body>
<h1>{subject}</h1>
<p>{title}. {loaded}</p>
{parts}
</body>
</html>
"""
