"""Hostile mails in the frames of a preview, in a real browser. One test shows that they are real."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

import sesutil
from lab_driver import ARGUMENTS, find_chromium
from preview_attacks import ATTACKS, MUST_HIT, MUST_LOAD, write_attack
from sesutil import previewing
from sesutil.previewing import FRAME_CSS, FRAMES, Frame, Preview, frame_markup, preview_page

pytestmark = pytest.mark.browser
REQUIRED = bool(os.environ.get("SESUTIL_REQUIRE_BROWSER"))  # read before conftest clears the environment
PATIENCE = 30  # seconds
ALLOWED = ("img", "css", "font")  # what `remote` may load, by the last part of a path
ASKS = "(prefers-color-scheme: dark)"
PIXEL = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)
VIEWPORT: Any = {"width": 1300, "height": 900}


class Server(ThreadingHTTPServer):
    """Answers everything and remembers it; remembers connections too over which nothing was asked."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, pages: dict[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = pages or {}
        self.asked: list[tuple[str, str]] = []  # path, and what would give away who asks
        self.connections = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def get_request(self) -> Any:
        found = super().get_request()
        self.connections += 1
        return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is nothing to tell of."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append((path, f"{self.headers['Referer'] or ''}{self.headers['Cookie'] or ''}"))
        kind, body = "text/html; charset=utf-8", self.server.pages.get(path, "<title>ATTACK</title>").encode()
        last = "" if path.startswith("/shown/") else path.rpartition("/")[2]
        if last.startswith("js"):
            kind, body = "text/javascript", f"console.log('ATTACK:{path.split('/')[1]}')".encode()
        elif last.endswith(".js"):
            kind = "text/javascript"
        elif last.startswith("css"):
            kind, body = "text/css", b"i{color:red}"
        elif last.startswith("img"):
            kind, body = "image/gif", PIXEL
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *args: Any) -> None:
        """Nothing on the terminal."""


class Wires:
    """Ports, one for each name, that take connections, remember them and hang up."""

    def __init__(self, names: list[str]) -> None:
        self.hits: list[str] = []
        self.heard = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self.addresses = {name: self.open(name) for name in names}
        threading.Thread(target=self._listen, daemon=True).start()

    def open(self, name: str) -> str:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._selector.register(listener, selectors.EVENT_READ, name)
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def wait_for(self, name: str) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: name in self.hits, PATIENCE), f"{name} was not heard"

    def _listen(self) -> None:
        while True:
            for key, _ in self._selector.select(0.05):
                key.fileobj.accept()[0].close()  # type: ignore[union-attr]
                with self.heard:
                    self.hits.append(key.data)
                    self.heard.notify_all()


class Field:
    """Where attacks take place: a server for the page, one outside, and what was seen."""

    def __init__(self) -> None:
        frame_js = Path(sesutil.__file__).parent / "panels" / "static" / "frame.js"
        self.home = Server({"/": PAGE, "/frame.js": frame_js.read_text(encoding="utf-8")})
        self.outside = Server()
        self.wires = Wires([name for name, html in ATTACKS.items() if "{wire}" in html])
        self.mails = {
            name: write_attack(name, url=self.outside.url, wire=self.wires.addresses.get(name, ""))
            for name in ATTACKS
        }
        self.outside.pages = {f"/shown/{name}": html for name, html in self.mails.items()}
        self._marks = 0

    def forget(self) -> None:
        self.outside.asked.clear()
        self.wires.hits.clear()
        self.outside.connections = 0

    def settle(self, page: Page) -> None:
        """Until a connection and a request that are made now have arrived: those from before have, too."""
        self._marks += 1
        name = f"mark-{self._marks}"
        address = self.wires.open(name)
        page.evaluate(
            """async ([wire, url]) => {
              await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)));
              const link = Object.assign(document.createElement("link"), {rel: "preconnect", href: wire});
              (document.querySelector("#mails") ?? document.head).append(link);
              await fetch(url, {mode: "no-cors"});
            }""",
            [f"http://{address}", f"{self.home.url}/{name}"],
        )
        self.wires.wait_for(name)
        self.wires.hits.remove(name)

    def wired(self) -> list[str]:
        return sorted({name for name in self.wires.hits if not name.startswith("mark-")})


