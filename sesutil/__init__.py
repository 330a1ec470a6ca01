"""sesutil: from nothing to a delivered, verified e-mail code through Amazon SES, as Logto sends it.

Importing this loads nothing heavy: each name below is fetched from its module when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sesutil.account import Account, AccountStatus, connect, read_status
    from sesutil.config import (
        ConnectorConfig,
        EmailTemplate,
        UsageType,
        pick_template,
    )
    from sesutil.errors import (
        AwsError,
        ChangeStopped,
        ConnectorError,
        InvalidConfig,
        InvalidMatrix,
        InvalidParameters,
        Issue,
        NoMail,
        PracticeError,
        ProjectError,
        SendError,
        SesutilError,
        TemplateNotFound,
        TestRunFailed,
    )
    from sesutil.explanations import Explanation, explain
    from sesutil.history.comparing import compare_last, compare_runs
    from sesutil.history.runs import runs_frame
    from sesutil.inbox import InboxMessage, inbox_frame, read_inbox, read_message, wait_for_code
    from sesutil.linting.checks import lint_template
    from sesutil.linting.findings import Finding, findings_frame
    from sesutil.linting.project import lint_project
    from sesutil.linting.settings import LintSettings
    from sesutil.notebook_runs import ExecutedRun, execute_test_run
    from sesutil.practicing import Practice
    from sesutil.previewing import Preview, preview_mail
    from sesutil.projects import Project, init_project, load_config, open_project
    from sesutil.rendering import render
    from sesutil.requests import build_request
    from sesutil.selection import Choice
    from sesutil.sending import SendResult, send
    from sesutil.statistics.sources import Source, Statistics, read_statistics
    from sesutil.testruns.journal import run_from_journal
    from sesutil.testruns.matrix.reading import Matrix, make_matrix, read_matrix
    from sesutil.testruns.matrix.results import MatrixResult, MatrixRun
    from sesutil.testruns.matrix.running import run_matrix
    from sesutil.testruns.opening import open_run
    from sesutil.testruns.parameters import TestRunParameters
    from sesutil.testruns.results import TestResult, TestRun
    from sesutil.testruns.running import plan_run, run_tests
    from sesutil.variables import sample_payload

__version__ = "0.1.0"

_HOME = {
    "account": ("Account", "AccountStatus", "connect", "read_status"),
    "config": ("ConnectorConfig", "EmailTemplate", "UsageType", "pick_template"),
    "errors": (
        "AwsError",
        "ChangeStopped",
        "ConnectorError",
        "InvalidConfig",
        "InvalidMatrix",
        "InvalidParameters",
        "Issue",
        "NoMail",
        "PracticeError",
        "ProjectError",
        "SendError",
        "SesutilError",
        "TemplateNotFound",
        "TestRunFailed",
    ),
    "explanations": ("Explanation", "explain"),
    "history.comparing": ("compare_last", "compare_runs"),
    "history.runs": ("runs_frame",),
    "inbox": ("InboxMessage", "inbox_frame", "read_inbox", "read_message", "wait_for_code"),
    "linting.checks": ("lint_template",),
    "linting.findings": ("Finding", "findings_frame"),
    "linting.project": ("lint_project",),
    "linting.settings": ("LintSettings",),
    "notebook_runs": ("ExecutedRun", "execute_test_run"),
    "practicing": ("Practice",),
    "previewing": ("Preview", "preview_mail"),
    "projects": ("Project", "init_project", "load_config", "open_project"),
    "rendering": ("render",),
    "requests": ("build_request",),
    "selection": ("Choice",),
    "sending": ("SendResult", "send"),
    "statistics.sources": ("Source", "Statistics", "read_statistics"),
    "testruns.journal": ("run_from_journal",),
    "testruns.matrix.running": ("run_matrix",),
    "testruns.matrix.reading": ("Matrix", "make_matrix", "read_matrix"),
    "testruns.matrix.results": ("MatrixResult", "MatrixRun"),
    "testruns.opening": ("open_run",),
    "testruns.parameters": ("TestRunParameters",),
    "testruns.results": ("TestResult", "TestRun"),
    "testruns.running": ("plan_run", "run_tests"),
    "variables": ("sample_payload",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [*_MODULE_OF]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'sesutil' has no attribute {name!r}")
    value = getattr(import_module(f"sesutil.{module}"), name)
    globals()[name] = value  # the next time it is a plain attribute
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
