"""The budgets of DESIGN, measured: `make bench`. Ratios within one run, so that the machine cancels out.

Prints a line per budget with what was measured; exit code 1 when one is exceeded.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import boto3
import tinycss2
from justhtml import JustHTML

from sesutil import (
    UsageType,
    build_request,
    connect,
    lint_template,
    preview_mail,
    render,
    sample_payload,
    send,
)
from sesutil.launching import PracticeEndpoint, ensure_practice, stop_practice
from sesutil.previewing import frame_markup
from sesutil.projects import starter_config, starter_text

ROUNDS = 15
SENDS = 40
TO = "success@simulator.amazonses.com"
HEAVY = ("boto3", "pandas", "ipywidgets", "moto", "papermill")


def import_seconds(statement: str) -> float:
    """CPU time of an interpreter that imports this, less that of one that imports nothing."""

    def cpu(program: str) -> float:
        code = f"{program}\nimport time; print(time.process_time())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return float(done.stdout)

    pairs = [(cpu(statement), cpu("pass")) for _ in range(ROUNDS)]
    return statistics.median(loaded for loaded, _ in pairs) - statistics.median(bare for _, bare in pairs)


def loaded_by_import() -> list[str]:
    code = "import sesutil, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [name for name in HEAVY if name in done.stdout.split()]


@contextmanager
def practice_process() -> Iterator[PracticeEndpoint]:
    """A practice account in a process of its own, without a rate to wait for."""
    program = (
        "import sys\nfrom sesutil.practice import PracticeServer\n"
        "server = PracticeServer(preset='production')\n"
        "server.world.region('us-east-1').bucket.set_rate(1e9)\n"
        "print(server.start().to_json(), flush=True)\nsys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield PracticeEndpoint(**json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


def cpu_of(work: Callable[[], object], times: int = SENDS) -> float:
    before = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - before


def send_ratio() -> tuple[float, float]:
    """CPU of a warm `send` over that of the bare boto3 call with the same content; and its ms.

    The practice account runs in another process, so that only the caller's CPU counts.
    """
    config = starter_config()
    payload = {"code": "482913"}
    request = build_request(config, to=TO, usage_type="SignIn", payload=payload)
    with practice_process() as endpoint:
        account = connect(config, practice=endpoint)
        client = boto3.client(
            "sesv2",
            endpoint_url=endpoint.endpoint_url,
            region_name=endpoint.region,
            aws_access_key_id=endpoint.access_key_id,
            aws_secret_access_key=endpoint.secret_access_key,
        )

        def ours() -> object:
            return send(account, config, to=TO, usage_type="SignIn", payload=payload)

        def bare() -> object:
            return client.send_email(**request)

        cpu_of(ours)
        cpu_of(bare)
        pairs = [(cpu_of(ours), cpu_of(bare)) for _ in range(ROUNDS)]
    ratio = statistics.median(one for one, _ in pairs) / statistics.median(other for _, other in pairs)
    return ratio, statistics.median(one for one, _ in pairs) / SENDS * 1000


def start_to_first_answer() -> float:
    """Seconds from starting the practice process to its first answer, as `connect(practice=True)` does."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "practice"
        begin = time.monotonic()
        endpoint = ensure_practice(place)
        urllib.request.urlopen(f"{endpoint.endpoint_url}/_aws/ses").close()
        seconds = time.monotonic() - begin
        stop_practice(place)
    return seconds


def template_of(size: int) -> str:
    """A starter template with its card repeated until it is of about this many bytes, and still whole."""
    text = starter_text("SignIn", "en") or ""
    begin = text.index('<h1 class="text"')
    body = text[begin : text.index("<!-- The code")]
    while len(text) < size:
        text = text[:begin] + body + text[begin:]
    return text


def parse_once(text: str) -> None:
    """What a lint cannot do without: the HTML with places, the CSS of sheets and of style attributes."""
    tree = JustHTML(text, sanitize=False, track_node_locations=True, collect_errors=True)
    for element in tree.query("*"):
        if element.name == "style":
            tinycss2.parse_stylesheet("".join(child.data or "" for child in element.children))
        elif style := (element.attrs or {}).get("style"):
            tinycss2.parse_blocks_contents(style)


def median_pair(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """CPU of both, measured in turns."""
    one()
    other()
    pairs = [(cpu_of(one, 5), cpu_of(other, 5)) for _ in range(ROUNDS)]
    return statistics.median(first for first, _ in pairs) / 5, statistics.median(
        second for _, second in pairs
    ) / 5


def lint_ratio() -> tuple[float, float]:
    """CPU of the lint of a 20 KB template over that of parsing it once; and its ms."""
    text = template_of(20_000)
    assert 19_000 < len(text) < 22_000
    lint, parse = median_pair(lambda: lint_template(text, "SignIn"), lambda: parse_once(text))
    return lint / parse, lint * 1000


def preview_ratio() -> float:
    """CPU of the previews of all nine types, each in a frame, over that of the bare string work: the
    placeholders replaced, and the text escaped for a frame in a frame."""
    config = starter_config()
    payloads = {name: sample_payload(name, context="full") for name in UsageType}

    def ours() -> None:
        for name in UsageType:
            preview = preview_mail(config, usage_type=name, payload=payloads[name])
            frame_markup(preview.html)

    def bare() -> None:
        for template in config.templates:
            payload = payloads[UsageType(template.usage_type)]
            render(template.subject, payload)
            html = render(template.content, payload)
            escape(escape(html))
            escape(escape(html))  # in light and in dark

    previews, strings = median_pair(ours, bare)
    return previews / strings


def main() -> int:
    heavy = loaded_by_import()
    pydantic = import_seconds("import pydantic")
    ratio = import_seconds("import sesutil") / pydantic
    used = import_seconds("from sesutil import load_config, build_request") / pydantic
    sending, milliseconds = send_ratio()
    start = start_to_first_answer()
    linting, lint_milliseconds = lint_ratio()
    previews = preview_ratio()
    lines = [
        ("import sesutil loads nothing heavy", ", ".join(heavy) or "nothing", not heavy),
        ("import sesutil, times import pydantic (at most 3)", f"{ratio:.2f}", ratio <= 3),
        ("  … with load_config and build_request used", f"{used:.2f}", True),
        ("warm send, times the bare boto3 call (at most 1.10)", f"{sending:.3f}", sending <= 1.10),
        ("  … CPU per send", f"{milliseconds:.2f} ms", True),
        ("practice account, start to first answer (at most 2 s)", f"{start:.2f} s", start <= 2),
        ("lint of 20 KB, times parsing it once (at most 6)", f"{linting:.2f}", linting <= 6),
        ("  … CPU per lint", f"{lint_milliseconds:.1f} ms", True),
        ("previews of all nine, times the string work (at most 2)", f"{previews:.2f}", previews <= 2),
    ]
    for what, measured, ok in lines:
        print(f"{'ok ' if ok else 'OVER'} {what:<56} {measured}")
    return 0 if all(ok for _, _, ok in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
