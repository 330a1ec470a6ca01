"""Executing the test-run notebook with papermill, and finding the notebooks that come with sesutil."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sesutil.config import read_json
from sesutil.errors import InvalidParameters, ProjectError, RunStopped
from sesutil.files import project_folder
from sesutil.testruns.parameters import TestRunParameters

__all__ = ["ExecutedRun", "execute_test_run", "notebooks_folder", "require_notebooks_extra"]


@dataclass(frozen=True)
class ExecutedRun:
    """A run that papermill carried out: the executed notebook, the results file and what is in it."""

    notebook: Path
    results: Path
    record: dict[str, Any]

    def table(self) -> str:
        """The results as lines: outcome, usage type, recipient; below a failed one why, and what next."""
        results = self.record["results"]
        columns = ("outcome", "usage_type", "recipient")
        widths = [max((len(result[name]) for result in results), default=0) for name in columns]
        lines = []
        for result in results:
            texts = (result[name].ljust(width) for name, width in zip(columns, widths, strict=True))
            lines.append("  ".join(texts).rstrip())
            if result["outcome"] not in ("proven", "accepted"):
                why = (result["error"], result["proof"], result["next_step"])
                lines += [f"    {text}" for text in why if text]
        return "\n".join(lines)


def notebooks_folder() -> Path:
    """Where the notebooks are: packed into the installed package, or beside it in a clone."""
    package = Path(__file__).parent
    packed = package / "starter" / "notebooks"
    return packed if packed.is_dir() else package.parent / "notebooks"


def require_notebooks_extra() -> None:
    """Raises ProjectError where the package was installed without its notebooks' packages."""
    missing = [
        name for name in ("ipywidgets", "jupyterlab", "papermill", "pandas") if find_spec(name) is None
    ]
    if missing:
        raise ProjectError(
            "The notebooks need packages that are not installed (missing: "
            + ", ".join(missing)
            + '). Install them with: pip install "sesutil[all]"'
        )


def execute_test_run(
    parameters: TestRunParameters, *, output: Path | None = None, progress: bool = True
) -> ExecutedRun:
    """Runs `test-run.ipynb` and returns its results, also when mails in it failed.

    Without `output` the run is kept in the project's `runs/`; its results stand beside it, unless
    the parameters name another place. Raises InvalidParameters and ProjectError, and RunStopped
    when the notebook ended before it had results.
    """
    require_notebooks_extra()
    import papermill
    from papermill.exceptions import PapermillExecutionError

    given = Path(parameters.config_path).resolve() if parameters.config_path else None
    project = given.parent if given is not None else project_folder()
    if output is None:  # the last part keeps two runs of the same second apart
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        output = project / "runs" / f"{stamp}-test-run.ipynb"
    elif output.suffix != ".ipynb":
        raise InvalidParameters([f"output: {output} should end in .ipynb, it is a notebook."])
    results = Path(parameters.results_path or output.with_suffix(".results.json")).resolve()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        results.unlink(missing_ok=True)
    except OSError as error:
        raise ProjectError(f"{output.parent} cannot be written to: {error.strerror}.") from None
    values = {**parameters.plain(), "results_path": str(results)}
    if given is not None:
        values["config_path"] = str(given)
    failure = None
    try:
        papermill.execute_notebook(
            str(notebooks_folder() / "test-run.ipynb"),
            str(output),
            parameters=values,
            cwd=str(project),
            progress_bar=progress,
            store_widget_state=False,
        )
    except PapermillExecutionError as error:
        failure = error
    if not results.exists():
        said = f"{failure.ename}: {failure.evalue}" if failure is not None else "it wrote no results"
        raise RunStopped(f"The run ended before it had results. {said}\nSee {output}.")
    return ExecutedRun(output, results, read_json(results))
