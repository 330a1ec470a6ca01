"""Where an account stands with production access: the results of looking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sesutil.errors import AwsError
from sesutil.identities import IdentityState
from sesutil.production.request import ProductionRequest
from sesutil.regions import partition

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PREREQUISITE_COLUMNS", "Prerequisite", "ProductionState", "case_link"]


@dataclass(frozen=True)
class Prerequisite:
    """One thing that a reviewer looks at. `met` is None where it is not known; then `sentence` says why.

    `fix` is the next step, empty where nothing is to be done. What is not `required` is recommended.
    The ids: identity, domain, account, website, same-domain, bounces, mail-from, dmarc.
    """

    id: str
    met: bool | None
    sentence: str
    fix: str = ""
    required: bool = True


PREREQUISITE_COLUMNS = {"id": "str", "met": "str", "needed": "str", "sentence": "str", "next_step": "str"}


@dataclass(frozen=True)
class ProductionState:
    """The account's production access in one Region.

    `review` is what became of the last request: PENDING, GRANTED, DENIED, FAILED (AWS never received it),
    None when nobody asked. `asked` is that request. `max_24_hours` counts recipients, None is no limit.
    `suppressed` are the reasons for which the account's suppression list takes addresses. `identities`
    cover the From address, the most specific first. `events` are the kinds of event that the
    configuration set publishes, None where there is no set or it cannot be read. `dmarc` is the policy
    (none, quarantine, reject), "" when nothing is published, None when nobody looked.
    """

    region: str
    production: bool
    review: str | None
    case_id: str | None
    prerequisites: tuple[Prerequisite, ...] = ()
    asked: ProductionRequest | None = field(default=None, repr=False)
    max_24_hours: int | None = None
    max_per_second: float = 0.0
    enforcement: str = ""
    sending_enabled: bool = True
    suppressed: tuple[str, ...] = ()
    from_address: str | None = None
    identities: tuple[IdentityState, ...] = ()
    identities_error: AwsError | None = None
    configuration_set: str | None = None
    events: tuple[str, ...] | None = None
    dmarc: str | None = None

    @property
    def missing(self) -> tuple[Prerequisite, ...]:
        """What is required and not met. What is not known is not in it."""
        return tuple(one for one in self.prerequisites if one.required and one.met is False)

    @property
    def link(self) -> str | None:
        """The support case in AWS's console; None when there is none."""
        return case_link(self.case_id, self.region) if self.case_id else None

    @property
    def signer(self) -> IdentityState | None:
        """The domain identity whose DKIM signature the mail from the From address bears, if it is ready.

        An address identity is signed for by its very domain's, not by one above it.
        """
        domains = [one for one in self.identities if one.kind == "DOMAIN"]
        if self.identities and self.identities[0].kind == "EMAIL_ADDRESS":
            domains = [one for one in domains if one.name == self.identities[0].domain]
        return domains[0] if domains else None

    @property
    def mail_from(self) -> str | None:
        """The MAIL FROM domain in use: one whose MX record SES has found."""
        named = next((one.mail_from for one in self.identities if one.mail_from is not None), None)
        return named.domain if named is not None and named.status == "SUCCESS" else None

    def frame(self) -> pd.DataFrame:
        """The prerequisites as a table for people, with the columns of PREREQUISITE_COLUMNS, all text.

        id, met (yes, no, unknown), needed (required, recommended), sentence, next_step; without the
        account's id and the case's.
        """
        import pandas as pd

        words = {True: "yes", False: "no", None: "unknown"}
        rows = [
            (one.id, words[one.met], "required" if one.required else "recommended", one.sentence, one.fix)
            for one in self.prerequisites
        ]
        return pd.DataFrame(rows, columns=list(PREREQUISITE_COLUMNS)).astype(PREREQUISITE_COLUMNS)


# The consoles of other partitions; the address within them is taken to be the same.
_CONSOLES = {
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
    "aws-eusc": "https://console.amazonaws-eusc.eu",
}


def case_link(case_id: str, region: str) -> str:
    """Where a support case is answered."""
    console = _CONSOLES.get(partition(region), "https://console.aws.amazon.com")
    return f"{console}/support/home#/case/?displayId={case_id}"
