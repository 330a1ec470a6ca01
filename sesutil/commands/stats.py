"""`sesutil stats`."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sesutil.commands.accounts import (
    ConfigOption,
    EndpointOption,
    LiveOption,
    PresetOption,
    banner,
    connect_as_asked,
    connector_of,
)
from sesutil.commands.pieces import (
    COULD_NOT_RUN,
    FOUND_WRONG,
    JsonOption,
    failures,
    print_json,
    write_output,
)
from sesutil.errors import AwsError, ProjectError

if TYPE_CHECKING:
    import pandas as pd

    from sesutil.statistics.sources import Source, Statistics
    from sesutil.statistics.verdict import Verdict

__all__ = ["stats"]

By = StrEnum("By", [("bin", "bin"), ("hour", "hour"), ("day", "day"), ("week", "week"), ("month", "month")])
FailAt = StrEnum("FailAt", [("early", "early"), ("review", "review"), ("pause", "pause")])


def stats(
    config: ConfigOption = None,
    live: LiveOption = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="A profile of the AWS configuration. Repeat for several.")
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Another Region than the config's. Repeat for several.")
    ] = None,
    endpoint_url: EndpointOption = None,
    preset: PresetOption = None,
    days: Annotated[int, typer.Option(min=1, max=14, help="How far back; SES remembers two weeks.")] = 14,
    by: Annotated[By, typer.Option(help="What a row of the table is.")] = By.day,
    zone: Annotated[
        str, typer.Option(help="Whose days and hours: a time zone such as Europe/Berlin.")
    ] = "UTC",
    fail_at: Annotated[
        FailAt,
        typer.Option(
            help="From what on the exit code is 1. early: before AWS acts, as when the quota is nearly used up. "
            "review: where AWS puts an account under review. pause: where it may pause it, or mail is stopped."
        ),
    ] = FailAt.review,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the table to this file, too; - prints it alone.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history/--no-history", help="Whether the project keeps what is read.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """What was sent, how much of it bounced, and whether the account is healthy.

    Changes nothing at AWS. A project keeps what was read in its history: SES forgets after two weeks. Exit code 1 when a threshold was passed (--fail-at), 2 when an account, its quota or its
    counts could not be read.
    """
    with failures(as_json):
        from sesutil.statistics.opening import remembered
        from sesutil.statistics.periods import find_zone
        from sesutil.statistics.sources import read_statistics
        from sesutil.statistics.verdict import verdict, verdicts

        find_zone(zone)  # before anything is asked
        connector = connector_of(config)
        sources: list[Source] = []
        for one_profile in profile or [None]:  # type: ignore[list-item]
            for one_region in region or [None]:  # type: ignore[list-item]
                sources.append(_source(connector, live, one_profile, one_region, endpoint_url, preset))
        if len(sources) == 1 and sources[0].error is not None:
            raise sources[0].error
        folder = _kept_in(config) if history else None
        if folder is not None:
            sources = remembered(sources, folder)
        found = read_statistics(sources, days=days)
        if folder is not None:
            _keep(folder, sources, found)
        frame = _periods(found, days, by.value, zone)
        whole, each = verdict(found, days=days), verdicts(found, days=days)
        alone = csv is not None and str(csv) == "-"
        if csv is not None and not alone:
            write_output(csv, _csv(frame))
        levels = ("", *FailAt)
        passed = levels.index(whole.passed) >= levels.index(fail_at.value)
        with _printing(FOUND_WRONG if passed else COULD_NOT_RUN):
            if as_json:
                ok = not passed and found.failures("quota", "bins").empty
                print_json({"ok": ok, "days": days, **_record(found, whole, each, frame)})
            elif alone:
                sys.stdout.write(_csv(frame))
            else:
                print("\n".join(_lines(sources, found, whole, each, frame, by.value, zone)))
        if passed:
            raise typer.Exit(FOUND_WRONG)
        if len(found.failures("quota", "bins")) > 0:
            raise typer.Exit(COULD_NOT_RUN)


@contextmanager
def _printing(otherwise: int) -> Iterator[None]:
    """What cannot be printed (a full disk) is said and ends with this exit code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"What was read could not be printed: {error.strerror or error}.", file=sys.stderr)
        raise typer.Exit(otherwise) from None


