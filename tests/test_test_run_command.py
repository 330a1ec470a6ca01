"""`sesutil test-run`, as a person and as CI call it."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest
import yaml

from conftest import ROOT, SECRET
from sesutil import TestRunParameters, init_project
from sesutil.launching import PracticeEndpoint, practice_folders, stop_practice
from sesutil.testruns.matrix.reading import read_matrix
from sesutil.testruns.results import TestRun

EXAMPLES = ROOT / "docs" / "examples"


def test_run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "sesutil.cli", "test-run", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    return done


test_run.__test__ = False  # type: ignore[attr-defined]
ONE = ("-t", "SignIn", "-l", "", "--preset", "production")
MATRIX = """
defaults: {usage_types: [SignIn], languages: "", preset: production}
runs: [{name: good}, {name: bad, preset: ready, recipients: x@there.org}]
"""


@pytest.mark.notebooks
def test_one_run(project: Path) -> None:
    done = test_run(*ONE, "--code", "012345", "--junit", "out/j.xml", "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no progress
    record = json.loads(done.stdout)
    assert record["ok"]
    assert [result["code"] for result in record["results"]] == ["012345"]
    assert TestRun.from_record(record) == TestRun.from_record(
        json.loads(Path(record["files"]["results"]).read_text())
    )
    assert Path(record["files"]["notebook"]).parent == project / "runs"
    assert ElementTree.parse(project / "out" / "j.xml").getroot().tag == "testsuites"


@pytest.mark.notebooks
def test_a_run_that_fails(project: Path) -> None:
    done = test_run("-t", "SignIn", "-l", "", "-r", "x@there.org", "-o", "out.ipynb", cwd=project)
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert (project / "out.ipynb").exists()
    assert json.loads((project / "out.results.json").read_text())["ok"] is False
    assert "The recipient x@there.org is not verified in us-east-1" in done.stdout
    assert done.stderr == "1 of 1 mail done\n"


@pytest.mark.notebooks
def test_a_run_over_the_quota_could_not_run(project: Path) -> None:
    many = [part for number in range(201) for part in ("-r", f"a{number}@example.com")]
    done = test_run("-t", "SignIn", "-l", "", *many, cwd=project)
    assert done.returncode == 2
    assert "201 recipients" in done.stderr
    done = test_run("-t", "SignIn", "-l", "", *many, "--dry-run", "--json", cwd=project)
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert (answer["mails"], answer["cost"], answer["left"]) == (201, 201, 200)
    assert "201 recipients" in answer["problems"][0]


@pytest.mark.notebooks
def test_a_matrix_and_the_history(project: Path) -> None:
    (project / "m.yaml").write_text(MATRIX)
    done = test_run("m.yaml", "--junit", "j.xml", "--report", "r.html", cwd=project)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "2 runs, 2 mails, 1 recipient of the day's quota"
    assert "good  ok: 1 of 1 proven (practice, us-east-1)" in lines
    assert "bad   failed: 1 of 1 refused (practice, us-east-1)" in lines
    assert "The recipient x@there.org is not verified" in done.stdout
    assert "m: 1 of 2 runs ok, 1 of 2 failed; 1 of 2 mails proven or accepted" in lines
    suites = ElementTree.parse(project / "j.xml").getroot().findall("testsuite")
    assert len(suites) == 2
    assert "<html" in (project / "r.html").read_text()

    again = test_run("m.yaml", "--resume", "--json", cwd=project)
    assert again.returncode == 1
    record = json.loads(again.stdout)
    assert [(one["state"], one["stood"]) for one in record["runs"]] == [("ok", True), ("failed", False)]
    assert done.stdout.split("next      sesutil test-run --resume ")[1].strip() == Path(record["folder"]).name

    history = json.loads(test_run("--history", "--json", cwd=project).stdout)
    assert sorted(run["name"] for run in history["runs"]) == ["m/bad", "m/bad", "m/good"]
    assert "m/bad (practice, us-east-1): Since" in history["text"]
    assert [one["sentence"].endswith("nothing changed in 1 case.") for one in history["comparisons"]] == [
        True
    ]
    shown = test_run("--history", cwd=project).stdout
    assert "m/good (practice, us-east-1): nothing to compare with yet." in shown
    assert shown.splitlines()[0].split()[4:8] == ["mails", "proven", "accepted", "refused"]


@pytest.mark.notebooks
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_whose_program_is_ended(project: Path, number: int) -> None:
    """By CI that has no more patience, or by a machine that has no more memory: it is gone on with, and
    nothing is sent twice. No kernel stays behind."""
    command = [sys.executable, "-m", "sesutil.cli", "test-run", "--preset", "ready", "-l", ""]
    process = subprocess.Popen([*command, "-t", "SignIn", "-t", "Register", "-t", "Generic"], cwd=project)
    try:
        journal = wait_for_a_send(project)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        process.wait(60)
    finally:
        process.kill()
    kernels = [one for one in children if "ipykernel" in " ".join(cmdline(one))]
    assert psutil.wait_procs(kernels, 10)[1] == []
    assert process.returncode == (128 + signal.SIGTERM if number == signal.SIGTERM else -signal.SIGKILL)
    if number == signal.SIGTERM:
        record = json.loads(Path(str(journal).replace(".journal.jsonl", ".results.json")).read_text())
        assert record["stopped"] == "The run was stopped from outside (Ctrl-C, or a signal)."
        return
    done = test_run("--resume", "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert [result["outcome"] for result in record["results"]] == ["proven"] * 3
    assert [result["attempts"] for result in record["results"]] == [1, 1, 1]
    again = test_run("--resume", cwd=project)
    assert (again.returncode, again.stdout) == (
        0, "All runs of this project came to their end: there is nothing to go on with.\n"
    )  # fmt: skip


def cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def wait_for_a_send(project: Path) -> Path:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for journal in (project / "runs").glob("*.journal.jsonl"):
            if '"kind": "answer"' in journal.read_text():
                return journal
        time.sleep(0.05)
    raise AssertionError("nothing was sent")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["m.yaml", "-r", "a@b.org"], "m.yaml holds the parameters of its runs: leave --recipient out"),
        (["m.yaml", "--live", "-o", "x.ipynb"], "leave --live, --output out"),
        (["none.yaml"], "cannot be read"),
        (["m"], "should end in .yaml"),
        (["--resume"], "there is none to go on with"),
        (["--resume", "x"], "There are no runs"),
        (["--resume", "-t", "SignIn"], "leave --usage-type out"),
        (["m.yaml", "--resume"], "There are no runs of m to go on with"),
        (["m.yaml", "--history"], "leave the name out"),
        (["--timeout", "0"], "--timeout is 0"),
        (["bad.yaml"], "line 1, run 'x': preset: there is none called 'x'"),
        (["live.yaml"], "add --yes"),
        (["-o", "connector.json"], "should end in .ipynb"),
        (["--scenario", "bouncy"], "Do you mean bounce"),
        (["--region", "AKIAABCDEFGHIJKLMNOP"], "looks like a secret"),
    ],
)
def test_bad_arguments(project: Path, arguments: list[str], said: str) -> None:
    (project / "m.yaml").write_text(MATRIX)
    (project / "bad.yaml").write_text("runs: [{preset: x}]")
    (project / "live.yaml").write_text("runs: [{}, {name: live, practice: false, signer: account}]")
    before = (project / "connector.json").read_bytes()
    done = test_run(*arguments, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (project / "runs").exists()
    assert (project / "connector.json").read_bytes() == before


def test_a_dry_run_of_a_matrix(project: Path) -> None:
    (project / "m.yaml").write_text(MATRIX)
    done = test_run("m.yaml", "--dry-run", cwd=project)
    assert done.returncode == 0
    assert "bad   practice (ready)       us-east-1  1 mail  cost 1" in done.stdout
    assert json.loads(test_run("m.yaml", "--dry-run", "--json", cwd=project).stdout)["cost"] == 1
    assert not (project / ".sesutil").exists()


def test_a_dry_run_of_live_runs_says_what_is_left(project: Path, production: PracticeEndpoint) -> None:
    """Or that it could not be read: a CI without credentials is not green."""
    (project / "m.yaml").write_text("runs: [{name: live, practice: false, signer: account, languages: ''}]")
    done = test_run("m.yaml", "--dry-run", cwd=project, **production.environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert "live: 50,000 of 50,000 recipients left within 24 hours" in done.stdout.splitlines()
    nobody = {
        "AWS_CONFIG_FILE": "none",
        "AWS_SHARED_CREDENTIALS_FILE": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = test_run("m.yaml", "--dry-run", cwd=project, **nobody)
    assert done.returncode == 2
    assert "live: what is left of the quota could not be read. " in done.stderr
    assert "9 mails" in done.stdout


def test_a_dry_run_names_whom_the_sandbox_refuses(project: Path) -> None:
    done = test_run(
        "-t", "SignIn", "-l", "", "-r", "x@there.org", "--context", "full", "--dry-run", cwd=project
    )
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[-1] == "Not verified: x@there.org"
    account, mails = lines[:2]
    assert account.index("A local SES") == mails.index("1 usage type")  # the columns are aligned


# -- the examples ---------------------------------------------------------------------------------


@pytest.mark.notebooks
def test_the_nightly_workflow(tmp_path: Path, production: PracticeEndpoint) -> None:
    """Its steps are carried out as they stand, but for those that belong to GitHub and the installation.
    What goes to AWS there goes to a practice account here."""
    workflow = yaml.safe_load((EXAMPLES / "nightly.yml").read_text())
    steps = [step for step in workflow["jobs"]["test-run"]["steps"] if "run" in step]
    assert "pip install" in steps[0]["run"]
    by_use = {step.get("uses", "").partition("@")[0]: step for step in workflow["jobs"]["test-run"]["steps"]}
    saved, restored = by_use["actions/cache/save"], by_use["actions/cache/restore"]
    assert saved["if"] == "always()"  # what broke last night is what this one is compared with
    assert saved["with"]["key"] == restored["with"]["key"]
    init_project(tmp_path)
    shutil.copy(EXAMPLES / "matrix.yaml", tmp_path)
    summary = tmp_path / "summary.md"
    environment = {
        **os.environ,
        **production.environment(),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    try:
        for step in steps[1:]:
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
    finally:
        for folder in practice_folders(tmp_path):
            stop_practice(folder)
    assert "matrix/live" in summary.read_text()
    suites = ElementTree.parse(tmp_path / "results" / "junit.xml").getroot().findall("testsuite")
    assert len(suites) == len(read_matrix(EXAMPLES / "matrix.yaml").entries) == 5
    assert (tmp_path / "results" / "report.html").exists()
    text = (EXAMPLES / "nightly.yml").read_text()
    assert "AWS_ACCESS_KEY" not in text
    assert "secrets." not in text


def test_the_airflow_example_gives_parameters_that_there_are() -> None:
    tree = ast.parse((EXAMPLES / "airflow_test_run.py").read_text())
    names = {
        node.targets[0].id: node.value  # type: ignore[attr-defined]
        for node in tree.body
        if isinstance(node, ast.Assign)
    }
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PapermillOperator"
    )
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    values: dict[str, Any] = {}
    for name in ("PROJECT", "RUN"):
        values[name] = eval(compile(ast.Expression(names[name]), "", "eval"), {}, dict(values))
    given = eval(compile(ast.Expression(options["parameters"]), "", "eval"), {}, values)
    parameters = TestRunParameters.check(given)
    assert parameters.journal_path.endswith(".journal.jsonl")
    assert ast.literal_eval(options["retries"]) == 0  # a retry would send every mail again


def test_what_the_page_on_test_runs_shows(tmp_path: Path) -> None:
    """Its matrix is one, its Python compiles, its commands have the options that it names."""
    text = (ROOT / "docs" / "test-runs.md").read_text()
    blocks = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    (tmp_path / "nightly.yaml").write_text(next(block for kind, block in blocks if kind == "yaml"))
    assert [entry.name for entry in read_matrix(tmp_path / "nightly.yaml").entries] == [
        *("practice", "live-eu", "ready-own", "ready-de+fr", "shop-de+fr-wait_seconds120", "brazil"),
    ]
    for kind, block in blocks:
        if kind == "python":
            compile(block, "docs/test-runs.md", "exec")
    known = set(re.findall(r"--[\w-]+", test_run("--help", cwd=tmp_path, COLUMNS="200").stdout))
    used = {
        option
        for kind, block in blocks
        for line in block.splitlines()
        if kind == "console" and "sesutil test-run" in line
        for option in re.findall(r"(?<= )--[\w-]+", line.partition("#")[0])
    }
    assert used <= known
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / "docs" / target).exists(), target
