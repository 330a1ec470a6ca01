"""Whether anybody can read the code of a mail, so that it could be typed."""

from __future__ import annotations

from sesutil.inbox import carries
from sesutil.panels.outcomes import not_delivered
from sesutil.panels.test_send.sent import SentMail

__all__ = ["why_nobody_can"]

_ANOTHER = "Send one that arrives, then type its code here."


def why_nobody_can(mail: SentMail) -> tuple[str, bool]:
    """Why the mail's code can be typed by nobody, with what to do, and whether its template is to be mended.

    Empty where somebody can, and as long as it is not known: live, nobody sees into the recipient's inbox.
    """
    if lost := not_delivered(mail.events):
        _, why = lost
        sentence = f"Nobody can type the code of this mail: it did not reach {mail.to}, because {why}."
        return f"{sentence} {_ANOTHER}", False
    message = mail.message
    if message is not None and not message.arrives:
        return f"Nobody can type the code of this mail: it does not reach {mail.to}. {_ANOTHER}", False
    if message is not None and not carries(message, mail.value):
        sentence = "No code can be typed from this mail: it does not show the one that was sent."
        return f"{sentence} Put its template right, send again, then type the code here.", True
    return "", False
