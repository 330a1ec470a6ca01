"""The card of DMARC: which policy holds, and whether mail from this address passes, by DKIM and by SPF."""

from __future__ import annotations

from sesutil.dns.policies import DmarcState
from sesutil.identities import IdentityState
from sesutil.panels.cards import Card, put
from sesutil.panels.identity.model import IdentityModel
from sesutil.panels.pieces import card_title, html, rows, safe, with_codes

__all__ = ["DmarcCard"]

Row = tuple[str, str, str, str]

_ASKS = {
    "none": "only reports are asked for, and mail that fails is delivered",
    "quarantine": "mail that fails goes to the spam folder",
    "reject": "mail that fails is refused",
}


class DmarcCard(Card):
    """There for a domain whose DNS was looked at."""

    def __init__(self, model: IdentityModel) -> None:
        self.model = model
        self._text = html()
        title = card_title(
            "Look at DMARC",
            "It asks that DKIM or SPF passes for the domain in From. One of the two is enough.",
        )
        super().__init__([html(title), self._text])
        self.refresh()

    def refresh(self) -> None:
        model, identity, dmarc = self.model, self.model.identity, self.model.records.dmarc
        self.show(identity is not None and dmarc is not None)
        if identity is None or dmarc is None:
            return
        alignment = model.records.alignment
        signer = _signer(model, identity)
        items = [
            *_policy(dmarc),
            _dkim(identity, signer, dmarc, alignment.get("dkim")),
            _spf(identity, dmarc, alignment.get("spf")),
        ]
        put(self._text, rows(items) + _suggestion(identity, dmarc), announce=True)


def _policy(dmarc: DmarcState) -> list[Row]:
    items: list[Row] = []
    if dmarc.found_at is not None:
        asked = f"p={dmarc.applied}"
        above = (
            f" It is the policy of <b>{safe(dmarc.found_at)}</b>, which holds here, too."
            if dmarc.found_at != dmarc.domain
            else ""
        )
        testing = " <code>t=y</code>: receivers are asked for the next weaker one." if dmarc.testing else ""
        sentence = f"<code>{safe(asked)}</code>: {_ASKS.get(str(dmarc.applied), '')}.{above}{testing}"
        items.append(("good", "policy", sentence, ""))
    elif not dmarc.known:
        items.append(
            ("look", "could not look", f"Nobody answers for <code>_dmarc.{safe(dmarc.domain)}</code>.", "")
        )
    elif not dmarc.records:
        sentence = (
            f"<code>_dmarc.{safe(dmarc.domain)}</code> is not there. Mail is sent without it; Gmail "
            "and Yahoo ask it "
            "of those who send much."
        )
        items.append(("look", "no policy", sentence, ""))
    if dmarc.problem:
        text = "".join(f"<div><code>{safe(one)}</code></div>" for one in dmarc.records)
        items.append(
            ("bad" if dmarc.found_at is None else "look", "mistake", with_codes(dmarc.problem) + text, "")
        )
    return items


def _signer(model: IdentityModel, identity: IdentityState) -> IdentityState | None:
    """The domain whose key signs: an address is signed for by the identity of its very domain."""
    if identity.kind == "DOMAIN":
        return identity
    return next((one for one in model.above if one.name == identity.domain), None)


def _dkim(
    identity: IdentityState, signer: IdentityState | None, dmarc: DmarcState, aligned: bool | None
) -> Row:
    if signer is None:
        sentence = (
            "Mail of an address is signed by amazonses.com alone, which does not count for "
            f"{safe(identity.domain)}, "
            "unless that domain is an identity, too."
        )
        return ("look", "DKIM", sentence, "")
    mode = _mode(dmarc.adkim)
    if not signer.dkim.signing_enabled:
        return ("bad", "DKIM", f"Signing is switched off for {safe(signer.name)}.", "")
    if signer.dkim.status != "SUCCESS":
        return ("wait", "DKIM", f"Passes once SES has found the records: {mode}.", "")
    if aligned is False:
        return ("bad", "DKIM", f"{safe(signer.name)} signs, which does not count for the sender: {mode}.", "")
    return (
        "good",
        "DKIM",
        f"Passes: {safe(signer.name)} signs, and counts for the domain in From ({mode}).",
        "",
    )


def _spf(identity: IdentityState, dmarc: DmarcState, aligned: bool | None) -> Row:
    mode, found = _mode(dmarc.aspf), identity.mail_from
    if found is None:
        step = ": set a MAIL FROM domain" if identity.kind == "DOMAIN" else ""
        return ("look", "SPF", f"Passes for amazonses.com, which does not count{step}.", "")
    if found.status != "SUCCESS":
        return (
            "wait",
            "SPF",
            f"Passes once SES has found the MX record of {safe(found.domain)}: {mode}.",
            "",
        )
    if aligned is False:
        return (
            "look",
            "SPF",
            f"{safe(found.domain)} does not count for the domain in From: {mode} asks for the same domain.",
            "",
        )
    return ("good", "SPF", f"Passes: {safe(found.domain)} counts for the domain in From ({mode}).", "")


def _mode(letter: str) -> str:
    return "strict alignment" if letter == "s" else "relaxed alignment"


def _suggestion(identity: IdentityState, dmarc: DmarcState) -> str:
    if dmarc.found_at is not None or not dmarc.known:
        return ""
    own = "It stands in the table above. " if identity.kind == "DOMAIN" else ""
    reports = f"v=DMARC1; p=none; rua=mailto:dmarc@{identity.domain}"
    return (
        f"<p class='s-muted'>To begin with: <code>v=DMARC1; p=none;</code>. {own}With a mailbox for reports: "
        f"<code>{safe(reports)}</code>. <code>pct</code> is not needed any more: RFC 9989 has retired it.</p>"
    )
