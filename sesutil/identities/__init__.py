"""Identities: read, looked for, planned, waited for."""

from sesutil.identities.elsewhere import other_regions
from sesutil.identities.names import IdentityName, domain_of_name, identity_name, identity_names, parents_of
from sesutil.identities.planning import (
    plan_delete,
    plan_dkim_signing,
    plan_identity,
    plan_mail_from,
    plan_new_keys,
    plan_new_link,
    suggested_mail_from,
)
from sesutil.identities.reading import (
    IDENTITY_COLUMNS,
    DkimState,
    IdentityState,
    ListedIdentity,
    MailFromState,
    covering_identities,
    identities_frame,
    list_identities,
    read_identities,
    read_identity,
)
from sesutil.identities.waiting import wait_until_verified

__all__ = [
    "IDENTITY_COLUMNS",
    "DkimState",
    "IdentityName",
    "IdentityState",
    "ListedIdentity",
    "MailFromState",
    "covering_identities",
    "domain_of_name",
    "identities_frame",
    "identity_name",
    "identity_names",
    "list_identities",
    "other_regions",
    "parents_of",
    "plan_delete",
    "plan_dkim_signing",
    "plan_identity",
    "plan_mail_from",
    "plan_new_keys",
    "plan_new_link",
    "read_identities",
    "read_identity",
    "suggested_mail_from",
    "wait_until_verified",
]
