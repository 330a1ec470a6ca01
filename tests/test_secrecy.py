"""What looks like a secret is refused as a parameter; what only has the length of one by chance is not."""

from __future__ import annotations

import random
import string
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sesutil.errors import InvalidMatrix, InvalidParameters
from sesutil.secrecy import looks_secret
from sesutil.testruns.matrix.reading import read_matrix
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.redacting import without_secrets

RANDOM = random.Random(6)
BASE64 = string.ascii_letters + string.digits + "+/"
TOKEN = "".join(RANDOM.choices(BASE64, k=400))
SMTP = "BAx" + "".join(RANDOM.choices(BASE64, k=40)) + "="
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # AWS's own example
SHA1, SHA256 = (
    "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4" + "0" * 24,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accessKeySecret", ""),
        ("access_key_secret", "x"),
        ("password", "x"),
        ("awsSecretAccessKey", None),
        ("session_token", 1),
        ("code", KEY),
        ("name", f"the key is {KEY}, take it"),
        ("recipients", ["a@example.org", KEY]),
        ("payload", {"deep": [{"er": KEY}]}),
        ("name", "AKIAIOSFODNN7EXAMPLE"),
        ("results_path", "runs/AKIAIOSFODNN7EXAMPLE.json"),
        ("results_path", KEY),
        ("name", "-----BEGIN RSA PRIVATE KEY-----"),
        ("name", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"),
    ],
)
def test_what_looks_like_a_secret(name: str, value: Any) -> None:
    assert looks_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("results_path", "/tmp/stranger6/cli/runs/20261125T184926Z-ab12-test-run.results.json"),
        ("config_path", f"/srv/{KEY}/connector.json"),
        ("recipients", [f"{KEY.replace('/', 'x')}@example.org"]),
        ("name", SHA1),
        ("name", SHA256),
        ("name", "010001a213f239f1-6dcc9461-e2de-4b1f-9261-9288102b4f66-000000"),
        ("config_path", "/Users/anna/Documents/mail2026/connector.json"),
        ("name", "/data/Anna/work/customers/Shop2026/project/settings/connector"),
        ("name", "/builds/Group1/projectname/subprojectname/build/reports"),
        ("name", f"/builds/Group1/project/{SHA1}/Build"),
        ("name", "/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/tmpab12/connector"),
        ("name", "C:\\Users\\Anna\\AppData\\Local\\Temp\\pytest-of-Anna\\pytest-12\\connector.json"),
        ("name", SHA1.upper()),
        ("name", "550e8400-e29b-41d4-a716-446655440000"),
        ("name", "Register2FAForTheNewCustomersOfTheShop42"),
        ("name", "EinladungZurOrganisationFuerAlleKunden2026Q1Pilot"),
        ("name", "practice-SignIn-Register-ForgotPassword-Generic-de-pt-BR-zh-Hans"),
        ("name", "arn:aws:ses:eu-central-1:123456789012:configuration-set/MyCompanyProductionSet2026ForAll"),
        ("name", "Tue, 25 Nov 2026 19:00:00 GMT"),
        ("name", "Forgot password: all languages"),
        ("recipients", ["Support+CustomerOnboardingTest2026Batch01@example.com"]),
        ("recipients", ["Verification2026SignInForNewCustomerTest@example.com"]),
        ("usage_types", ["UserPermissionValidation", "OrganizationInvitation"]),
        ("code", "012345"),
        ("name", "token of love"),
        ("quota_reserve", 5),
    ],
)
def test_what_does_not(name: str, value: Any) -> None:
    assert not looks_secret(name, value)


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        f"aws_secret_access_key={KEY}",
        f"key={KEY}",
        f"secret: {KEY}",
        f"{KEY}=",
        f"a-{KEY}-b",
        KEY.replace("/", "_"),
        quote(KEY, safe=""),
        b64encode(KEY.encode()).decode(),
        SMTP,
        f"IQoJb3JpZ2luX2VjE{TOKEN}==",
        f"FwoGZXIvYXdzE{TOKEN[:60]}",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 9,
        "xoxb-123456789012-abcdefABCDEF1234",
        "https://user:hunter2pass@example.com/",
        "password=hunter2",
        "Bearer abcdefghijklmnopqrstuvwxyz",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "customers/templates/production/overview/" + KEY,
    ],
)
def test_a_secret_in_whatever_form_is_refused_and_masked(value: str, tmp_path: Path) -> None:
    assert looks_secret("name", value)
    assert looks_secret("recipients", ["a@example.org", value])
    with pytest.raises(InvalidParameters) as refused:
        TestRunParameters.check({"name": value})
    masked = without_secrets(f"The server said: {value}")
    file = tmp_path / "matrix.yaml"
    file.write_text(f"matrix:\n  region: [us-east-1, {value!r}]\n  other: [{value!r}]\n")
    with pytest.raises(InvalidMatrix) as unread:
        read_matrix(file)
    secret = max(value.replace("=", " ").replace(":", " ").split(), key=len).strip("-/@")
    for text in (str(refused.value), masked, str(unread.value)):
        assert value not in text
        assert len(secret) < 12 or secret not in text


def test_random_secrets_are_told_from_names() -> None:
    missed = [length for length in [40, 44, 56, 200] * 500 if not looks_secret("name", _random(length))]
    assert len(missed) <= 10  # of 2000: by chance a few look like words


def _random(length: int) -> str:
    return "".join(RANDOM.choices(BASE64, k=length))


@pytest.mark.parametrize(
    "name",
    ["session-token", "api-key", "private-key", "access-key", "secret access key", "githubToken", "my_token"],
)
def test_a_name_of_a_secret_in_whatever_form_shows_no_value(name: str, tmp_path: Path) -> None:
    assert looks_secret(name, "")
    for body in (f"runs:\n  - {{{name}: hunter2}}\n", f"matrix:\n  {name}: [hunter2]\n"):
        (tmp_path / "matrix.yaml").write_text(body)
        with pytest.raises(InvalidMatrix, match="secret") as caught:
            read_matrix(tmp_path / "matrix.yaml")
        assert "hunter2" not in str(caught.value)


def test_an_unknown_parameters_value_is_in_no_name(tmp_path: Path) -> None:
    """It may be a secret that nobody can tell by its form."""
    for body in (
        "runs:\n  - {smtp_pass: hunter2}\n",
        "matrix:\n  smtp_pass: [hunter2]\n",
        "matrix:\n  account: [{smtp_pass: hunter2}]\n",
    ):
        (tmp_path / "matrix.yaml").write_text(body)
        with pytest.raises(InvalidMatrix, match="smtp_pass") as caught:
            read_matrix(tmp_path / "matrix.yaml")
        assert "hunter2" not in str(caught.value)


def test_a_path_in_a_matrix_is_judged_as_a_path(tmp_path: Path) -> None:
    for path in ("/Users/anna/Documents/mail2026/connector.json", f"/srv/{KEY}/connector.json"):
        (tmp_path / "matrix.yaml").write_text(f"runs:\n  - config_path: {path}\n")
        (entry,) = read_matrix(tmp_path / "matrix.yaml").entries
        assert entry.parameters.config_path == path
