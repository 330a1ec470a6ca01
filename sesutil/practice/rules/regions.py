"""What SES does differently from Region to Region."""

from __future__ import annotations

__all__ = ["signing_hosted_zone"]

# https://docs.aws.amazon.com/general/latest/gr/ses.html, "DKIM domains": these Regions have a zone
# of their own. AWS says that it may vary further, so callers must read it from GetEmailIdentity.
_OWN_DKIM_ZONE = frozenset(
    """af-south-1 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-5 ca-west-1 eu-central-2
    eu-south-1 il-central-1 me-central-1 us-gov-east-1""".split()
)


def signing_hosted_zone(region: str) -> str:
    return f"dkim.{region}.amazonses.com" if region in _OWN_DKIM_ZONE else "dkim.amazonses.com"
