"""A test run: each usage type to each recipient, sent, read back, and judged.

`notebooks/test-run.ipynb` and `sesutil test-run` are this module with a face. In practice a mail
counts as proven when the code that was sent is found in the inbox. Live, "accepted" is all that is
known here, and the results say so.
"""

from __future__ import annotations

import difflib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sesutil.account import Account, connect, read_status
from sesutil.addresses import is_simulator, parse_mailbox, recipient_problem
from sesutil.config import ConnectorConfig, UsageType
from sesutil.errors import InvalidParameters, ProjectError, SendError, SesutilError, TestRunFailed
from sesutil.files import replace_file
from sesutil.inbox import carries, read_message
from sesutil.linting.placeholders import template_findings
from sesutil.projects import has_project, load_config, open_project, starter_config
from sesutil.sending import SendResult, send
from sesutil.variables import proof_variable, sample_payload

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RESULT_COLUMNS",
    "TestResult",
    "TestRun",
    "TestRunParameters",
    "run_tests",
]

RESULT_COLUMNS = {
    "usage_type": "str",
    "recipient": "str",
    "outcome": "str",
    "proof": "str",
    "code": "str",
    "error": "str",
    "next_step": "str",
    "seconds": "float64",
    "sent_at": "datetime64[us, UTC]",
    "message_id": "str",
}
"""Columns of a run's frame, with dtypes; `TestRun.frame` says what they mean."""

DEFAULT_RECIPIENTS = ("success@simulator.amazonses.com",)
_CODE = re.compile(r"[A-Za-z0-9]{4,12}", re.ASCII)


@dataclass(frozen=True)
class TestRunParameters:
    """What a run is made from, checked. `check` makes one from a notebook's parameters."""

    __test__ = False

    config_path: str = ""
    recipients: tuple[str, ...] = DEFAULT_RECIPIENTS
    usage_types: tuple[str, ...] = tuple(UsageType)
    code: str = "000000"
    practice: bool = True
    profile: str = ""
    region: str = ""
    results_path: str = ""

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> TestRunParameters:
        """The parameters from plain values: texts, lists of texts, true and false.

        Raises InvalidParameters with everything that is wrong: a name that is none, with the
        nearest ones; a usage type that Logto does not send; an address that is none; a code that
        lost its zeros because it came as a number.
        """
        known = [parameter.name for parameter in fields(cls)]
        values: dict[str, Any] = {
            parameter.name: given.get(parameter.name, parameter.default) for parameter in fields(cls)
        }
        problems = [
            f"There is no parameter called {_near(name, known)}" for name in given if name not in known
        ]
        for name in ("recipients", "usage_types"):
            values[name] = _texts(name, values[name], problems)
        problems += [
            f"recipients: {address!r}: {problem}"
            for address in values["recipients"]
            if (problem := recipient_problem(address))
        ]
        problems += [
            f"usage_types: there is none called {_near(name, list(UsageType))}"
            for name in values["usage_types"]
            if name not in tuple(UsageType)
        ]
        if not isinstance(values["code"], str) or not _CODE.fullmatch(values["code"]):
            problems.append(
                "code: should be a text of 4 to 12 letters and digits. (Papermill makes a number of digits: "
                'give them with -r code 012345, or as "012345" in YAML.)'
            )
        if not isinstance(values["practice"], bool):
            problems.append("practice: should be true (the practice account) or false (live).")
        for name in ("config_path", "profile", "region", "results_path"):
            values[name] = "" if values[name] is None else values[name]
            if not isinstance(values[name], str):
                problems.append(f"{name}: should be a text; leave it empty for the usual one.")
        if values["practice"] is True and values["profile"]:
            problems.append("profile: belongs to a live run. Set practice to false, or leave it empty.")
        if problems:
            raise InvalidParameters(problems)
        return cls(**values)

    @classmethod
    def check_notebook(cls, namespace: Mapping[str, Any]) -> TestRunParameters:
        """The parameters from a notebook's globals(), right after its parameters cell.

        Papermill puts every parameter there and only warns of unknown ones; here each plain value
        that is no parameter counts as a misspelt one. Raises InvalidParameters.
        """
        plain = (str, int, float, list, tuple, dict, type(None))
        return cls.check(
            {
                name: value
                for name, value in namespace.items()
                if isinstance(value, plain) and not name.startswith("_") and name not in ("In", "Out")
            }
        )

    def load_config(self) -> ConnectorConfig:
        """The config at `config_path`, else the project's; in practice without one, the starter's.

        Raises InvalidConfig and ProjectError.
        """
        if self.config_path:
            return load_config(self.config_path)
        if self.practice and not has_project():
            return starter_config()
        return open_project().config

    def connect(self, config: ConnectorConfig) -> Account:
        """The account to send from. Raises PracticeError and AwsError."""
        return connect(
            config,
            practice=True if self.practice else None,
            profile=self.profile or None,
            region=self.region or None,
        )

    def cases(self) -> list[tuple[str, str]]:
        """(usage type, recipient) in the order in which they are sent."""
        return [(usage_type, to) for usage_type in self.usage_types for to in self.recipients]


