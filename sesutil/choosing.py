"""Which account the onboarding notebooks work in: chosen once in 01-connect, kept for the project.

What is kept is the way to the account (practice or live, the profile's name, the Region), never a key.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from sesutil.account import Account, connect, domain_of
from sesutil.config import ConnectorConfig
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.files import replace_file
from sesutil.launching import PRESETS, ensure_practice_of
from sesutil.projects import Project
from sesutil.regions import is_ses_region

__all__ = [
    "AccountChoice",
    "choice_for",
    "chosen_practice",
    "connect_by",
    "connect_chosen",
    "connect_for_sending",
    "connect_practice",
    "has_choice",
    "read_choice",
    "save_choice",
    "signed_as_logto",
]

Mode = Literal["practice", "live"]
Source = Literal["profile", "chain", "connector"]


@dataclass(frozen=True)
class AccountChoice:
    """The way to an account.

    `mode` practice: the project's practice account that was made as `preset`. `mode` live: AWS, signed
    by `credentials`: a `profile` of the AWS configuration, boto3's chain (environment, default profile,
    SSO, instance role), or the connector's own key. `region` None is the connector's. What belongs to
    the other mode is kept, so that one can go back and forth.
    """

    mode: Mode = "practice"
    preset: str = "new"
    profile: str | None = None
    region: str | None = None
    credentials: Source = "chain"


def read_choice(folder: str | Path) -> AccountChoice:
    """What was chosen for the project; practice, with a new account, where nothing was.

    Raises ProjectError for a file that makes no sense: it is not taken for practice, nor for live.
    """
    path = _path(folder)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return AccountChoice()
    except (OSError, ValueError) as error:
        raise _unreadable(getattr(error, "strerror", None) or "it holds no JSON") from None
    problem = _problem(document)
    if problem:
        raise _unreadable(problem)
    known = {field.name for field in fields(AccountChoice)}
    return AccountChoice(**{key: value for key, value in document.items() if key in known})


def has_choice(folder: str | Path) -> bool:
    """Whether an account was chosen for the project, in 01-connect as a rule."""
    return _path(folder).exists()


def save_choice(folder: str | Path, choice: AccountChoice) -> None:
    """Keeps the choice for all notebooks of the project. Raises ProjectError."""
    try:
        replace_file(_path(folder), json.dumps(asdict(choice), indent=2) + "\n")
    except OSError as error:
        raise ProjectError(
            f"The choice of the account cannot be kept in .sesutil/account.json: {error.strerror}. Make the "
            "project's folder writable."
        ) from None


def choice_for(folder: str | Path, account: str = "") -> AccountChoice:
    """What a notebook's parameter `account` means: empty, "practice" or "live".

    Empty is what was chosen; "practice" and "live" overrule that, with the preset, the profile and the
    credentials that were chosen along with it. Raises InvalidParameters, ProjectError.
    """
    if account not in ("", *get_args(Mode)):
        raise InvalidParameters(
            [f'account is {account!r}. Give "practice", "live", or nothing for what 01-connect chose.']
        )
    choice = read_choice(folder)
    return AccountChoice(**{**asdict(choice), "mode": account}) if account else choice


def connect_chosen(project: Project, account: str = "", *, keep: bool = True) -> Account:
    """The account that the onboarding works in: what `choice_for` says, connected.

    With `keep` it counts as chosen from then on, where nothing was: test mails are sent from the account
    that the onboarding has begun with. Raises what `choice_for`, `connect_by` and `save_choice` raise.
    """
    choice = choice_for(project.folder, account)
    connected = connect_by(project, choice)
    if keep and choice.mode == "practice" and not has_choice(project.folder):
        save_choice(project.folder, choice)
    return connected


def chosen_practice(folder: str | Path) -> AccountChoice | None:
    """The practice account that was chosen for the project; None where none was, or AWS.

    Raises ProjectError.
    """
    choice = read_choice(folder) if has_choice(folder) else None
    return choice if choice is not None and choice.mode == "practice" else None


def connect_for_sending(project: Project, account: str = "") -> Account:
    """The account that mails are sent from: the one chosen in 01-connect, else the project's own of practice.

    `account` is that of `choice_for`; "practice" where AWS was chosen is the project's own, too: one
    that began empty could send nothing. A preset's name ("new", "ready", "production") is the practice
    account that was made so. Raises what `choice_for` and `connect_by` raise.
    """
    if account in PRESETS:
        # The project's own is one that is ready, also where it is yet to be made.
        return _connect_practice(project.config, project.folder, account, None, beside=account != "ready")
    choice = choice_for(project.folder, account)
    if choice.mode == "live":
        return connect_by(project, choice)
    return connect_practice(project.config, project.folder)


def connect_practice(
    config: ConnectorConfig, folder: str | Path, *, preset: str | None = None, region: str | None = None
) -> Account:
    """A practice account of the project in `folder`: the one made as `preset`.

    Without a preset the one that was chosen in 01-connect, else the project's own. Never AWS, also
    where AWS was chosen. Raises PracticeError, ProjectError.
    """
    chosen = chosen_practice(folder) if preset is None else None
    if chosen is not None:
        return _connect_practice(config, folder, chosen.preset, region or chosen.region, beside=True)
    return _connect_practice(config, folder, preset, region, beside=False)


def signed_as_logto(account: Account, config: ConnectorConfig) -> Account:
    """The account as Logto uses it, by the connector's own key; where it has none, the account as it is."""
    if config.access_key_id is None or config.access_key_secret is None:
        return account
    return account.signed_by(config.access_key_id, config.access_key_secret.get_secret_value())


