"""What looks like a secret is refused as a parameter; what only has the length of one by chance is not."""

from __future__ import annotations

from typing import Any

import pytest

from sesutil.testruns.secrecy import looks_secret

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
        ("usage_types", ["UserPermissionValidation", "OrganizationInvitation"]),
        ("code", "012345"),
        ("name", "token of love"),
        ("quota_reserve", 5),
    ],
)
def test_what_does_not(name: str, value: Any) -> None:
    assert not looks_secret(name, value)