def _source(
    connector: Any, live: bool | None, profile: str | None, region: str | None, endpoint_url: str | None,
    preset: str | None,
) -> Source:  # fmt: skip
    """An account, or why it cannot be connected to: the others are read all the same."""
    from sesutil.statistics.sources import Source

    name = " ".join(part for part in (profile, region) if part)
    try:
        account = connect_as_asked(connector, live, profile, region, endpoint_url, preset=preset)
    except AwsError as error:
        return Source(name or "the account", error=error, region=region or connector.region or "")
    return Source.of(account, name if region or not profile else f"{profile} {account.region}")


def _kept_in(config: Path | None) -> Path | None:
    """The folder of the project that is read for; None for a config that belongs to none."""
    from sesutil.files import project_folder

    folder = project_folder() if config is None else config.resolve().parent
    return folder if (folder / "connector.json").is_file() else None


def _keep(folder: Path, sources: Sequence[Source], found: Statistics) -> None:
    """What cannot be kept is said, and changes nothing of what was read."""
    from sesutil.history.keeping import keep_statistics
    from sesutil.history.renewing import forget_predecessors

    accounts = [one.account for one in sources if one.account is not None]
    try:
        said = [*forget_predecessors(folder, accounts), *keep_statistics(folder, found).left_out]
    except ProjectError as error:
        said = [f"Nothing was kept: {error}"]
    for sentence in said:
        print(sentence, file=sys.stderr)


def _periods(found: Statistics, days: int, by: Any, zone: str) -> pd.DataFrame:
    from datetime import timedelta

    from sesutil.statistics.bins import aggregate, between, fill_gaps
    from sesutil.statistics.rates import rates

    filled = fill_gaps(found.bins, until=found.read_at)
    return rates(aggregate(between(filled, found.read_at - timedelta(days=days)), by, zone=zone))


# -- JSON and CSV ---------------------------------------------------------------------------------