class Watch:
    """What a page does that a mail may not make it do."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        self.moves: list[str] = []
        self.got: list[str] = []
        self.logs: list[str] = []
        page.on("console", lambda message: self.logs.append(message.text))
        page.on("dialog", self._dismiss)
        page.on("download", lambda download: self.seen.append(f"download {download.url[:80]}"))
        page.on("filechooser", lambda chooser: self.seen.append("file chooser"))
        page.on("pageerror", lambda error: self.seen.append(f"script error {error}"))
        page.on("worker", lambda worker: self.seen.append("worker"))
        page.on("framenavigated", self._moved)
        page.on("response", lambda response: self.got.append(response.url))
        page.on("popup", self._opened)
        self._page = page

    def _dismiss(self, dialog: Any) -> None:
        self.seen.append(f"dialog {dialog.type}")
        dialog.dismiss()

    def _moved(self, frame: Any) -> None:
        if frame == self._page.main_frame:
            self.moves.append(frame.url)

    def _opened(self, page: Page) -> None:
        if page == self._page:
            return
        self.seen.append(f"new page {page.url}")
        page.close()

    def attacks(self) -> list[str]:
        return [text for text in self.logs if text.startswith("ATTACK")]


PAGE = f"""<!doctype html><html lang=en><meta charset=utf-8><title>Before</title><style>{FRAME_CSS}
body {{ margin: 0 }} button {{ height: 20px; display: block }}
#mails {{ display: grid; grid-template-columns: repeat(13, 100px); gap: 4px 0 }}
#mails > div {{ width: 98px; height: 36px; overflow: hidden; position: relative }}
</style><button id=first>First</button><div id=canary name=canary>unchanged</div><div id=mails></div>
<button id=last onclick="this.textContent = 'Clicked'">Last</button>
<script type=module>
import view from "/frame.js";
window.show = async (mails) => {{
  for (const [name, markup] of mails) {{
    const el = Object.assign(document.createElement("div"), {{ title: name }});
    document.querySelector("#mails").append(el);
    view.render({{ model: {{ get: () => markup, on() {{}} }}, el }});
  }}
  while (document.querySelector(".s-waiting"))
    await new Promise((done) => setTimeout(done, 20));
}};
window.state = () => {{
  const copy = document.documentElement.cloneNode(true);
  copy.querySelector("#mails").remove();
  return [document.title, location.href, window.name, history.length, copy.outerHTML,
    document.activeElement.tagName === "IFRAME" ? "" : document.activeElement.id, scrollX, scrollY];
}};
</script></html>"""


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser with a profile of its own: without one, Chromium opens no connections in advance."""
    executable = find_chromium()
    if executable is None:
        text = "Install Chromium (on Debian: apt-get install chromium), or name one in SESUTIL_CHROMIUM."
        pytest.fail(text) if REQUIRED else pytest.skip(text)
    with chromium_with_profile(executable, tmp_path_factory.mktemp("profile")) as found:
        yield found


