"""The practice account as a person sees it in a browser: one subject per file, static files in `static`.

The pages take a World whose lock is held. What they show comes from the server; the script keeps it
up to date. Every text from outside goes through `markup.text` or `markup.own`.
"""

from __future__ import annotations

from sesutil.practice.doors.pages.account_page import account
from sesutil.practice.doors.pages.connect_page import connect
from sesutil.practice.doors.pages.controls_page import controls
from sesutil.practice.doors.pages.inbox_page import inbox
from sesutil.practice.doors.pages.layout import (
    ICON,
    LINK_EXPIRED,
    LIVE,
    STYLE,
    confirm,
    mark,
    notice,
    verified,
)
from sesutil.practice.doors.pages.mail_frame import mail_document, mail_policy
from sesutil.practice.doors.pages.message_page import View, message

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
