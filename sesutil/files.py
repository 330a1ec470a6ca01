"""Where the project is, and how its files are written: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["project_folder", "replace_bytes", "replace_file"]


def replace_file(path: Path, text: str, *, private: bool = False) -> None:
    """`replace_bytes` for a text, as UTF-8."""
    replace_bytes(path, text.encode("utf-8"), private=private)


def replace_bytes(path: Path, data: bytes, *, private: bool = False) -> None:
    """Writes `data` beside `path` and moves it there: readers see the old file or the new one.

    What is there and is no file (/dev/null, a pipe) is written into, and stays what it is: whoever may do so,
    as root may, would put a file in its place. `private` makes it readable by its owner only. Raises
    OSError; then `path` is as it was.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not private:
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def project_folder(start: Path | None = None) -> Path:
    """The folder of the project that one is working in.

    SESUTIL_PROJECT if it is set; else the nearest folder upwards with a connector.json; else the
    working folder, or the one above it when that is called `notebooks`.
    """
    if named := os.environ.get("SESUTIL_PROJECT"):
        return Path(named).resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "connector.json").is_file():
            return folder
    return here.parent if here.name == "notebooks" else here