@contextmanager
def chromium_with_profile(executable: str, folder: Path) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch_persistent_context(
            folder, executable_path=executable, args=ARGUMENTS, viewport=VIEWPORT
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def the_field() -> Field:
    return Field()


@pytest.fixture
def field(the_field: Field) -> Field:
    the_field.forget()
    return the_field


def frames_of(name: str, html: str, frame: Frame, remote: bool) -> list[str]:
    return [name, frame_markup(html, frame, remote=remote, height=34, title=html[:500])]


@contextmanager
def shown(
    profile: BrowserContext, field: Field, mails: list[list[str]], *, scheme: Any = "light"
) -> Iterator[tuple[Page, Watch]]:
    """A page that shows mails in their frames, as JupyterLab does."""
    page = profile.new_page()
    page.emulate_media(color_scheme=scheme)
    watch = Watch(page)
    page.goto(f"{field.home.url}/")
    page.wait_for_function("!!window.show")
    before = page.evaluate("state()")
    page.evaluate("(mails) => show(mails)", mails)
    assert page.evaluate("state()") == before
    field.settle(page)
    yield page, watch
    page.close()


def unchanged(page: Page, watch: Watch, field: Field) -> None:
    """The page is where it was and what it was, nothing ran, nothing popped up."""
    assert watch.attacks() == []
    assert set(watch.seen) <= {"file chooser"}  # a click on a file input; what is chosen is sent nowhere
    assert watch.moves == [f"{field.home.url}/"]
    assert page.title() == "Before"
    assert page.locator("#canary").inner_text() == "unchanged"
    page.locator("#last").click()
    assert page.locator("#last").inner_text() == "Clicked"  # nothing lies over it


def click_everything(page: Page) -> None:
    places = page.evaluate(
        """[...document.querySelectorAll("#mails > div")].map((cell) => {
          const box = cell.getBoundingClientRect();
          return [box.x + box.width / 2, box.y + 17];
        })"""
    )
    for x, y in places:
        page.mouse.click(x, y)


def traces(watch: Watch, field: Field) -> set[str]:
    """The attacks that left a trace."""
    asked = {path.split("/")[1] for path, _ in field.outside.asked if not path.startswith("/shown/")}
    return asked | {text.partition(":")[2] for text in watch.attacks()} | set(field.wired())


def test_the_attacks_are_real(profile: BrowserContext, field: Field) -> None:
    """Without the sandbox and the policy they do what they are for."""
    leaving = ("script-parent", "base-click", "script-window-open", "script-download")
    names = [name for name in ATTACKS if name not in leaving and not name.startswith(("click", "form"))]
    field.outside.pages["/all"] = "<!doctype html><title>Before</title><div id=mails></div>" + "".join(
        f'<iframe style="width:98px;height:36px;border:0" src="/shown/{name}"></iframe>' for name in names
    )
    page = profile.new_page()
    watch = Watch(page)
    page.goto(f"{field.outside.url}/all")
    field.settle(page)
    end = time.monotonic() + 20
    while (missed := sorted(set(MUST_HIT) - traces(watch, field))) and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert page.title() == "ATTACK"
    page.close()
    assert missed == []
    assert "dialog alert" in watch.seen


@pytest.mark.parametrize("run", ["desktop", "dark", "others"])
def test_nothing_happens_and_nothing_is_loaded(profile: BrowserContext, field: Field, run: str) -> None:
    """Every mail on the desktop, and in one more frame; in the dark many have a question to answer."""
    others = [frame for frame in FRAMES if frame.name not in ("desktop", "dark")]
    mails = []
    for number, (name, html) in enumerate(field.mails.items()):
        if run == "desktop":
            mails.append(frames_of(name, html, FRAMES[0], remote=False))
        elif run == "dark" and number % 2:
            mails.append(frames_of(name, html + ASKS * (number % 4 == 1), FRAMES[2], remote=False))
        elif run == "others" and number % 2 == 0:
            mails.append(frames_of(name, html, others[number // 2 % len(others)], remote=False))
    with shown(profile, field, mails, scheme="dark" if run == "dark" else "light") as (page, watch):
        assert set(field.wired()) == set()
        click_everything(page)
        field.settle(page)
        assert field.outside.asked == []
        # Where a mail makes its link clickable again, Chromium connects under the mouse; it asks for nothing.
        assert set(field.wired()) <= {"click-wire"}
        unchanged(page, watch, field)


def test_keys_open_nothing(profile: BrowserContext, field: Field) -> None:
    names = [name for name in ATTACKS if name.startswith(("click", "form", "over", "file", "access"))]
    mails = [frames_of(name, field.mails[name], FRAMES[0], remote=False) for name in names]
    with shown(profile, field, mails) as (page, watch):
        page.locator("#first").focus()
        for _ in range(2 * len(names)):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "last":
                break
            page.keyboard.press("Enter")
        field.settle(page)
        assert field.outside.asked == []
        assert watch.attacks() == []
        assert watch.moves == [f"{field.home.url}/"]
        assert set(watch.seen) <= {"file chooser"}
        assert page.title() == "Before"


def test_what_a_reader_allowed_is_loaded_and_no_more(profile: BrowserContext, field: Field) -> None:
    mails = [frames_of(name, html, FRAMES[0], remote=True) for name, html in field.mails.items()]
    with shown(profile, field, mails) as (page, watch):
        loaded = {path.split("/")[1] for path, _ in field.outside.asked}
        assert sorted(set(MUST_LOAD) - loaded) == []
        click_everything(page)
        field.settle(page)
        paths = [path for path, _ in field.outside.asked]
        others = {path for path in paths if not path.split("/")[-1].startswith(ALLOWED)}
        assert others - {"/svg-style/use"} == set()  # a picture of its own kind
        assert [path for path, teller in field.outside.asked if teller] == []
        unchanged(page, watch, field)


def test_the_page_in_a_file(
    profile: BrowserContext, field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of the mails, each in one frame of the page; its subject and title are hostile, too."""
    page = profile.new_page()
    watch = Watch(page)
    wanted = []
    for number, (name, html) in list(enumerate(field.mails.items()))[::3]:
        monkeypatch.setattr(previewing, "FRAMES", (FRAMES[number % len(FRAMES)],))
        content = {"Subject": {"Data": html[:2000]}, "Body": {"Html": {"Data": html}}}
        title = f"Preview {name} </title>{html[:500]}"
        file = tmp_path / f"{name}.html"
        file.write_text(
            preview_page(Preview({"Content": {"Simple": content}}), title=title), encoding="utf-8"
        )
        page.goto(file.as_uri())
        wanted.append(file.as_uri())
        assert page.title().startswith(f"Preview {name} </title>")
    assert watch.moves == wanted
    page.goto(f"{field.home.url}/")
    field.settle(page)
    page.close()
    assert field.outside.asked == []
    assert set(field.wired()) == set()
    assert (watch.attacks(), watch.seen) == ([], [])


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "html",
    [
        "(" * 1_000_000,
        "(" + " " * 1_000_000,
        "(prefers-color-scheme " * 45_000,
        f"{ASKS}(prefers-color-scheme:" + " " * 1_000_000,
        "(prefers-color-scheme:light)color-scheme" + " " * 1_000_000,
        "(prefers-color-scheme:light)" + "color-scheme content='" * 45_000,
        "(prefers-color-scheme:light)" + "color-scheme:" * 80_000,
        "<link" * 200_000,
    ],
    ids=["open", "spaces", "names", "answer", "scheme", "content", "schemes", "links"],
)
def test_a_long_mail_takes_no_long_time(html: str) -> None:
    assert frame_markup(html)
