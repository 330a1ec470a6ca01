"""Sending every case of a run, paced below the account's rate, and judging what became of each."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sesutil.account import Account, read_status
from sesutil.addresses import is_simulator, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.errors import InvalidParameters, SendError, SesutilError
from sesutil.inbox import carries, read_message
from sesutil.linting.placeholders import template_findings
from sesutil.sending import SendResult, send
from sesutil.testruns.cases import TestCase, make_cases
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.results import TestResult, TestRun
from sesutil.variables import proof_variable, sample_payload

__all__ = ["run_tests"]


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
    cases = make_cases(parameters.usage_types, ("",), parameters.all_recipients)
    counted = sum(not is_simulator(parse_mailbox(case.recipient)) for case in cases)
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
    for case in cases:
        next(pace)
        result = _try(account, config, case, parameters.code or "000000", clock)
        results.append(result)
        on_result(result)
    return TestRun(
        id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        name=parameters.name,
        mode=account.mode,
        region=account.region,
        account_id=status.account_id,
        started=started,
        ended=datetime.now(UTC),
        parameters=parameters.plain(),
        results=tuple(results),
    )


def _try(
    account: Account, config: ConnectorConfig, case: TestCase, code: str, clock: Callable[[], float]
) -> TestResult:
    payload = sample_payload(case.usage_type, code)
    begin, sent_at = clock(), datetime.now(UTC)

    def result(status: Any, outcome: Any, proof: str, **more: Any) -> TestResult:
        return TestResult(
            usage_type=case.usage_type,
            language=case.language,
            recipient=case.recipient,
            expected=case.expected,
            status=status,
            outcome=outcome,
            proof=proof,
            attempts=1,
            sent_at=sent_at,
            seconds=clock() - begin,
            **more,
        )

    try:
        sent = send(account, config, to=case.recipient, usage_type=case.usage_type, payload=payload)
        if account.practice is None:
            proof = "SES accepted it. Whether it was delivered is not known here."
            return result("sent", "accepted", proof, message_id=sent.message_id)
        return _read_back(account, config, case, code, sent, result)
    except SendError as error:
        said = f"{error.code}: {error.message}" if error.message else error.code
        fix = error.explanation.fix
        return result("refused", "refused", error.explanation.cause, error=said, next_step=fix)
    except SesutilError as error:
        return result("not sent", "failed", str(error), error=type(error).__name__)


def _read_back(
    account: Account,
    config: ConnectorConfig,
    case: TestCase,
    code: str,
    sent: SendResult,
    result: Callable[..., TestResult],
) -> TestResult:
    assert sent.message_id is not None
    found = read_message(account, sent.message_id)
    if found is None:
        return result("sent", "lost", "Accepted, but not in the practice inbox.", message_id=sent.message_id)
    if not found.arrives:
        proof = "Accepted, but it does not reach the recipient: it bounces, or is suppressed."
        return result("sent", "lost", proof, message_id=sent.message_id)
    variable = proof_variable(case.usage_type)
    if carries(found, sample_payload(case.usage_type, code)[variable]):
        return result(
            "sent",
            "proven",
            f"Found in the inbox, with its {variable}.",
            code=code if variable == "code" else None,
            message_id=sent.message_id,
        )
    return result(
        "sent",
        "lost",
        f"In the inbox, but without the {variable} that was sent.",
        message_id=sent.message_id,
        next_step=" ".join(template_findings(config, case.usage_type))
        or f"Put {{{{{variable}}}}} into the {case.usage_type} template.",
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
