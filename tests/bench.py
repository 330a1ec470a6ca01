"""The budgets of DESIGN, measured: `make bench`. Ratios within one run, so that the machine cancels out.

Prints a line per budget with what was measured; exit code 1 when one is exceeded.
"""

from __future__ import annotations

import json
import socket
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
from typing import Any

import boto3
import tinycss2
from justhtml import JustHTML

from bench_plots import plots_cost
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
from sesutil.checks.running import CHECKS, check_account
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


SERVED = """
import sys, time
from sesutil.practice import PracticeServer

delay = float(sys.argv[1])
server = PracticeServer(preset="production")
server.world.region("us-east-1").bucket.set_rate(1e9)
answer = server._application

def later(environ, start_response):
    if "HTTP_AUTHORIZATION" in environ:  # a call of AWS's API
        time.sleep(delay)
    return answer(environ, start_response)

if delay:
    server._application = later
print(server.start().to_json(), flush=True)
sys.stdin.read()
"""


@contextmanager
def practice_process(*, delay: float = 0) -> Iterator[PracticeEndpoint]:
    """A practice account in a process of its own, without a rate to wait for.

    With `delay` each call of AWS's API is answered so many seconds later, as over a long line.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", SERVED, str(delay)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
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


MESSAGES = 10_000
FILLED = """
import json, sys
from pathlib import Path
from typing import Any
from sesutil import build_request
from sesutil.practice import PracticeServer
from sesutil.practice.rules.effects import settle
from sesutil.practice.operations.sending import send_email
from sesutil.practice.rules.world import Caller
from sesutil.projects import starter_config

config = starter_config()
server = PracticeServer(Path(sys.argv[1]), preset="production")
world = server.world
world.region("us-east-1").bucket.set_rate(1e9)
caller = Caller("arn:aws:iam::000000000001:user/bench", "us-east-1")
for number in range(int(sys.argv[2])):
    request = build_request(
        config, to=f"user{number}@example.org", usage_type="SignIn", payload={"code": f"{number:06d}"}
    )
    with world.lock:
        settle(world)
        send_email(world, caller, request)
print(server.start().to_json(), flush=True)
sys.stdin.read()
"""


@contextmanager
def moto_server() -> Iterator[str]:
    """`moto_server` as installed, at this address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}/moto-api/").close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


def seconds_of(work: Callable[[], object], times: int = SENDS) -> float:
    before = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - before


def practice_over_moto() -> dict[str, float]:
    """Wall time of the same boto3 calls through the practice account over that through moto_server."""
    request = build_request(starter_config(), to=TO, usage_type="SignIn", payload={"code": "482913"})
    calls: dict[str, Callable[[Any], object]] = {
        "SendEmail": lambda client: client.send_email(**request),
        "GetEmailIdentity": lambda client: client.get_email_identity(EmailIdentity="example.com"),
        "ListEmailIdentities": lambda client: client.list_email_identities(),
    }
    found = {}
    with practice_process() as endpoint, moto_server() as url:
        ours, moto = (
            boto3.client(
                "sesv2",
                endpoint_url=address,
                region_name="us-east-1",
                aws_access_key_id=endpoint.access_key_id,
                aws_secret_access_key=endpoint.secret_access_key,
            )
            for address in (endpoint.endpoint_url, url)
        )
        moto.create_email_identity(EmailIdentity="example.com")
        for name, call in calls.items():
            call(ours), call(moto)
            pairs = [
                (seconds_of(lambda: call(ours)), seconds_of(lambda: call(moto)))  # noqa: B023
                for _ in range(ROUNDS)
            ]
            found[name] = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    return found


def full_inbox() -> tuple[float, float, float]:
    """With 10,000 messages: resident MB of the process, ms for the inbox page, ms for one recipient's."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", FILLED, folder, str(MESSAGES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            endpoint = PracticeEndpoint(**json.loads(process.stdout.readline()))

            def read(path: str) -> None:
                urllib.request.urlopen(endpoint.endpoint_url + path).read()

            read("/")
            page = seconds_of(lambda: read("/"), 10) / 10
            one = seconds_of(lambda: read("/_aws/ses?to=user77@example.org"), 10) / 10
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident = int(status.split("VmRSS:")[1].split()[0]) / 1024
        finally:
            process.kill()
            process.communicate()
    return resident, page * 1000, one * 1000


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


def checks_ratio() -> tuple[float, float]:
    """Wall time of all checks of a healthy account over that of the slowest single one, each with an
    account that was connected anew, where every call takes 200 ms; and the seconds of all."""
    config = starter_config()
    with practice_process(delay=0.2) as endpoint:

        def seconds(*names: str) -> float:
            account = connect(config, practice=endpoint)
            return seconds_of(lambda: check_account(account, config, to="a@example.org", only=names), 1)

        seconds()
        slowest = max(statistics.median(seconds(name) for _ in range(3)) for name in CHECKS)
        together = statistics.median(seconds() for _ in range(5))
    return together / slowest, together


def main() -> int:
    heavy = loaded_by_import()
    pydantic = import_seconds("import pydantic")
    ratio = import_seconds("import sesutil") / pydantic
    used = import_seconds("from sesutil import load_config, build_request") / pydantic
    sending, milliseconds = send_ratio()
    start = start_to_first_answer()
    over_moto = practice_over_moto()
    resident, page, one = full_inbox()
    linting, lint_milliseconds = lint_ratio()
    previews = preview_ratio()
    checks, checks_seconds = checks_ratio()
    drawing, drawing_seconds, drawing_memory = plots_cost()
    lines = [
        ("import sesutil loads nothing heavy", ", ".join(heavy) or "nothing", not heavy),
        ("import sesutil, times import pydantic (at most 3)", f"{ratio:.2f}", ratio <= 3),
        ("  … with load_config and build_request used", f"{used:.2f}", True),
        ("warm send, times the bare boto3 call (at most 1.10)", f"{sending:.3f}", sending <= 1.10),
        ("  … CPU per send", f"{milliseconds:.2f} ms", True),
        ("practice account, start to first answer (at most 2 s)", f"{start:.2f} s", start <= 2),
        *(
            (f"practice account, times moto_server: {name} (at most 1)", f"{value:.2f}", value <= 1)
            for name, value in over_moto.items()
        ),
        ("practice account with 10,000 messages (at most 200 MB)", f"{resident:.0f} MB", resident <= 200),
        ("  … the inbox page, one recipient's mail as JSON", f"{page:.0f} ms, {one:.0f} ms", True),
        ("lint of 20 KB, times parsing it once (at most 6)", f"{linting:.2f}", linting <= 6),
        ("  … CPU per lint", f"{lint_milliseconds:.1f} ms", True),
        ("all checks, times the slowest single one (at most 1.2)", f"{checks:.2f}", checks <= 1.2),
        ("  … with an endpoint that answers after 200 ms", f"{checks_seconds:.2f} s", True),
        ("previews of all nine, times the string work (at most 2)", f"{previews:.2f}", previews <= 2),
        ("ten years drawn, times pandas and matplotlib (at most 2)", f"{drawing:.2f}", drawing <= 2),
        ("  … loaded, summed up and drawn", f"{drawing_seconds:.2f} s", True),
        ("  … in memory (at most 300 MB)", f"{drawing_memory:.0f} MB", drawing_memory <= 300),
    ]
    for what, measured, ok in lines:
        print(f"{'ok ' if ok else 'OVER'} {what:<56} {measured}")
    return 0 if all(ok for _, _, ok in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
