"""What a run is made with: the config, the templates, the account that is read, and the one that signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, connect
from sesutil.choosing import connect_practice, signed_as_logto
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError, InvalidParameters
from sesutil.files import project_folder
from sesutil.projects import (
    Project,
    has_project,
    load_config,
    open_project,
    starter_config,
    starter_stored_templates,
)
from sesutil.templates import StoredTemplate
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.planning import RunPlan
from sesutil.testruns.results import TestRun
from sesutil.testruns.running import plan_run, run_tests
from sesutil.whoami import who_am_i

if TYPE_CHECKING:
    from sesutil.testruns.keeping import Kept

__all__ = ["RunSetup", "config_of", "connect_for", "open_run"]


@dataclass(frozen=True)
class RunSetup:
    """What the parameters of a run mean. `account` is read and listened to; `sender` signs the sends."""

    parameters: TestRunParameters = field(repr=False)
    project: Project = field(repr=False)
    stored: tuple[StoredTemplate, ...] = field(repr=False)
    account: Account
    sender: Account = field(repr=False)

    @property
    def config(self) -> ConnectorConfig:
        return self.project.config

    def plan(self) -> RunPlan:
        """What the run would do and cost, read now. Raises what `plan_run` raises."""
        return plan_run(
            self.account,
            self.config,
            self.parameters,
            project=self.project,
            stored=self.stored,
            sender=self.sender,
        )

    def run(self, **more: Any) -> TestRun:
        """Carries the run out; `more` are `on_result`, `on_sending`, `stop` … of `run_tests`."""
        return run_tests(
            self.account,
            self.config,
            self.parameters,
            project=self.project,
            stored=self.stored,
            sender=self.sender,
            **more,
        )

    def keep(self, run: TestRun) -> Kept:
        """Writes the run as its parameters ask, without the connector's secret. Raises ProjectError."""
        from sesutil.testruns.keeping import keep_run

        secret = self.config.access_key_secret
        secrets = (secret.get_secret_value(),) if secret is not None else ()
        return keep_run(run, self.parameters, folder=self.project.folder, secrets=secrets)


def open_run(parameters: TestRunParameters) -> RunSetup:
    """Reads the config and the templates, and connects; nothing is sent.

    Raises InvalidConfig, ProjectError, PracticeError, AwsError; InvalidParameters for a signer that cannot
    sign.
    """
    config = config_of(parameters)
    project = Project(_folder(parameters), config)
    stored = starter_stored_templates() if _is_starter(parameters) else project.stored_templates()
    account = connect_for(parameters, config)
    return RunSetup(parameters, project, tuple(stored), account, _sender(parameters, config, account))


def config_of(parameters: TestRunParameters) -> ConnectorConfig:
    """The config at `config_path`, else the project's; in practice without one, the starter's.

    Raises InvalidConfig and ProjectError.
    """
    if parameters.config_path:
        return load_config(parameters.config_path)
    return starter_config() if _is_starter(parameters) else open_project().config


def connect_for(parameters: TestRunParameters, config: ConnectorConfig) -> Account:
    """The account that a run reads, and listens to.

    In practice the one that was made as `preset`, else the one chosen in 01-connect if it is one of
    practice, else the project's own. Live that of the profile; without one that of the usual chain, when
    it has credentials of the AWS account that the connector's key belongs to, else that of the key.
    Raises PracticeError, ProjectError and AwsError.
    """
    region = parameters.region or None
    if parameters.practice:
        preset = parameters.preset or None
        return connect_practice(config, _folder(parameters), preset=preset, region=region)
    if parameters.profile:
        return connect(config, profile=parameters.profile, region=region)
    if not _has_key(config):
        return connect(config, region=region)
    yours = connect(region=region or config.region)
    if parameters.signer == "account":
        return yours
    theirs = connect(config, region=region)
    return yours if _same_account(yours, theirs) else theirs


def _sender(parameters: TestRunParameters, config: ConnectorConfig, account: Account) -> Account:
    """The account whose key signs the sends: live the connector's where it has one, in practice the
    practice account's; `signer` overrules that."""
    if parameters.signer == "connector" and not _has_key(config):
        raise InvalidParameters(
            ["signer: is connector, and connector.json has no access key. Give it one, or take account."]
        )
    by_default = not parameters.practice and _has_key(config)
    if parameters.signer == "account" or not (by_default or parameters.signer == "connector"):
        return account
    sender = signed_as_logto(account, config)
    if parameters.profile and _differ(account, sender):
        raise InvalidParameters(
            [
                "profile: belongs to another AWS account than the connector's key, which signs the sends. "
                "Take a profile of that account, or set signer to account."
            ]
        )
    return sender


def _folder(parameters: TestRunParameters) -> Path:
    if parameters.config_path:
        return Path(parameters.config_path).absolute().parent
    return project_folder()


def _is_starter(parameters: TestRunParameters) -> bool:
    return parameters.practice and not parameters.config_path and not has_project()


def _has_key(config: ConnectorConfig) -> bool:
    return config.access_key_id is not None and config.access_key_secret is not None


def _same_account(yours: Account, theirs: Account) -> bool:
    """Whether there are credentials of yours, and of the same AWS account as theirs."""
    try:
        if yours.credentials() is None:
            return False
        return who_am_i(yours).account_id == who_am_i(theirs).account_id
    except AwsError:
        return False


def _differ(account: Account, sender: Account) -> bool:
    try:
        return who_am_i(account).account_id != who_am_i(sender).account_id
    except AwsError:  # which the first call of the run says better
        return False
