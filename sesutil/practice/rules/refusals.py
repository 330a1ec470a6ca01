"""How SES says no: an error code, an HTTP status, and a text that people search the web for."""

from __future__ import annotations

__all__ = ["Refused", "bad_request", "no_configuration_set", "not_simulated", "not_verified"]


class Refused(Exception):
    """A request is refused. `text` None is a body with `"message": null`, which SES really sends."""

    def __init__(self, status: int, code: str, text: str | None) -> None:
        super().__init__(status, code, text)
        self.status = status
        self.code = code
        self.text = text


def bad_request(text: str | None) -> Refused:
    return Refused(400, "BadRequestException", text)


def not_simulated(what: str) -> Refused:
    """Honest, and in SES's form: no real SES answers so."""
    return Refused(
        501,
        "NotSimulated",
        f"The practice account does not simulate {what}. Real SES may do it; nothing was changed here.",
    )


def no_configuration_set(name: str) -> Refused:
    """The angle brackets are SES's own."""
    return Refused(404, "NotFoundException", f"Configuration set <{name}> does not exist.")


_LONGEST_LIST = 1000


def not_verified(identities: list[str], region: str) -> Refused:
    """The one text that most people meet first. It names senders and recipients alike.

    A list that is too long ends in `...`; where SES cuts is not known (1000 characters here).
    https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
    """
    names = ", ".join(dict.fromkeys(identities))
    if len(names) > _LONGEST_LIST:
        names = names[:_LONGEST_LIST] + "..."
    return Refused(
        400,
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region "
        f"{region.upper()}: {names}",
    )
