"""An identity that is missing here may be verified in another Region: which one?"""

from __future__ import annotations

from functools import partial

from sesutil.account import Account
from sesutil.addresses import Mailbox
from sesutil.identities.names import identity_names
from sesutil.identities.reading import read_identity
from sesutil.parallel import side_by_side
from sesutil.regions import other_ses_regions

__all__ = ["other_regions"]

# Seconds for all Regions together. One that is not enabled answers 403 or nothing at all; three tries
# of a connection that hangs would take 27.
_PATIENCE = 8.0
_THREADS = 64


def other_regions(account: Account, mailbox: Mailbox, *, within: float = _PATIENCE) -> dict[str, list[str]]:
    """Region → names of the verified identities there that cover the mailbox, the most specific first.

    Asked by GetEmailIdentity in every Region with SES of the account's partition, its own left out, all
    side by side. A Region that refuses, or has not answered after `within` seconds, is left out: so
    nothing found is no proof. Regions are in alphabetical order. Raises nothing.
    """
    regions = other_ses_regions(account.region)
    asked = [(region, name) for name in identity_names(mailbox) for region in regions]
    outcomes = side_by_side(
        [partial(read_identity, account, name, region=region) for region, name in asked],
        within=within,
        limit=_THREADS,
    )
    found: dict[str, list[str]] = {region: [] for region in regions}
    for (region, name), outcome in zip(asked, outcomes, strict=True):
        if outcome.value is not None and outcome.value.verified:
            found[region].append(name)
    return {region: names for region, names in found.items() if names}