def _csv(frame: pd.DataFrame) -> str:
    shown = frame.assign(start=frame["start"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return str(shown.to_csv(index=False, lineterminator="\n"))


def _record(
    found: Statistics, whole: Verdict, each: Sequence[Verdict], frame: pd.DataFrame
) -> dict[str, Any]:
    accounts = []
    for row, one in zip(_plain(found.sources), each, strict=True):
        own = _of(found.reputation, row)
        suppressed = _of(found.suppression, row)
        quota = _plain(_of(found.quota, row))
        accounts.append(
            {
                **row,
                "verdict": _said(one),
                "quota": quota[0] if quota else None,
                "aws_rates": _plain(own.tail(1).drop(columns=["account_id", "region"]))[0]
                if len(own)
                else None,
                "suppressed": suppressed["reason"].value_counts().to_dict(),
                "periods": None
                if _uncounted(found, row)
                else _plain(_of(frame, row).drop(columns=["account_id", "region"])),
            }
        )
    return {
        "verdict": _said(whole),
        "accounts": accounts,
        "problems": _plain(found.problems),
    }


def _said(one: Verdict) -> dict[str, Any]:
    names = ("level", "passed", "sentence", "reason", "next_step")
    return {name: getattr(one, name) for name in names} | {"notes": list(one.notes)}


def _uncounted(found: Statistics, row: Any) -> bool:
    """Whether nobody knows what this account has sent. That is another thing than nothing."""
    failed = found.failures("bins", source=row["source"], region=row["region"])
    return len(failed) > 0 and _of(found.bins, row).empty


def _of(frame: pd.DataFrame, row: Any) -> pd.DataFrame:
    """The rows of one account in its Region."""
    chosen: pd.DataFrame = frame[
        (frame["account_id"] == row["account_id"]) & (frame["region"] == row["region"])
    ]
    return chosen


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them: times in ISO 8601, null for what is missing."""
    import pandas as pd

    return [
        {
            str(name): None
            if pd.isna(value)
            else value.isoformat()
            if isinstance(value, pd.Timestamp)
            else getattr(value, "item", lambda value=value: value)()
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


# -- for people -----------------------------------------------------------------------------------

_SIGNS = {"good": "✓", "look": "!", "bad": "✗", "unknown": "?"}


def _lines(
    sources: Sequence[Source],
    found: Statistics,
    whole: Verdict,
    each: Sequence[Verdict],
    frame: pd.DataFrame,
    by: str,
    zone: str,
) -> Iterator[str]:
    from sesutil.statistics.sources import NO_FAILURES

    account = next((one.account for one in sources if one.account is not None), None)
    if account is not None and len(sources) == 1:
        yield banner(account)
    elif account is not None:
        yield banner(account).split("  ")[0]
    yield from _wrapped(f"{_SIGNS[whole.level]} {whole.level:<8} ", whole.sentence, whole)
    for row, one in zip(found.sources.to_dict("records"), each, strict=True):
        yield ""
        yield from _account_lines(found, row, one, len(each) > 1)
        if _uncounted(found, row):
            yield "What was sent could not be read."
        else:
            yield from _table(_of(frame, row), by, zone)
    for problem in found.problems.itertuples():
        if problem.part == "suppression" and problem.code == "BadRequestException":
            continue  # the sandbox has no list
        if any(str(problem.sentence) in text for text in (whole.sentence, *whole.notes)):
            continue  # it is above
        yield ""
        label = "note      " if problem.code in NO_FAILURES else "unread    "
        yield from _text(label, str(problem.sentence))
        if problem.next_step:
            yield from _text("          next: ", str(problem.next_step))


def _account_lines(found: Statistics, row: Any, one: Verdict, several: bool) -> Iterator[str]:
    from sesutil.statistics.quota import state_words

    if several:
        yield f"{_SIGNS[one.level]} {row['source']}"
    for quota in _of(found.quota, row).itertuples():
        if quota.error:
            continue
        state = "production" if quota.production else "sandbox"
        limit = _limit(quota)
        yield f"quota     {quota.sent_24_hours:,} {limit}, {quota.max_per_second:g} a second; {state}, {state_words(str(quota.enforcement))}"
    listed = _of(found.suppression, row)["reason"].value_counts()
    if len(listed):
        yield "list      " + ", ".join(f"{number:,} for {reason}" for reason, number in listed.items())


def _limit(quota: Any) -> str:
    from sesutil.statistics.rates import percent

    if quota.used_share != quota.used_share:
        return "recipients within 24 hours, no limit"
    return f"of {quota.max_24_hours:,} recipients within 24 hours ({percent(quota.used_share)})"


def _wrapped(head: str, sentence: str, one: Verdict) -> Iterator[str]:
    yield from _text(head, sentence)
    indent = " " * len(head)
    for label, text in (
        ("why", one.reason),
        ("next", one.next_step),
        *(("also", note) for note in one.notes),
    ):
        if text:
            yield from _text(f"{indent}{label}: ", text)


def _text(head: str, text: str) -> list[str]:
    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 120)
    return textwrap.wrap(
        text, width, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _table(frame: pd.DataFrame, by: str, zone: str) -> Iterator[str]:
    from sesutil.statistics.bins import totals
    from sesutil.statistics.rates import rates

    if frame.empty:
        yield "Nothing was sent."
        return
    local = frame["start"].dt.tz_convert(zone)
    form = {"day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}.get(by, "%Y-%m-%d %H:%M")
    if by in ("bin", "hour") and zone != "UTC":
        form += "%z"  # where the clock is set back, an hour comes twice
    names = [*local.dt.strftime(form), "sum"]
    sums = rates(_one_row(totals(frame)))
    lines = [[f"{by} ({zone})", "sent", "bounced", "", "complaints", "", "rejected"]]
    for name, row in zip(names, [*frame.itertuples(), *sums.itertuples()], strict=True):
        bounced, complained = _share(row.bounce_rate), _share(row.complaint_rate)
        lines.append(
            [
                str(name), f"{row.attempts:,}", f"{row.bounces:,}", bounced, f"{row.complaints:,}", complained,
                f"{row.rejects:,}",
            ]
        )  # fmt: skip
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        cells = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _one_row(sums: dict[str, int]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([sums])


def _share(rate: Any) -> str:
    from sesutil.statistics.rates import percent

    return "" if rate != rate else percent(float(rate))