def connect_by(project: Project, choice: AccountChoice) -> Account:
    """Connects as chosen; there is no fallback. Practice is started when it is not running.

    Raises PracticeError; AwsError for a profile or a Region that does not exist; ProjectError when the
    connector's key is wanted and connector.json has none.
    """
    config = project.config
    if choice.mode == "practice":
        # Whoever begins here keeps the project's own account for the first mail in 00-start-here.
        return _connect_practice(config, project.folder, choice.preset, choice.region, beside=True)
    region = choice.region or config.region or None
    if choice.credentials == "connector":
        if config.access_key_id is None or config.access_key_secret is None:
            raise ProjectError(
                "connector.json has no access key to sign with. Fill in accessKeyId and accessKeySecret, or "
                "choose a profile."
            )
        return connect(config, region=region)
    # Without the config: its key would go before the chain.
    return connect(profile=choice.profile if choice.credentials == "profile" else None, region=region)


def _connect_practice(
    config: ConnectorConfig, folder: str | Path, preset: str | None, region: str | None, *, beside: bool
) -> Account:
    region = region or config.region or None
    endpoint = ensure_practice_of(
        Path(folder),
        preset=preset,
        beside=beside,
        # A misspelt one stops no account from starting: its calls are refused, as AWS's would be.
        region=region if region is not None and is_ses_region(region) else None,
        domain=domain_of(config),
    )
    return connect(config, practice=endpoint, region=region)


def _path(folder: str | Path) -> Path:
    return Path(folder) / ".sesutil" / "account.json"


def _problem(document: Any) -> str:
    if not isinstance(document, dict):
        return "it holds no JSON object"
    choices = {"mode": get_args(Mode), "preset": PRESETS, "credentials": get_args(Source)}
    for name, allowed in choices.items():
        if name in document and document[name] not in allowed:
            return f"{name} is none of {', '.join(allowed)}"
    for name in ("profile", "region"):
        if not isinstance(document.get(name), str | None):
            return f"{name} is no text"
    if document.get("credentials") == "profile" and not document.get("profile"):
        return "it names no profile"
    return ""


def _unreadable(what: str) -> ProjectError:
    return ProjectError(
        f"The choice of the account in .sesutil/account.json cannot be used: {what}. Choose again in "
        "01-connect, or delete the file: then it is the practice account."
    )
