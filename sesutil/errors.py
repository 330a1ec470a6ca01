"""The errors of sesutil, by what the reader can do about them.

::

    SesutilError
    ├── ConnectorError            what Logto's connector itself would answer; `.code` is Logto's code
    │   ├── InvalidConfig         mend connector.json; `.issues` says where
    │   └── TemplateNotFound      add a template of that usage type, or a Generic one
    ├── AwsError                  AWS (or the way to it) said no; `.explanation` says what to do
    │   ├── SendError             … to a send: Logto calls it `invalid_response`
    │   └── ChangeStopped         … to a change of several calls; `.done` says which were carried out
    ├── PracticeError             the practice account cannot be started, found or reached
    │   └── NoMail                … or its inbox holds no mail such as was waited for; a TimeoutError, too
    ├── ProjectError              a file of the project folder cannot be read or written
    ├── InvalidParameters         a run was asked for with parameters that make no sense
    │   └── InvalidMatrix         … or several, by a file: it says in which line of which run
    ├── NotAllowed                the project's own list of recipients keeps a mail from being sent
    ├── MessageRateLimited        Logto would send no further code to this recipient for now
    ├── TestRunFailed             a test run was carried out, and something in it failed
    └── StatisticsFailed          the statistics are written, and a threshold was passed, or much was not read

Every message says what happened and what to do next. None of them carries a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from sesutil.explanations import Explanation

__all__ = [
    "AwsError",
    "ChangeStopped",
    "ConnectorError",
    "InvalidConfig",
    "InvalidMatrix",
    "InvalidParameters",
    "Issue",
    "MessageRateLimited",
    "NoMail",
    "NotAllowed",
    "PracticeError",
    "ProjectError",
    "SendError",
    "SesutilError",
    "StatisticsFailed",
    "TemplateNotFound",
    "TestRunFailed",
    "own_fault",
]


class SesutilError(Exception):
    """The root: catch this to catch everything that sesutil raises on purpose."""

    connector_code: ClassVar[str | None] = None
    """Logto's connector error code for this, or None where Logto has no such error."""

    def _render_traceback_(self, *details: object) -> list[str]:
        """What IPython shows in place of a traceback: the way through our code helps nobody."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Issue:
    """One thing wrong with a config.

    `path` leads to the value as in Logto: keys and list positions, `()` for the whole
    document. `message` never shows the value, which may be a secret.
    """

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        place = ""
        for part in self.path:
            place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else part
        return f"{place}: {self.message}" if place else self.message


class ConnectorError(SesutilError):
    """What Logto's connector would refuse as well; `.code` is the code that it would give."""

    @property
    def code(self) -> str:
        return self.connector_code or "general"


class InvalidConfig(ConnectorError):
    """The config is not one that Logto takes. `.issues` lists all that is wrong, not just the first."""

    connector_code = "invalid_config"

    def __init__(self, issues: Sequence[Issue], source: str = "the connector config") -> None:
        self.issues: list[Issue] = list(issues)
        self.source = source
        if len(self.issues) == 1 and not self.issues[0].path:
            text = f"{source} {self.issues[0].message}"
        else:
            lines = "\n".join(f"  - {issue}" for issue in self.issues)
            text = f"{source} is not a config that Logto's SES connector takes:\n{lines}"
        super().__init__(text)


class TemplateNotFound(ConnectorError):
    """Neither a template of the usage type nor a Generic one is there."""

    connector_code = "template_not_found"

    def __init__(self, usage_type: str) -> None:
        self.usage_type = usage_type
        super().__init__(
            f"Cannot find template for type: {usage_type}. "
            f"Add one with usageType {usage_type!r}, or one with 'Generic', to the config's templates."
        )


class AwsError(SesutilError):
    """A call was refused, or never got an answer.

    `code` and `message` are AWS's own, untouched (for a fault on the way: botocore's class name
    and text). `http_status` and `request_id` are None when there was no answer.
    """

    def __init__(
        self,
        *,
        code: str,
        message: str,
        explanation: Explanation,
        http_status: int | None = None,
        request_id: str | None = None,
        operation: str | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.http_status = http_status
        self.request_id = request_id
        self.operation = operation
        self.explanation = explanation
        super().__init__(code, message)

    def __str__(self) -> str:
        status = f" (HTTP {self.http_status})" if self.http_status else ""
        said = f": {self.message}" if self.message else ", without a text"
        return f"{self.code}{status}{said}\n{self.explanation}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not pickle by themselves; runs cross processes.
        return (_rebuild, (type(self), self.__dict__.copy()))


class SendError(AwsError):
    """A send was refused, or nobody knows what became of it. Logto shows `.message` and nothing else."""

    connector_code = "invalid_response"


class ChangeStopped(AwsError):
    """A change was refused on its way. `.done` are the operations that were carried out before it."""

    done: tuple[str, ...] = ()

    def __str__(self) -> str:
        before = f"\nDone before it, and still there: {', '.join(self.done)}." if self.done else ""
        return super().__str__() + before


class PracticeError(SesutilError):
    """The practice account cannot be started, found or reached."""


class NoMail(PracticeError, TimeoutError):
    """No mail of the kind that was waited for has come in time; the text says what came instead."""


class ProjectError(SesutilError):
    """A file of the project folder is missing, unreadable or cannot be written."""


class InvalidParameters(SesutilError):
    """Parameters that a run cannot be made from. `.problems` lists them all."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(self._text("The parameters"))

    def _text(self, what: str) -> str:
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        return f"{what} cannot be used:\n{lines}"

    def __reduce__(self) -> tuple[object, ...]:  # as it is made, since runs cross processes
        return (type(self), (self.problems,))


class InvalidMatrix(InvalidParameters):
    """A matrix file that no runs can be made from; `.problems` name the line and the run."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        super().__init__(problems)
        self.source = source

    def __str__(self) -> str:
        return self._text(self.source)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.source, self.problems))


class NotAllowed(SesutilError):
    """The recipient is not on the project's list of those who may be sent to; nothing was sent."""


class MessageRateLimited(SesutilError):
    """Too many codes to one recipient: Logto answers 429, and sends nothing for so many `seconds`."""

    code = "request.message_rate_limited"
    http_status = 429

    def __init__(self, text: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(text, seconds)

    def __str__(self) -> str:
        return str(self.args[0])


class TestRunFailed(SesutilError):
    """The run is over and its results are written, and not everything in it went well."""

    __test__ = False  # so that pytest does not take it for a test class


class StatisticsFailed(SesutilError):
    """The statistics are read and written, and a threshold was passed, or what is needed was not read."""


def own_fault(bug: Exception) -> SesutilError:
    """What a person is told of a mistake in sesutil itself."""
    return SesutilError(f"sesutil itself failed ({type(bug).__name__}: {bug}). Please report it.")


def _rebuild(kind: type[AwsError], state: dict[str, object]) -> AwsError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (state["code"], state["message"])
    return error
