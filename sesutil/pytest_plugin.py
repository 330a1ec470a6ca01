"""The pytest fixture `ses_practice`: a fresh practice account for a test, found by every AWS SDK in it.

::

    def test_sign_in(ses_practice):
        my_app.send_code("user@example.org")  # by boto3, or any client of SES
        assert ses_practice.wait_for_code("user@example.org") == my_app.expected_code

pytest loads it by itself where sesutil is installed. A marker says which account:
`@pytest.mark.ses_practice(preset="new", region="eu-central-1", domain="example.com")`; without one it
is out of the sandbox, and example.com is verified in us-east-1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sesutil.practicing import Practice

__all__ = ["pytest_configure", "ses_practice"]

_OPTIONS = ("preset", "region", "domain")
_OF_OTHER_ACCOUNTS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "ses_practice(preset='production', region='us-east-1', domain='example.com'): which account "
        "the fixture ses_practice gives",
    )


@pytest.fixture
def ses_practice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Practice]:
    """A local SES of its own for this test; the environment points boto3 and other SDKs at it."""
    from sesutil.launching import require_practice_extra
    from sesutil.practicing import Practice

    require_practice_extra()
    from sesutil.practice import serve

    marker = request.node.get_closest_marker("ses_practice")
    given = dict(marker.kwargs) if marker else {}
    if (marker and marker.args) or given.keys() - set(_OPTIONS):
        raise pytest.UsageError(f"ses_practice takes {', '.join(_OPTIONS)} by name.")
    with serve(**{"preset": "production", **given}) as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        others = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]
        for name in (*_OF_OTHER_ACCOUNTS, *others):
            monkeypatch.delenv(name, raising=False)
        for name in ("NO_PROXY", "no_proxy"):  # or a client would take the codes to its proxy
            monkeypatch.setenv(name, ",".join(filter(None, (os.environ.get(name), "127.0.0.1"))))
        if "boto3" in sys.modules:  # its default session remembers the credentials it once found
            monkeypatch.setattr(sys.modules["boto3"], "DEFAULT_SESSION", None)
        yield Practice(endpoint)
