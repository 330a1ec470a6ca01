"""Which account a command uses: the options that say so, the connection, and the line that tells."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sesutil.commands.pieces import UsageError
from sesutil.launching import PRESETS

if TYPE_CHECKING:
    from sesutil.account import Account
    from sesutil.config import ConnectorConfig

__all__ = [
    "ConfigOption",
    "EndpointOption",
    "LiveOption",
    "Preset",
    "PresetOption",
    "ProfileOption",
    "RegionOption",
    "YesOption",
    "agree",
    "banner",
    "connect_as_asked",
    "connector_of",
]

Preset = StrEnum("Preset", [(name, name) for name in PRESETS])  # type: ignore[misc]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="connector.json; by default the project's.")
]
LiveOption = Annotated[
    bool | None,
    typer.Option(
        "--live/--practice",
        help="AWS, or the practice account. Without either: practice, unless an endpoint is configured "
        "(--endpoint-url, AWS_ENDPOINT_URL).",
        show_default=False,
    ),
]
ProfileOption = Annotated[str | None, typer.Option(help="A profile of the AWS configuration.")]
RegionOption = Annotated[str | None, typer.Option(help="Another Region than the config's.")]
EndpointOption = Annotated[str | None, typer.Option(help="Another address for SES.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before sending live.")]
PresetOption = Annotated[
    Preset | None,
    typer.Option(
        help="The practice account that was made so; by default the one chosen in 01-connect, else the project's own."
    ),
]


def connector_of(path: Path | None) -> ConnectorConfig:
    """The config of a file, or of the project that one is working in. Raises InvalidConfig and ProjectError."""
    from sesutil.projects import load_config, open_project

    return load_config(path) if path is not None else open_project().config


def connect_as_asked(
    config: ConnectorConfig,
    live: bool | None,
    profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    *,
    preset: str | None = None,
) -> Account:
    """Live or practice as said; without a word, a configured endpoint, else practice.

    Of practice accounts it is the one that was chosen in 01-connect, else the project's own.
    """
    from sesutil.account import connect
    from sesutil.choosing import connect_practice
    from sesutil.files import project_folder

    if live and endpoint_url:
        raise UsageError("--live means AWS itself: leave --endpoint-url out, or --live.")
    variables = ("AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL")
    elsewhere = endpoint_url is not None or any(os.environ.get(name) for name in variables)
    if live or (live is None and elsewhere and preset is None):
        if preset is not None:
            raise UsageError("--preset belongs to practice: leave it out, or --live.")
        practice = False if live else None
        return connect(config, practice=practice, profile=profile, region=region, endpoint_url=endpoint_url)
    for option, value in (("--profile", profile), ("--endpoint-url", endpoint_url)):
        if value is not None:
            raise UsageError(f"{option} does not belong to practice: add --live, or leave it out.")
    return connect_practice(config, project_folder(), preset=preset, region=region)


def banner(account: Account) -> str:
    """One line: practice or live, where, and of the practice accounts which."""
    parts = [
        {"practice": "PRACTICE", "live": "LIVE", "endpoint": "OTHER ENDPOINT"}[account.mode],
        account.region,
    ]
    if account.known_as:
        parts.append(f"the account that {account.known_as}")
    if account.mode != "live":
        parts.append(account.endpoint_url if account.mode == "endpoint" else "nothing leaves this machine")
    return "  ".join(parts)


def agree(account: Account, question: str, yes: bool) -> None:
    """Asks before anything leaves the machine. Without a terminal only --yes agrees."""
    if not account.leaves_machine or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} This leaves the machine: add --yes to agree, or run it in a terminal.")
    if not typer.confirm(f"{banner(account)}  {question}"):
        raise UsageError("Nothing was sent.")
