"""What the tests of DKIM and MAIL FROM share: domains with a zone of their own, and time that passes."""

from __future__ import annotations

from itertools import count
from typing import Any

from practice_client import ask, inbox, mail
from practice_people import REGION, caller, code_of
from sesutil.launching import PracticeEndpoint

MX = f"10 feedback-smtp.{REGION}.amazonses.com"
WELL = (True, "SUCCESS", "SUCCESS")  # as Site.state has them
WAITING = (False, "PENDING", "PENDING")
_numbers = count(1)


class Site:
    """A domain of its own for a test: its identity, and its hosted zone."""

    def __init__(self, endpoint: PracticeEndpoint, region: str = REGION, **more: Any) -> None:
        self.endpoint, self.region = endpoint, region
        self.name = f"shop-{next(_numbers)}.test"
        self.created = self.ses.create_email_identity(EmailIdentity=self.name, **more)
        zone = caller(endpoint, "route53").create_hosted_zone(Name=self.name, CallerReference=self.name)
        self.zone = zone["HostedZone"]["Id"]

    @property
    def ses(self) -> Any:
        return caller(self.endpoint, region=self.region)

    def change(self, action: str, name: str, kind: str, *values: str) -> None:
        record = {
            "Name": name,
            "Type": kind,
            "TTL": 300,
            "ResourceRecords": [{"Value": one} for one in values],
        }
        change = {"Action": action, "ResourceRecordSet": record}
        caller(self.endpoint, "route53").change_resource_record_sets(
            HostedZoneId=self.zone, ChangeBatch={"Changes": [change]}
        )

    def put(self, name: str, kind: str, *values: str) -> None:
        self.change("UPSERT", name, kind, *values)

    def drop(self, name: str, kind: str, *values: str) -> None:
        self.change("DELETE", name, kind, *values)

    @property
    def records(self) -> list[tuple[str, str, str]]:
        found = self.get("DkimAttributes")
        return [
            (f"{token}._domainkey.{self.name}", "CNAME", f"{token}.{found['SigningHostedZone']}")
            for token in found["Tokens"]
        ]

    def publish(self) -> None:
        for record in self.records:
            self.put(*record)

    def withdraw(self) -> None:
        for record in self.records:
            self.drop(*record)

    def get(self, part: str) -> Any:
        return self.ses.get_email_identity(EmailIdentity=self.name)[part]

    @property
    def state(self) -> tuple[bool, str, str]:
        """May it send, verification, DKIM."""
        found = self.ses.get_email_identity(EmailIdentity=self.name)
        return (
            found["VerifiedForSendingStatus"],
            found["VerificationStatus"],
            found["DkimAttributes"]["Status"],
        )

    def send(self, local: str = "no-reply") -> str | None:
        """The code of the refusal; None for what was sent."""
        pass_time(self.endpoint, seconds=2)
        return code_of(self.ses.send_email, **mail(source=f"{local}@{self.name}"))

    def notices(self) -> list[str]:
        """Subjects of the mails that AWS wrote about this domain."""
        return [one["Subject"] for one in inbox(self.endpoint, f"?q={self.name}") if one["Kind"] == "notice"]

    # -- MAIL FROM --------------------------------------------------------------------------------

    @property
    def bounce(self) -> str:
        return f"bounce.{self.name}"

    def set_mail_from(self, behavior: str = "USE_DEFAULT_VALUE", domain: str | None = None) -> None:
        self.ses.put_email_identity_mail_from_attributes(
            EmailIdentity=self.name, MailFromDomain=domain or self.bounce, BehaviorOnMxFailure=behavior
        )

    @property
    def mail_from(self) -> str:
        status: str = self.get("MailFromAttributes")["MailFromDomainStatus"]
        return status


def pass_time(endpoint: PracticeEndpoint, **units: float) -> None:
    query = "&".join(f"{unit}={value}" for unit, value in units.items())
    assert ask(endpoint, "POST", f"/practice/clock?{query}").status == 200


def verified_site(endpoint: PracticeEndpoint, region: str = REGION) -> Site:
    site = Site(endpoint, region)
    site.publish()
    assert site.state == (True, "SUCCESS", "SUCCESS")
    return site


def start_again(site: Site, origin: str = "AWS_SES", **attributes: str) -> Any:
    given = {"SigningAttributes": attributes} if attributes else {}
    return site.ses.put_email_identity_dkim_signing_attributes(
        EmailIdentity=site.name, SigningAttributesOrigin=origin, **given
    )
