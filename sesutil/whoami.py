"""Whose credentials sign, where they come from, and whether they last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import botocore.session

from sesutil.account import Account, translated, unreadable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WhoAmI", "configured_profiles", "who_am_i"]

# botocore's words (its credential providers' METHOD), for people; "practice" is ours.
_SOURCES = {
    "practice": "the practice account's own key",
    "explicit": "the connector's own key",
    "env": "the environment (AWS_ACCESS_KEY_ID)",
    "shared-credentials-file": "the credentials file of the AWS configuration",
    "config-file": "the AWS configuration",
    "custom-process": "a program that the profile names",
    "sso": "SSO",
    "login": "aws login",
    "assume-role": "a role that the profile takes on",
    "assume-role-with-web-identity": "a role, by a web identity token",
    "iam-role": "the role of this machine",
    "container-role": "the role of this container",
}
_KINDS = {
    "root": "the account's root user",
    "user": "an IAM user",
    "assumed-role": "a role",
    "federated-user": "a federated user",
}


@dataclass(frozen=True)
class WhoAmI:
    """The answer of GetCallerIdentity, and what is known of the credentials without a call.

    `kind` is root, user, assumed-role, federated-user, or what else stands in the ARN. `source` is
    botocore's word, or practice; `source_words` says it for people.
    """

    account_id: str
    arn: str
    kind: str
    name: str
    temporary: bool
    source: str

    @property
    def is_root(self) -> bool:
        return self.kind == "root"

    @property
    def user_name(self) -> str | None:
        """The IAM user's name; None for a role, the root user and others."""
        return self.name if self.kind == "user" and self.name else None

    @property
    def kind_words(self) -> str:
        return _KINDS.get(self.kind, self.kind)

    @property
    def source_words(self) -> str:
        return _SOURCES.get(self.source, self.source)

    def frame(self) -> pd.DataFrame:
        """For people: the columns `what`, `value` and `meaning`, all text.

        Account, ARN and name are left out: such a table is stored in notebooks.
        """
        import pandas as pd

        may = "May do everything: take a user or a role." if self.is_root else "May do what its policies say."
        end = "They end after some hours." if self.temporary else "They last until somebody deletes them."
        rows = [
            ("Who signs", self.kind_words, may),
            ("Credentials", "temporary" if self.temporary else "lasting", end),
            ("From", self.source_words, "Where boto3 found them."),
        ]
        return pd.DataFrame(rows, columns=["what", "value", "meaning"])


def who_am_i(account: Account) -> WhoAmI:
    """Whoever signs the account's calls, asked now. Nobody can be forbidden this question (STS).

    Raises AwsError: no credentials, a key that AWS does not know, an SSO session that is over.
    """
    with translated("GetCallerIdentity"):
        answer = account.client("sts").get_caller_identity()
    if not answer.get("Arn") or not answer.get("Account"):  # an answer, but not AWS's
        raise unreadable("GetCallerIdentity", "the answer has no Arn")
    credentials = account.credentials()
    source = credentials.source if credentials is not None else ""
    arn = str(answer["Arn"])
    kind, _, rest = arn.split(":", 5)[-1].partition("/")
    return WhoAmI(
        account_id=str(answer["Account"]),
        arn=arn,
        kind=kind,
        name=rest.rpartition("/")[2],
        temporary=credentials is not None and credentials.temporary,
        source=source if account.practice is None else "practice",
    )


def configured_profiles() -> list[str]:
    """The profiles of this machine's AWS configuration, read now. Raises AwsError for a broken file."""
    with translated():
        return sorted(botocore.session.Session().available_profiles)
