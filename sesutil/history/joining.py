"""Test runs beside the sends, and counts that SES does not give: by usage type and by configuration set."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.addresses import SIMULATOR_DOMAIN, AddressProblem, is_simulator, parse_mailbox
from sesutil.history.accounts import PLACE_COLUMNS, chosen
from sesutil.history.columns import microseconds, rows_frame
from sesutil.history.database import reading
from sesutil.history.sends import KEPT_BIN_COLUMNS, bins_frame
from sesutil.statistics.bins import BIN_LENGTH
from sesutil.statistics.rates import RATE_COLUMNS, rates

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BIN_RUN_COLUMNS",
    "BY_SET_COLUMNS",
    "BY_TYPE_COLUMNS",
    "by_configuration_set",
    "by_usage_type",
    "runs_in_bins",
]

BIN_RUN_COLUMNS = {
    **KEPT_BIN_COLUMNS,
    "runs": "int64",
    "test_attempts": "int64",
    "test_counted": "int64",
}
"""Columns of `runs_in_bins`, with dtypes."""

_COUNT_COLUMNS = {
    "sent": "int64",
    "delivered": "int64",
    "bounced": "int64",
    "complained": "int64",
    "rejected": "int64",
    "simulated": "int64",
    "tested": "int64",
    **RATE_COLUMNS,
}
BY_TYPE_COLUMNS = {**PLACE_COLUMNS, "usage_type": "str", **_COUNT_COLUMNS}
"""Columns of `by_usage_type`, with dtypes."""
BY_SET_COLUMNS = {**PLACE_COLUMNS, "configuration_set": "str", **_COUNT_COLUMNS}
"""Columns of `by_configuration_set`, with dtypes."""


def runs_in_bins(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """The bins of `bins_frame`, with BIN_RUN_COLUMNS: how much of each came from test runs.

    runs
        How many test runs sent something in the bin, from the same account in the same Region and mode.
    test_attempts
        Mails of theirs that SES took in it. The simulator's are among them, as they are among `attempts`.
    test_counted
        Those of them that went to other recipients than the simulator's. Only these can be in `bounces` and
        `complaints`, and only these are in AWS's own rates
        (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html, on the simulator).

    A mail belongs to the bin in which SES took it; by SES's clock where its arrival was seen, else by this
    machine's, put right by the run's other mails (a practice account's clock may have been moved). At a
    bin's edge SES may count it in the next one. Mails outside of all bins are in none. Empty where there is
    no history yet. Raises ProjectError as `reading` does.
    """
    import numpy as np

    bins = bins_frame(folder, mode=mode, account_id=account_id, region=region, since=since, until=until)
    mails = _test_mails(folder)
    columns = {name: np.zeros(len(bins), dtype="int64") for name in ("runs", "test_attempts", "test_counted")}
    for place, own in bins.groupby(list(PLACE_COLUMNS), sort=False, observed=True) if len(mails) else ():
        theirs = mails[(mails[list(PLACE_COLUMNS)] == list(place)).all(axis=1)]
        starts, sent = (times.to_numpy("datetime64[us]") for times in (own["start"], theirs["at"]))
        at = np.searchsorted(starts, sent, side="right") - 1
        place_of = np.maximum(at, 0)
        within = (at >= 0) & (sent < starts[place_of] + np.timedelta64(BIN_LENGTH))
        theirs = theirs.assign(bin=own.index.to_numpy()[place_of])[within]
        np.add.at(columns["test_attempts"], theirs["bin"].to_numpy(), 1)
        np.add.at(columns["test_counted"], theirs["bin"].to_numpy(), theirs["counted"].to_numpy("int64"))
        each = theirs[["run_id", "bin"]].drop_duplicates()
        np.add.at(columns["runs"], each["bin"].to_numpy(), 1)
    return bins.assign(**columns).astype(BIN_RUN_COLUMNS)


def by_usage_type(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """What became of the mails of each usage type, with BY_TYPE_COLUMNS, by account, Region and type.

    mode, account_id, region
        Whose mails. The id is "" for test runs that were not told it.
    usage_type
        Of mails of test runs that of the run; of others as the subject tells it; "" where nothing does.
    sent, delivered, bounced, complained, rejected
        Recipients, without the simulator's. As delivery events tell; of a test run's mail that no event was
        heard of, as the run saw it. Where no Send event came, `sent` are those that something else was heard
        of. A mail that was delivered and complained of counts as both.
    simulated
        Recipients of the simulator, which count for none of the others.
    tested
        How many of `sent` came from test runs.
    bounce_rate …
        RATE_COLUMNS: shares of `sent` with their Wilson intervals, as `sesutil.statistics.rates` has them.
        Bounces of any kind, as in SES's bins.

    Only what was kept: mails whose events nobody listened to are not in it. `since` and `until` are about
    when SES took the mail. Empty where there is no history yet. Raises ProjectError as `reading` does.
    """
    where = {"mode": mode, "account_id": account_id, "region": region, "since": since, "until": until}
    return _by(folder, "usage_type", BY_TYPE_COLUMNS, where)


def by_configuration_set(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """As `by_usage_type`, by the configuration set that the mails were sent with: BY_SET_COLUMNS.

    "" is where it is not known: no event told it.
    """
    where = {"mode": mode, "account_id": account_id, "region": region, "since": since, "until": until}
    return _by(folder, "configuration_set", BY_SET_COLUMNS, where)


# -- pieces ---------------------------------------------------------------------------------------

_KINDS = {
    "sent": "Send",
    "delivered": "Delivery",
    "bounced": "Bounce",
    "complained": "Complaint",
    "rejected": "Reject",
}
_BY_KIND = ", ".join(
    f"sum(CASE WHEN kind = '{kind}' THEN recipients ELSE 0 END) AS {name}" for name, kind in _KINDS.items()
)
_HEARD = ", ".join(
    f"sum(CASE WHEN domain = '{SIMULATOR_DOMAIN}' THEN 0 ELSE {name} END) AS {name}"
    for name in (*_KINDS, "told")
)
# Each mail once. Events of a message are one after the other in the table, by its primary key.
_MESSAGES = f"""
    WITH tested AS (
        SELECT runs.mode AS mode, coalesce(runs.account, '') AS account_id, runs.region AS region,
            message_id, min(usage_type) AS usage_type, min(observed) AS observed,
            max(to_simulator(recipient)) AS simulated,
            min(moment(sent_at)) AS at
        FROM results JOIN runs ON runs.id = results.run_id
        WHERE status = 'sent' AND message_id IS NOT NULL
        GROUP BY runs.mode, runs.account, runs.region, message_id
    ), by_domain AS (
        SELECT account, message_id, domain, max(usage_type) AS usage_type,
            max(configuration_set) AS configuration_set, min(coalesce(sent_at, at)) AS at, {_BY_KIND},
            max(recipients) AS told
        FROM delivery_events GROUP BY account, message_id, domain
    ), heard AS (
        SELECT mode, account_id, region, message_id, max(usage_type) AS usage_type,
            max(configuration_set) AS configuration_set, min(at) AS at, {_HEARD},
            sum(CASE WHEN domain = '{SIMULATOR_DOMAIN}' THEN told ELSE 0 END) AS simulated
        FROM by_domain JOIN accounts ON accounts.id = account
        GROUP BY account, message_id
    ), messages AS (
        SELECT heard.mode, heard.account_id, heard.region, heard.at,
            coalesce(tested.usage_type, heard.usage_type, '') AS usage_type,
            coalesce(heard.configuration_set, '') AS configuration_set,
            CASE WHEN sent > 0 THEN sent ELSE told END AS sent,
            delivered, bounced, complained, rejected, heard.simulated,
            tested.message_id IS NOT NULL AS tested
        FROM heard LEFT JOIN tested USING (mode, account_id, region, message_id)
        UNION ALL
        SELECT mode, account_id, region, at, usage_type, '', 1 - simulated,
            (1 - simulated) * (observed LIKE 'delivered%' OR observed LIKE 'complained%'),
            (1 - simulated) * (observed LIKE 'bounced%'), (1 - simulated) * (observed LIKE 'complained%'),
            (1 - simulated) * (observed LIKE 'rejected%'), simulated, 1
        FROM tested WHERE NOT EXISTS (
            SELECT 1 FROM heard WHERE heard.mode = tested.mode AND heard.account_id = tested.account_id
            AND heard.region = tested.region AND heard.message_id = tested.message_id
        )
    )
"""  # noqa: S608 (names of our own)


def _by(folder: str | Path, name: str, columns: dict[str, str], where: dict[str, Any]) -> pd.DataFrame:
    clause, values = chosen(**where)
    counts = ("delivered", "bounced", "complained", "rejected")
    # More bounces than recipients (a mail that bounced twice) are no more than these.
    sums = ", ".join(f"sum(min({count}, sent)) AS {count}" for count in counts)
    without_rates = {key: dtype for key, dtype in columns.items() if key not in RATE_COLUMNS}
    query = (
        f"{_MESSAGES} SELECT {', '.join(PLACE_COLUMNS)}, {name}, sum(sent), {sums}, sum(simulated), "  # noqa: S608
        f"sum(min(tested, sent)) FROM messages WHERE {clause} GROUP BY {', '.join(PLACE_COLUMNS)}, {name} "
        f"ORDER BY {', '.join(PLACE_COLUMNS)}, {name}"
    )
    with reading(folder) as history:
        if history is not None:
            _add_functions(history)
        kept = rows_frame(history, query, values, without_rates)
    renamed = {"attempts": kept["sent"], "bounces": kept["bounced"], "complaints": kept["complained"]}
    told = rates(kept.assign(**renamed))
    return told[list(columns)].astype(columns)


def _test_mails(folder: str | Path) -> pd.DataFrame:
    """The mails of all test runs that SES took: run_id, the place, `at` (UTC), `counted` (0 or 1)."""
    import pandas as pd

    columns = {
        "run_id": "str",
        **PLACE_COLUMNS,
        "at": "datetime64[us, UTC]",
        "arrived": "datetime64[us, UTC]",
        "arrival_seconds": "float64",
        "counted": "int64",
    }
    query = (
        "SELECT run_id, runs.mode, coalesce(runs.account, ''), runs.region, moment(sent_at), "
        "moment(arrived_at), arrival_seconds, 1 - to_simulator(recipient) "
        "FROM results JOIN runs ON runs.id = run_id WHERE status = 'sent' AND sent_at IS NOT NULL"
    )
    with reading(folder) as history:
        if history is not None:
            _add_functions(history)
        mails = rows_frame(history, query, (), columns)
    took = mails["arrived"] - pd.to_timedelta(mails["arrival_seconds"], unit="s").dt.as_unit("us")
    ahead = (took - mails["at"]).groupby(mails["run_id"]).transform("median")
    right = took.fillna(mails["at"] + ahead.fillna(pd.Timedelta(0)))
    return mails.assign(at=right.dt.as_unit("us")).drop(columns=["arrived", "arrival_seconds"])


def _add_functions(history: sqlite3.Connection) -> None:
    history.create_function("to_simulator", 1, _to_simulator, deterministic=True)
    history.create_function("moment", 1, _moment, deterministic=True)


@lru_cache(maxsize=4096)  # test runs have few recipients, and many mails
def _to_simulator(recipient: str) -> int:
    try:
        return int(is_simulator(parse_mailbox(recipient)))
    except AddressProblem:
        return 0


def _moment(text: str | None) -> int | None:
    """A time as the tables of test runs have it."""
    return None if text is None else microseconds(datetime.fromisoformat(text).astimezone(UTC))
