"""What Logto puts into a mail of each usage type: the names for placeholders, and samples of them.

From Logto's documentation of e-mail templates and its core (`buildOrganizationContextInfo`,
`buildUserContextInfo` and their callers), August 2026. What is always there, what is there only
sometimes, and who writes it, matter: a placeholder whose root is missing is mailed as it is, and a
value that a user wrote gets into the HTML unescaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from sesutil.config import UsageType

__all__ = [
    "CONTEXTS",
    "Context",
    "has_parts",
    "known_roots",
    "path_exists",
    "paths_below",
    "proof_variable",
    "sample_payload",
    "variable_paths",
    "variables_of",
    "written_by_users",
]

Presence = Literal["always", "sometimes"]
Context = Literal["none", "usual", "full", "hostile"]
CONTEXTS: tuple[Context, ...] = ("none", "usual", "full", "hostile")
"""How much a sample payload has, see `sample_payload`."""

# A tree of names: {} is a value without parts, None one whose parts are not known here.
_APPLICATION: dict[str, Any] = {"id": {}, "name": {}, "displayName": {}, "branding": None}
_ORGANIZATION: dict[str, Any] = {"id": {}, "name": {}, "branding": None}
_PROFILE = (
    "familyName givenName middleName nickname preferredUsername profile website gender birthdate zoneinfo "
    "locale"
)
_USER: dict[str, Any] = {
    **{name: {} for name in "id avatar name primaryEmail primaryPhone username".split()},
    "profile": {**{name: {} for name in _PROFILE.split()}, "address": None},
}
_TREES: dict[str, dict[str, Any] | None] = {
    "code": {},
    "link": {},
    "application": _APPLICATION,
    "organization": _ORGANIZATION,
    "user": _USER,
    "inviter": _USER,
    "locale": {},
    "uiLocales": None,
}
_SIGNING_IN: dict[str, Presence] = {
    "code": "always",
    "application": "always",
    "organization": "sometimes",
}
_SIGNED_IN: dict[str, Presence] = {"code": "always", "user": "always", "application": "sometimes"}
_ROOTS: dict[str, dict[str, Presence]] = {
    UsageType.SIGN_IN: _SIGNING_IN,
    UsageType.REGISTER: _SIGNING_IN,
    UsageType.FORGOT_PASSWORD: _SIGNING_IN,
    UsageType.USER_PERMISSION_VALIDATION: _SIGNED_IN,
    UsageType.BIND_NEW_IDENTIFIER: _SIGNED_IN,
    UsageType.MFA_VERIFICATION: _SIGNED_IN,
    UsageType.BIND_MFA: _SIGNED_IN,
    UsageType.GENERIC: {"code": "always"},
    UsageType.ORGANIZATION_INVITATION: {"link": "always", "organization": "always", "inviter": "always"},
}
_ANYWHERE: dict[str, Presence] = {"locale": "always", "uiLocales": "always"}

# People choose these about themselves or what they own; an application's name is its developer's.
_USERS_OWN = ("user", "inviter")
_NOT_FREE_TEXT = ("id", "primaryEmail", "primaryPhone")  # made or checked by Logto


def variables_of(usage_type: str) -> Mapping[str, Presence]:
    """The roots that a mail of this type can have, and whether they are always there.

    Empty for a type that Logto does not send.
    """
    roots = _ROOTS.get(usage_type)
    return {**roots, **_ANYWHERE} if roots else {}


def known_roots() -> tuple[str, ...]:
    """The roots that Logto has for any type."""
    return tuple(_TREES)


def path_exists(path: str) -> bool:
    """Whether a path below a known root is one that Logto fills; True where that is not known."""
    root, *parts = path.split(".")
    tree = _TREES.get(root)
    for part in parts:
        if tree is None:
            return True
        if part not in tree:
            return False
        tree = tree[part]
    return True


def has_parts(path: str) -> bool:
    """Whether a path leads to an object, which becomes `[object Object]` in a mail; False if not known."""
    root, *parts = path.split(".")
    tree = _TREES.get(root)
    if root == "uiLocales":
        return False  # a text, or a list, which becomes one
    for part in parts:
        if tree is None or part not in tree:
            return False
        tree = tree[part]
    return path in ("application.branding", "organization.branding") or bool(tree)


def written_by_users(path: str) -> bool:
    """Whether the value is text that a user of the app may have written."""
    root, _, rest = path.partition(".")
    if root == "organization":
        return rest != "id" and not rest.startswith("branding")
    return root in _USERS_OWN and rest not in _NOT_FREE_TEXT


def paths_below(root: str) -> list[str]:
    """The paths to the values of a root: `user.name`, `user.profile.givenName` …"""

    def below(path: str, tree: dict[str, Any] | None) -> Iterator[str]:
        if not tree:
            yield path
            return
        for name, inner in tree.items():
            yield from below(f"{path}.{name}", inner)

    return list(below(root, _TREES[root])) if root in _TREES else []


def variable_paths(usage_type: str) -> list[str]:
    """The paths to offer for a type, the one that the mail is for first: `code`, `application.name` …"""
    return [path for root in variables_of(usage_type) for path in paths_below(root)]


def proof_variable(usage_type: str) -> str:
    """What a mail of this type is for: its `code`, or the `link` of an invitation."""
    return "link" if usage_type == UsageType.ORGANIZATION_INVITATION else "code"


_LINK = "https://example.com/invitation/"
_HOSTILE_NAME = '<b>Mallory</b> <a href="https://example.org/">Your prize</a>'


def sample_payload(usage_type: str, code: str = "000000", *, context: Context = "usual") -> dict[str, Any]:
    """A payload as Logto gives it for a usage type.

    `context` usual: what is always there. full: everything that Logto may add. hostile: the same with HTML
    in every value that users write. none: the `code` (an invitation's `link`) alone, as Logto's console
    sends it with its test. The link of an invitation ends in `code`, so that each can be told from others.
    """
    samples = _samples(code, _HOSTILE_NAME if context == "hostile" else None)
    roots = variables_of(usage_type) or {"code": "always"}
    if context == "none":
        return {name: samples[name] for name in (proof_variable(usage_type),)}
    wanted = roots if context != "usual" else {name for name, there in roots.items() if there == "always"}
    return {name: samples[name] for name in roots if name in wanted}


def _samples(code: str, name: str | None) -> dict[str, Any]:
    branding = {"logoUrl": "https://example.com/logo.png", "favicon": "https://example.com/favicon.ico"}
    user = {
        "id": "u5e9c0k2m1x7",
        "avatar": "https://example.com/avatar.png",
        "name": name or "Ada Lovelace",
        "primaryEmail": "ada@example.com",
        "primaryPhone": "15550100",
        "username": name or "ada",
        "profile": {"givenName": name or "Ada", "familyName": name or "Lovelace", "locale": "en"},
    }
    return {
        "code": code,
        "link": _LINK + code,
        "application": {
            "id": "a1b2c3",
            "name": "Sample app",
            "displayName": "Sample app",
            "branding": branding,
        },
        "organization": {"id": "sample", "name": name or "Sample organization", "branding": branding},
        "user": user,
        "inviter": {**user, "name": name or "Grace Hopper", "primaryEmail": "grace@example.com"},
        "locale": "en",
        "uiLocales": "en",
    }
