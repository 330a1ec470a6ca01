"""What a run is made with: the config and the account that its parameters mean."""

from __future__ import annotations

from sesutil.account import Account, connect
from sesutil.config import ConnectorConfig
from sesutil.projects import has_project, load_config, open_project, starter_config
from sesutil.testruns.parameters import TestRunParameters

__all__ = ["config_of", "connect_for"]


def config_of(parameters: TestRunParameters) -> ConnectorConfig:
    """The config at `config_path`, else the project's; in practice without one, the starter's.

    Raises InvalidConfig and ProjectError.
    """
    if parameters.config_path:
        return load_config(parameters.config_path)
    if parameters.practice and not has_project():
        return starter_config()
    return open_project().config


def connect_for(parameters: TestRunParameters, config: ConnectorConfig) -> Account:
    """The account to send from. Raises PracticeError and AwsError."""
    return connect(
        config,
        practice=(parameters.preset or True) if parameters.practice else None,
        profile=parameters.profile or None,
        region=parameters.region or None,
    )
