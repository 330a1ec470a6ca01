from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sesutil import AwsError, ConnectorConfig, PracticeError, connect, load_config, read_status
from sesutil.launching import PracticeEndpoint


def test_live_is_aws_itself(config: ConnectorConfig) -> None:
    account = connect(config)
    assert account.mode == "live"
    assert account.endpoint_url == "https://email.us-east-1.amazonaws.com"
    assert account.leaves_machine


def test_an_endpoint_from_the_environment(config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1234")
    account = connect(config)
    assert (account.mode, account.endpoint_url) == ("endpoint", "http://127.0.0.1:1234")
    assert not account.leaves_machine


def test_live_on_demand_ignores_the_environment(
    config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1234")
    assert connect(config, practice=False).mode == "live"


def test_practice_is_never_left_for_an_endpoint(
    ready: PracticeEndpoint, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1234")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1234")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    account = connect(config, practice=ready)
    assert account.mode == "practice"
    assert read_status(account).account_id == ready.account_id


def test_contradictions(config: ConnectorConfig) -> None:
    with pytest.raises(PracticeError):
        connect(config, practice=True, endpoint_url="http://127.0.0.1:1")
    with pytest.raises(PracticeError):
        connect(config, practice=False, endpoint_url="http://127.0.0.1:1")


def test_the_configs_key_signs(ready: PracticeEndpoint, document: dict[str, Any]) -> None:
    document |= {"accessKeyId": ready.access_key_id, "accessKeySecret": ready.secret_access_key}
    account = connect(load_config(document), endpoint_url=ready.endpoint_url)
    assert read_status(account).region == "us-east-1"
    document["accessKeySecret"] += " "
    with pytest.raises(AwsError) as caught:
        read_status(connect(load_config(document), endpoint_url=ready.endpoint_url))
    assert caught.value.code == "InvalidSignatureException"
    assert caught.value.http_status == 403
    assert caught.value.request_id


def test_without_a_key_the_chain_is_used(
    ready: PracticeEndpoint, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ready.environment().items():
        monkeypatch.setenv(name, value)
    assert read_status(connect()).caller == f"arn:aws:iam::{ready.account_id}:user/sesutil-practice"


def test_a_profile_goes_before_the_configs_key(
    ready: PracticeEndpoint, config: ConnectorConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        f"[mine]\naws_access_key_id={ready.access_key_id}\naws_secret_access_key={ready.secret_access_key}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    account = connect(config, profile="mine", endpoint_url=ready.endpoint_url)
    assert read_status(account).account_id == ready.account_id


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"profile": "nobody"}, "ProfileNotFound"),
        ({}, "NoRegionError"),
        ({"region": "not a region"}, "InvalidRegionError"),
        ({"region": "us-east-1", "endpoint_url": "nonsense"}, "InvalidResponse"),
    ],
)
def test_what_cannot_be_connected(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError) as caught:
        connect(**arguments)
    assert caught.value.code == code
    assert caught.value.explanation.fix


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    account = connect(region="us-east-1")
    with pytest.raises(AwsError, match="No usable AWS credentials"):
        read_status(account)


def test_one_client_for_all_threads(ready: PracticeEndpoint) -> None:
    account = connect(practice=ready)
    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: id(account.client("sts")), range(64)))
    assert len(clients) == 1


def test_status_and_its_frame(ready: PracticeEndpoint, production: PracticeEndpoint) -> None:
    sandbox = read_status(connect(practice=ready))
    assert (sandbox.production, sandbox.max_24_hours, sandbox.left_24_hours) == (False, 200, 200)
    frame = sandbox.frame()
    assert list(frame.columns) == ["what", "value", "meaning"]
    assert "0 of 200" in set(frame["value"])
    granted = read_status(connect(practice=production))
    assert (granted.production, granted.max_24_hours, granted.review) == (True, 50_000, "GRANTED")


def test_another_region_is_another_account(ready: PracticeEndpoint) -> None:
    there = connect(practice=ready, region="eu-central-1")
    assert there.region == "eu-central-1"
    assert there.ses.list_email_identities()["EmailIdentities"] == []


def test_proxies_are_not_asked_for_this_machine(
    ready: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert read_status(connect(practice=ready)).region == "us-east-1"
    assert os.environ["HTTP_PROXY"]


def test_connections_share_what_is_known_of_the_services_and_nothing_else(
    ready: PracticeEndpoint, production: PracticeEndpoint
) -> None:
    one, other = connect(practice=ready), connect(practice=production)
    loaders = [account.client("sts")._loader for account in (one, other)]
    assert loaders[0] is loaders[1]
    before = list(loaders[0].search_paths)
    connect(practice=ready)
    assert loaders[0].search_paths == before
    ids = [account.credentials() for account in (one, other)]
    assert [found.access_key_id for found in ids if found] == [ready.access_key_id, production.access_key_id]


def test_models_of_ones_own_are_heeded(
    ready: PracticeEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert str(tmp_path) in connect(practice=ready).client("sts")._loader.search_paths
    monkeypatch.delenv("AWS_DATA_PATH")
    assert str(tmp_path) not in connect(practice=ready).client("sts")._loader.search_paths