@dataclass(frozen=True)
class TestResult:
    """What became of one mail. See `TestRun.frame` for the fields."""

    __test__ = False

    usage_type: str
    recipient: str
    outcome: Literal["proven", "accepted", "refused", "lost", "failed"]
    proof: str
    sent_at: datetime
    seconds: float
    code: str | None = None
    error: str | None = None
    next_step: str | None = None
    message_id: str | None = None

    @property
    def ok(self) -> bool:
        return self.outcome in ("proven", "accepted")


@dataclass(frozen=True)
class TestRun:
    """A run that is over."""

    __test__ = False

    mode: str
    region: str
    started: datetime
    results: tuple[TestResult, ...] = field(repr=False)

    @property
    def failed(self) -> list[TestResult]:
        return [result for result in self.results if not result.ok]

    def frame(self) -> pd.DataFrame:
        """The results, a row per mail, with the columns of RESULT_COLUMNS; also when there are none.

        usage_type, recipient
            What was sent to whom.
        outcome
            proven: accepted, and the code (the link) was found in the inbox. accepted: SES took it,
            more is not known. refused: SES or the endpoint said no. lost: accepted, but not in the
            inbox, or without the code. failed: sesutil could not build or read it.
        proof
            A sentence on what the outcome rests on.
        code, error, next_step, message_id
            None where there is none. `error` is AWS's code and text, `next_step` what to do.
        seconds
            From the call to the proof, waiting for the rate not counted.
        sent_at
            UTC.
        """
        import pandas as pd

        rows = [[getattr(result, name) for name in RESULT_COLUMNS] for result in self.results]
        return pd.DataFrame(rows, columns=list(RESULT_COLUMNS)).astype(RESULT_COLUMNS)

    def summary(self) -> str:
        """`9 of 9 proven (practice, us-east-1)`."""
        counts: dict[str, int] = {}
        for result in self.results:
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
        parts = [f"{number} of {len(self.results)} {outcome}" for outcome, number in counts.items()]
        return f"{', '.join(parts) or 'nothing sent'} ({self.mode}, {self.region})"

    def raise_for_failures(self) -> None:
        """Raises TestRunFailed when a mail was not accepted or not proven."""
        if self.failed:
            lines = [
                f"  - {result.usage_type} to {result.recipient}: {result.outcome}. {result.proof}"
                + (f" Next step: {result.next_step}" if result.next_step else "")
                for result in self.failed
            ]
            raise TestRunFailed(
                f"{len(self.failed)} of {len(self.results)} mails failed:\n" + "\n".join(lines)
            )

    def write(self, path: str | Path) -> None:
        """The run as JSON, replaced whole. An empty path writes nothing. Raises ProjectError."""
        if not path:
            return
        record = {
            "mode": self.mode,
            "region": self.region,
            "started": self.started.isoformat(),
            "summary": self.summary(),
            "ok": not self.failed,
            "results": [
                {name: _plain(getattr(result, name)) for name in RESULT_COLUMNS} for result in self.results
            ],
        }
        try:
            replace_file(Path(path), json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise ProjectError(f"{path} cannot be written: {error.strerror}.") from None


def run_tests(
    account: Account,
    config: ConnectorConfig,
    parameters: TestRunParameters | None = None,
    *,
    on_result: Callable[[TestResult], None] = lambda result: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> TestRun:
    """Sends every case, paced below the account's rate, and judges each; goes on after a refusal.

    Raises AwsError when the account cannot be read, InvalidParameters when the run would exceed
    what the account may still send today: then nothing is sent.
    """
    parameters = parameters or TestRunParameters()
    status = read_status(account)
    cases = parameters.cases()
    counted = sum(not is_simulator(parse_mailbox(to)) for _, to in cases)
    if status.left_24_hours is not None and counted > status.left_24_hours:
        raise InvalidParameters(
            [
                f"The run would send to {counted} recipients, and the account may send to "
                f"{status.left_24_hours} more within 24 hours. Take fewer recipients or usage types."
            ]
        )
    results = []
    pace = _pace(status.max_per_second, clock, sleep)
    started = datetime.now(UTC)
    for usage_type, to in cases:
        next(pace)
        result = _try(account, config, usage_type, to, parameters.code, clock)
        results.append(result)
        on_result(result)
    return TestRun(account.mode, account.region, started, tuple(results))


def _try(
    account: Account,
    config: ConnectorConfig,
    usage_type: str,
    to: str,
    code: str,
    clock: Callable[[], float],
) -> TestResult:
    payload = sample_payload(usage_type, code)
    begin, sent_at = clock(), datetime.now(UTC)

    def result(outcome: Any, proof: str, **more: Any) -> TestResult:
        seconds = clock() - begin
        return TestResult(usage_type, to, outcome, proof, sent_at, seconds, **more)

    try:
        sent = send(account, config, to=to, usage_type=usage_type, payload=payload)
        if account.practice is None:
            proof = "SES accepted it. Whether it was delivered is not known here."
            return result("accepted", proof, message_id=sent.message_id)
        return _read_back(account, config, usage_type, code, sent, result)
    except SendError as error:
        said = f"{error.code}: {error.message}" if error.message else error.code
        next_step = error.explanation.fix
        return result("refused", error.explanation.cause, error=said, next_step=next_step)
    except SesutilError as error:
        return result("failed", str(error), error=type(error).__name__)


def _read_back(
    account: Account,
    config: ConnectorConfig,
    usage_type: str,
    code: str,
    sent: SendResult,
    result: Callable[..., TestResult],
) -> TestResult:
    assert sent.message_id is not None
    found = read_message(account, sent.message_id)
    if found is None:
        proof = "Accepted, but not in the practice inbox."
        return result("lost", proof, message_id=sent.message_id)
    if not found.arrives:
        proof = "Accepted, but it does not reach the recipient: it bounces, or is suppressed."
        return result("lost", proof, message_id=sent.message_id)
    variable = proof_variable(usage_type)
    if carries(found, sample_payload(usage_type, code)[variable]):
        return result(
            "proven",
            f"Found in the inbox, with its {variable}.",
            code=code if variable == "code" else None,
            message_id=sent.message_id,
        )
    return result(
        "lost",
        f"In the inbox, but without the {variable} that was sent.",
        message_id=sent.message_id,
        next_step=" ".join(template_findings(config, usage_type))
        or f"Put {{{{{variable}}}}} into the {usage_type} template.",
    )


def _pace(per_second: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> Iterator[None]:
    """Yields no more often than nine tenths of the account's rate."""
    gap = 1 / (0.9 * per_second) if per_second > 0 else 0.0
    last = None
    while True:
        if last is not None and (wait := last + gap - clock()) > 0:
            sleep(wait)
        last = clock()
        yield


def _near(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    meant = f"Do you mean {' or '.join(near)}?" if near else f"Known are: {', '.join(known)}."
    return f"{name!r}. {meant}"


def _texts(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]  # how a shell gives a list
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        problems.append(f"{name}: should be a list of texts.")
        return ()
    if not value:
        problems.append(f"{name}: is empty, so nothing would be sent.")
    return tuple(dict.fromkeys(value))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
