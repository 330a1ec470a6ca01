"""The practice account as a person sees it in a browser: one subject per file, static files in `static`.

The pages take a World whose lock is held. What they show comes from the server; the script keeps it
up to date. Every text from outside goes through `markup.text` or `markup.own`.
"""

from __future__ import annotations

from sesutil.practice.pages.account_page import account
from sesutil.practice.pages.connect_page import connect
from sesutil.practice.pages.controls_page import controls
from sesutil.practice.pages.inbox_page import inbox
from sesutil.practice.pages.layout import ICON, LINK_EXPIRED, LIVE, STYLE, confirm, mark, notice, verified
from sesutil.practice.pages.mail_frame import mail_document, mail_policy
from sesutil.practice.pages.message_page import View, message

__all__ = [
    "ICON",
    "LINK_EXPIRED",
    "LIVE",
    "STYLE",
    "View",
    "account",
    "confirm",
    "connect",
    "controls",
    "inbox",
    "mail_document",
    "mail_policy",
    "mark",
    "message",
    "notice",
    "verified",
]
