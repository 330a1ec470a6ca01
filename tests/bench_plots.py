"""Ten years of bins, loaded, summed up and drawn, against pandas and matplotlib from a ready frame.

    python tests/bench_plots.py

Each side in a process of its own; both draw the same four pictures of the same months as SVG.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["plots_cost"]

BINS = 350_000

MADE = """
import sys
from datetime import UTC, datetime, timedelta
import numpy as np, pandas as pd

def made(number):
    chance = np.random.default_rng(7)
    start = pd.date_range("2016-12-01T00:13Z", periods=number, freq="15min").as_unit("us")
    attempts = chance.poisson(30, number) + 1
    return pd.DataFrame({
        "start": start, "attempts": attempts, "bounces": chance.binomial(attempts, 0.018),
        "complaints": chance.binomial(attempts, 0.0003), "rejects": np.zeros(number, dtype="int64"),
    })
"""

KEPT = """
from sesutil.history.sends import merge_bins
merge_bins(sys.argv[1], "111122223333", "eu-central-1", made(int(sys.argv[2])))
"""

TIMED = """
import json, resource, statistics, time
def measured(work, rounds=7):
    work()  # what is loaded at first use is no part of it
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([statistics.median(times), megabytes]))
"""

OURS = """
import sys
from datetime import timedelta
import pandas as pd
from sesutil.history.sends import bins_frame
from sesutil.statistics.plots import quota_plot, rate_plot, sends_plot

quota = pd.DataFrame([{"max_24_hours": 5000, "sent_24_hours": 3000}])

def work():
    bins = bins_frame(sys.argv[1])
    until = bins["start"].iloc[-1].to_pydatetime() + timedelta(minutes=15)
    since = bins["start"].iloc[0].to_pydatetime()
    for plot in (
        sends_plot(bins, since, until, by="month", zone="Europe/Berlin"),
        rate_plot(bins, since, until, by="month", zone="Europe/Berlin"),
        rate_plot(bins, since, until, kind="complaints", by="month", zone="Europe/Berlin"),
        quota_plot(bins, quota, until, zone="Europe/Berlin"),
    ):
        plot.svg()

measured(work)
"""

THEIRS = """
import io
from matplotlib.figure import Figure

ready = made(int(sys.argv[2]))
counts = ["attempts", "bounces", "complaints", "rejects"]

def saved(figure):
    figure.savefig(io.BytesIO(), format="svg")

def work():
    local = ready.set_index(ready["start"].dt.tz_convert("Europe/Berlin"))[counts]
    months = local.resample("MS").sum()
    at = months.index.tz_convert("UTC").tz_localize(None)
    figure = Figure(figsize=(11.4, 6))
    for axes, name in zip(figure.subplots(3, sharex=True), counts):
        axes.stairs(months[name], [*at, at[-1] + pd.Timedelta(days=30)], fill=True)
        axes.set_title(name)
    saved(figure)
    for name, lines in (("bounces", (0.02, 0.04, 0.05)), ("complaints", (0.0005, 0.001))):
        n, share, z = months["attempts"], months[name] / months["attempts"], 1.96
        middle, spread = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        figure = Figure(figsize=(11.4, 4))
        axes = figure.subplots()
        whole = 1 + z * z / n
        axes.fill_between(at, (middle - spread) / whole, (middle + spread) / whole, alpha=0.2)
        axes.plot(at, share)
        for height in lines:
            axes.axhline(height)
            axes.text(at[0], height, f"{height:%}")
        axes.set_title(name)
        saved(figure)
    day = ready.set_index("start")["attempts"].iloc[-200:].rolling("24h").sum().iloc[-97:]
    figure = Figure(figsize=(11.4, 3))
    axes = figure.subplots()
    axes.fill_between(day.index, 0, day, step="post", alpha=0.2)
    axes.step(day.index, day, where="post")
    axes.axhline(5000)
    axes.set_title("quota")
    saved(figure)

measured(work)
"""


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def plots_cost(bins: int = BINS) -> tuple[float, float, float]:
    """Ours over theirs; seconds of ours; and MB that ours has in memory at most."""
    with tempfile.TemporaryDirectory() as folder:
        _run(MADE + KEPT, folder, str(bins))
        ours, megabytes = json.loads(_run(TIMED + OURS, folder))
        theirs, _ = json.loads(_run(MADE + TIMED + THEIRS, folder, str(bins)))
        assert Path(folder, "runs").is_dir()
    return ours / theirs, ours, megabytes


def main() -> int:
    ratio, seconds, megabytes = plots_cost()
    lines = [
        ("ten years drawn, times pandas and matplotlib (at most 2)", f"{ratio:.2f}", ratio <= 2),
        ("  … loaded, summed up and drawn", f"{seconds:.2f} s", True),
        ("  … in memory (at most 300 MB)", f"{megabytes:.0f} MB", megabytes <= 300),
    ]
    for what, measured, ok in lines:
        print(f"{'ok ' if ok else 'OVER'} {what:<56} {measured}")
    return 0 if all(ok for _, _, ok in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
