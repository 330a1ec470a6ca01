"""The record of a run that could not give one itself: from its journal, else with every mail not sent."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sesutil.config import ConnectorConfig
from sesutil.errors import ProjectError, SesutilError
from sesutil.files import project_folder
from sesutil.projects import load_config, starter_config, starter_stored_templates
from sesutil.templates import StoredTemplate, read_stored_templates
from sesutil.testruns.cases import make_cases
from sesutil.testruns.execution.holding import HeldJournal
from sesutil.testruns.journal import BEGIN, JournalContent, read_journal, unsent
from sesutil.testruns.mails import languages_of
from sesutil.testruns.parameters import ALL_LANGUAGES, TestRunParameters
from sesutil.testruns.results import TestResult, TestRun

__all__ = ["journal_at", "project_of", "run_left_behind", "secrets_of", "unstarted_run"]

_DELETED = "Its journal was deleted while it went on."
_EMPTIED = "Its journal was emptied while it went on."


def project_of(parameters: TestRunParameters, start: Path | None = None) -> Path:
    """The project's folder: that of `config_path`, else the one around `start` (see `project_folder`)."""
    if parameters.config_path:
        return Path(parameters.config_path).absolute().parent
    return project_folder(start)


def run_left_behind(
    parameters: TestRunParameters,
    project: Path,
    journal: Path,
    stopped: str,
    *,
    not_of: str | None = None,
    held: HeldJournal | None = None,
    has_begun: bool = False,
) -> TestRun:
    """The run as its journal tells it, `stopped` as said; where it never began a journal nothing was sent.

    Of a journal that makes no sense (a disk that lost what was written), and of one that is gone though the
    run had begun (`has_begun`), nobody knows what was sent. A run that the journal says came to its end has
    no reason to have stopped: there it is a note. `not_of` is the id of an earlier run, whose journal says
    nothing of this one. `held` knows the journal also when it was deleted.
    """
    if held is not None and held.gaps:
        known = held.content
        if known is None or known.id == not_of:
            return _untold_run(parameters, project, f"{stopped} {_EMPTIED}")
        return _ended(known, f"{stopped} {_EMPTIED}", gaps=True)
    if held is not None and (content := held.content) is not None and content.id != not_of:
        return _ended(content, stopped)
    if held is not None and held.is_gone:  # perhaps deleted before the run wrote it, perhaps meanwhile
        return _untold_run(parameters, project, f"{stopped} {_DELETED}")
    try:
        content = read_journal(journal)
    except ProjectError as error:
        if _has_begun(journal):
            said = str(error).replace(str(journal), journal.name)  # it gets into reports
            return _untold_run(parameters, project, f"{stopped} {said}")
        if has_begun:
            return _untold_run(parameters, project, f"{stopped} {_DELETED}")
        return unstarted_run(parameters, project, stopped)
    if content.id == not_of:
        return unstarted_run(parameters, project, stopped)
    return _ended(content, stopped)


def _ended(content: JournalContent, stopped: str, *, gaps: bool = False) -> TestRun:
    run = content.run()
    if gaps:
        run = replace(run, results=tuple(_untold(one) if one.attempts == 0 else one for one in run.results))
    if content.ended is None:
        return replace(run, stopped=stopped)
    return replace(run, notes=(*run.notes, f"Afterwards: {stopped}"))


def journal_at(path: Path) -> JournalContent | None:
    """What the journal says; None where there is none that can be read."""
    try:
        return read_journal(path)
    except ProjectError:
        return None


def _has_begun(journal: Path) -> bool:
    """Whether it is a run's, with a whole first line, before which nothing is sent."""
    try:
        with journal.open("rb") as file:
            first = file.readline()
            return first.startswith(BEGIN) and first.endswith(b"\n")
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _untold_run(parameters: TestRunParameters, project: Path, stopped: str) -> TestRun:
    run = unstarted_run(parameters, project, stopped)
    return replace(run, results=tuple(_untold(result) for result in run.results))


def _untold(result: TestResult) -> TestResult:
    return replace(
        result,
        status="unknown",
        outcome="unknown",
        proof="The journal cannot be read, so nobody knows whether it was sent.",
        next_step="Look into the recipient's inbox before sending it again.",
    )


def unstarted_run(parameters: TestRunParameters, project: Path, stopped: str) -> TestRun:
    """A run of which no mail was sent."""
    now = datetime.now(UTC)
    config, stored = _read(parameters, project)
    languages = tuple(language for language in languages_of(parameters, stored) if language != ALL_LANGUAGES)
    cases = make_cases(parameters.usage_types, languages, parameters.all_recipients)
    region = parameters.region or (config.region if config is not None else None) or ""
    return TestRun(
        id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        name=parameters.name,
        mode="practice" if parameters.practice else "live",
        region=region,
        started=now,
        ended=now,
        results=tuple(
            replace(unsent(case), proof="The run ended before it began to send.") for case in cases
        ),
        stopped=stopped,
        parameters=parameters.plain(),
    )


def secrets_of(parameters: TestRunParameters, project: Path) -> tuple[str, ...]:
    """The connector's secret, which must be in nothing that is written."""
    config, _ = _read(parameters, project)
    secret = config.access_key_secret if config is not None else None
    return (secret.get_secret_value(),) if secret else ()


def _read(
    parameters: TestRunParameters, project: Path
) -> tuple[ConnectorConfig | None, list[StoredTemplate]]:
    config: ConnectorConfig | None = None
    stored: list[StoredTemplate] = []
    path = Path(parameters.config_path or project / "connector.json")
    if parameters.practice and not parameters.config_path and not path.exists():
        return starter_config(), starter_stored_templates()
    with suppress(SesutilError):  # such an error may be the very reason why the run did not begin
        stored = read_stored_templates(project / "templates")
    with suppress(SesutilError):
        config = load_config(path)
    return config, stored
