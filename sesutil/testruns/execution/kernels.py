"""Executing a notebook with papermill in a kernel of its own, which can be stopped and leaves nothing behind.

papermill runs in a thread, so that whoever started it can look at the clock, at the journal, and at Ctrl-C
meanwhile, and so that its event loop is nobody else's. The kernel is a process group: it is interrupted
first, so that the run in it can end in order, and killed with its children when it does not listen.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sesutil.testruns.execution.sockets import private_sockets
from sesutil.testruns.redacting import without_secrets

__all__ = ["Ending", "Execution", "Why"]

How = Literal["done", "raised", "died", "no kernel", "storage", "fault"]
Why = Literal["", "late", "stopped"]

_GRACE = 15.0  # seconds from the interrupt to the kill; a run that stops in order writes its results in them
_AFTER_KILL = 15.0  # nbclient looks once a second whether its kernel lives, and may wait 5 for a message
_LOOK = 0.1
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ending:
    """How an execution ended, and what was said.

    how: done (every cell), raised (a cell did: `said` is the error), died (the kernel), "no kernel" (it
    did not start), storage (the notebook cannot be written), fault (of papermill or of sesutil).
    """

    how: How
    said: str = ""


class Execution:
    """A notebook that papermill executes. Made, it has not begun; `carry_out` begins and ends it.

    `source`, `output`: notebooks; what is executed is written to `output` after each cell. `folder`: the
    kernel's working folder. `start_timeout`: seconds that the kernel has to come up.
    """

    def __init__(
        self,
        source: Path,
        output: Path,
        parameters: Mapping[str, Any],
        *,
        folder: Path,
        start_timeout: float = 60.0,
    ) -> None:
        self.source, self.output = source, output
        self.parameters = dict(parameters)
        self.folder = folder
        self.start_timeout = start_timeout
        self.ending = Ending("fault", "It was not executed.")
        self._given_up = threading.Event()
        # Not the thread's join: one that Ctrl-C interrupts takes the thread for ended (Python 3.11 and 3.12).
        self._over = threading.Event()
        self._group: int | None = None
        self._log: Any = None

    def carry_out(
        self,
        *,
        timeout: float | None = None,
        stop: Callable[[], bool] = lambda: False,
        look: Callable[[], None] = lambda: None,
        grace: float = _GRACE,
    ) -> Why:
        """Executes the notebook to its end, or until time is up or `stop` says so; meanwhile it calls `look`.

        Returns why it was ended: "late", "stopped", or "" when it ended by itself. `ending` says how. An
        exception here (Ctrl-C) ends it in the same way, and goes on afterwards.
        """
        thread = threading.Thread(target=self._work, name=f"sesutil {self.output.stem}", daemon=True)
        until = None if timeout is None else time.monotonic() + timeout
        why: Why = ""
        with tempfile.TemporaryFile("w+b") as self._log:
            thread.start()
            try:
                while not why:
                    if self._over.wait(_LOOK):
                        break
                    look()
                    if stop():
                        why = "stopped"
                    elif until is not None and time.monotonic() > until:
                        why = "late"
            except BaseException:
                self._end(grace, lambda: None)
                raise
            if why:
                self._end(grace, look)
        look()
        return why

    def _end(self, grace: float, look: Callable[[], None]) -> None:
        self._given_up.set()
        begin = time.monotonic()
        interrupts = [0.0, grace / 2]  # the second for one that was between two cells, where it is ignored
        try:
            while not self._over.is_set() and time.monotonic() < begin + grace:
                if interrupts and time.monotonic() >= begin + interrupts[0]:
                    del interrupts[0]
                    self._signal(signal.SIGINT)
                self._over.wait(_LOOK)
                look()
        finally:  # also after a second Ctrl-C
            self._signal(_KILL)
            self._over.wait(_AFTER_KILL)

    def _signal(self, number: int) -> None:
        """To the kernel and its children; nothing where there are none any more."""
        if self._group is not None and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, number)

    def _work(self) -> None:
        try:
            self._execute()
        finally:
            self._over.set()

    def _execute(self) -> None:
        import papermill
        from jupyter_core.utils import ensure_event_loop
        from nbclient.exceptions import DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        _keep_quiet()
        sockets = contextlib.ExitStack()
        try:
            papermill.execute_notebook(
                _no_placeholders(self.source),
                _no_placeholders(self.output),
                parameters=self.parameters,
                progress_bar=False,
                start_timeout=max(1, round(self.start_timeout)),
                autosave_cell_every=0,  # but at each cell's end: a full disk disturbs no cell that runs
                store_widget_state=False,
                kernel_manager_class=self._manager(sockets.enter_context(private_sockets())),
                resources={"metadata": {"path": str(self.folder)}},  # its `cwd` would move this process, too
            )
            self.ending = Ending("done")
        except PapermillExecutionError as error:
            self.ending = Ending("raised", _COLOURS.sub("", f"{error.ename}: {error.evalue}"))
        except DeadKernelError:
            self.ending = Ending("died", self._last_words())
        except OSError as error:
            gone = "its folder is not there any more" if isinstance(error, FileNotFoundError) else str(error)
            self.ending = Ending("storage", error.strerror or gone)  # papermill's own text has its whole path
        except RuntimeError as error:  # nbclient's word for a kernel that does not come up
            self.ending = Ending("no kernel", self._last_words() or str(error))
        except Exception as error:
            self.ending = Ending("fault", f"{type(error).__name__}: {error}")
        finally:
            self._signal(_KILL)  # children that outlived the kernel
            sockets.close()
            ensure_event_loop().close()

    def _manager(self, sockets: Mapping[str, str]) -> type:
        """A kernel manager for this execution: its kernel runs on this Python, whatever kernels there are,
        and it is talked to in these `sockets`."""
        from ipykernel.kernelspec import make_ipkernel_cmd
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager

        execution = self

        class OwnKernel(AsyncKernelManager):
            @property
            def kernel_spec(self) -> KernelSpec:
                # A kernel called python3 of another environment would have no sesutil.
                return KernelSpec(argv=make_ipkernel_cmd(), display_name="Python 3", language="python")

            async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
                if execution._given_up.is_set():
                    raise RuntimeError("It was ended before its kernel started.")
                for name, value in sockets.items():
                    setattr(self, name, value)
                log = execution._log
                await AsyncKernelManager.start_kernel(self, **{**options, "stdout": log, "stderr": log})
                execution._group = getattr(self.provisioner, "pgid", None)

        return OwnKernel

    def _last_words(self) -> str:
        """The last line that the kernel wrote to its log, without what may be a secret."""
        try:
            self._log.seek(0)
            text = self._log.read()[-4000:].decode("utf-8", errors="replace")
        except (OSError, ValueError):
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip() and "WARNING |" not in line]
        return without_secrets(lines[-1])[:300] if lines else ""


def _no_placeholders(path: Path) -> str:
    """papermill fills parameters into {braces} of a path; a folder may have them in its name."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _keep_quiet() -> None:
    """What papermill logs is told by `Ending`; without a handler Python prints it on stderr."""
    for name in ("papermill", "traitlets"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
