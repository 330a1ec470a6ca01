"""Other keys than the first: new ones, longer ones, and keys of one's own (BYODKIM)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from practice_client import refusal
from practice_sites import WAITING, WELL, Site, start_again, verified_site
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

# Its base64 has the letters "RSA" in it, as that of one key in a hundred has them or "KEY".
AWKWARD_KEY = "".join(
    """MIICXAIBAAKBgQCy4ZW+2G+P9cT0OXNcI00AmcsUFBZ5llHauoTJxUhaU2sooIz7Q80lCQseGpyBYCOv7u2PiYjAZVqamIM2bU90
    X5rTZS6Ol2dl8MtGHARkDZXP+2RLnb5g2v5xbJrK+LOnhnV0jGpmxO+K1dHnOg+u0ePfQeUxjhM5pabc54e+2QIDAQABAoGAWPV2
    0wIv+RfwasRnalrj4HibVdDnnG/1JSG9B9rksIbrs7ikZBDD5LcqoD37txtopAXefpOXPpcpB9jw6BBUgmWjZwQjYroh+jxQM4bT
    aeUNR4y297NdeJEq2R/inojYdsbizJ8O7eYqLeTiZa4Hv8t/JRaqBDoNd7r7tgMRSAECQQDpaGo2ziv3Max6lysDuwptPbAM1tpy
    eh2XAPV7glGjVTkhRfHSqYWb1FVTV5Zk+rAY9DKSAAuHtzix8vlEXFBRAkEAxDIPY9UVWu0MzDV9UUnY3l8QRQdP6N6fpb0OxYUR
    0Bkv8JwQ+aGcQCrCxpdjriSYheul+w5IzgsuQRdqfwssCQJBAL2GAlDUIlELLbExVEUoODQx1eTnBOPVkndN2Qbb76w/hC8nW0+i
    RRIeXNZalY0THbB1gSaaEMK3nLqpv4uppbECQEtqks/lUNgq1wiIZyugH2UbVb2zGdyB9wxWqB71D+vWQr9SvpO2s8FWrph4CTEf
    kCGqe5sN2p6ZXaZXwfAj80ECQH9zmv91KSJ3eiOr1aUZoX/ErVPwHaRzKbVi4E3aJyACBgHnDGfq+CYd10MbC4OcGOKsdHbnq8Qu
    vHXipmEbTN0=""".split()
)


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


def private_key(bits: int = 2048) -> Any:
    return rsa.generate_private_key(65537, bits)


def der(key: Any, form: str = "PKCS8") -> str:
    chosen = getattr(serialization.PrivateFormat, form)
    data = key.private_bytes(serialization.Encoding.DER, chosen, serialization.NoEncryption())
    return base64.b64encode(data).decode()


def public(key: Any) -> str:
    data = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(data).decode()


def bring(site: Site, key: str, selector: str = "logto") -> Any:
    return start_again(site, "EXTERNAL", DomainSigningSelector=selector, DomainSigningPrivateKey=key)


@pytest.mark.parametrize("length", ["RSA_1024_BIT", "RSA_2048_BIT"])
def test_new_keys_may_have_another_length(live: PracticeEndpoint, length: str) -> None:
    site = verified_site(live)
    old = site.records
    start_again(site, NextSigningKeyLength=length)
    assert site.get("DkimAttributes")["NextSigningKeyLength"] == length
    assert not set(site.records) & set(old)
    assert site.state == (True, "SUCCESS", "PENDING")  # that it may still send meanwhile is a guess
    assert site.send() is None
    site.publish()
    assert site.state == WELL


def test_key_length_can_be_chosen_at_creation(live: PracticeEndpoint) -> None:
    site = Site(live, DkimSigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"})
    assert site.get("DkimAttributes")["CurrentSigningKeyLength"] == "RSA_1024_BIT"


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
@pytest.mark.parametrize("bits", [1024, 2048])
@pytest.mark.parametrize("at_creation", [True, False])
def test_own_key_is_verified_by_its_txt_record(
    live: PracticeEndpoint, form: str, bits: int, at_creation: bool
) -> None:
    key = private_key(bits)
    given = {"DomainSigningSelector": "logto", "DomainSigningPrivateKey": der(key, form)}
    site = Site(live, **({"DkimSigningAttributes": given} if at_creation else {}))
    if not at_creation:
        start_again(site, "EXTERNAL", **given)
    found = site.get("DkimAttributes")
    assert (found["SigningAttributesOrigin"], found["Tokens"]) == ("EXTERNAL", ["logto"])
    assert site.state == WAITING
    site.put(f"logto._domainkey.{site.name}", "TXT", f'"v=DKIM1; k=rsa; p={public(private_key(1024))}"')
    assert (site.state, site.get("VerificationInfo")["ErrorType"]) == (WAITING, "INVALID_VALUE")
    site.put(f"logto._domainkey.{site.name}", "TXT", f'"p={public(key)[:200]}" "{public(key)[200:]}"')
    assert site.state == WELL
    assert site.send() is None
    assert "PRIVATE" not in str(site.get("DkimAttributes"))


@pytest.mark.parametrize(
    ("kind", "name", "value", "state"),
    [
        ("TXT", "logto._domainkey.{site}", '"p={key}"', WELL),
        ("TXT", "logto._domainkey.{site}", '"k=rsa;p={key};"', WELL),
        ("TXT", "*._domainkey.{site}", '"v=DKIM1; p={key}"', WELL),
        ("TXT", "logto._domainkey.{site}", '"p="', WAITING),  # a key that was withdrawn
        ("TXT", "logto._domainkey.{site}", '"{key}"', WAITING),
        ("TXT", "other._domainkey.{site}", '"p={key}"', WAITING),
        ("TXT", "logto._domainkey.{site}.{site}", '"p={key}"', WAITING),
        ("CNAME", "logto._domainkey.{site}", "logto.dkim.amazonses.com", WAITING),
    ],
)
def test_record_of_an_own_key(live: PracticeEndpoint, kind: str, name: str, value: str, state: Any) -> None:
    site, key = Site(live), private_key(1024)
    bring(site, der(key))
    site.put(name.format(site=site.name), kind, value.format(key=public(key)))
    assert site.state == state


def test_own_key_can_be_given_up_for_easy_dkim_again(live: PracticeEndpoint) -> None:
    site, key = Site(live), private_key(1024)
    bring(site, der(key))
    site.put(f"logto._domainkey.{site.name}", "TXT", f'"p={public(key)}"')
    assert site.state == WELL
    start_again(site)
    assert site.get("DkimAttributes")["SigningAttributesOrigin"] == "AWS_SES"
    site.publish()
    assert site.state == WELL


def test_any_letters_may_be_in_a_key(live: PracticeEndpoint) -> None:
    key = serialization.load_der_private_key(base64.b64decode(AWKWARD_KEY), None)
    site = Site(live)
    bring(site, AWKWARD_KEY)
    site.put(f"logto._domainkey.{site.name}", "TXT", f'"p={public(key)}"')
    assert site.state == WELL


@pytest.mark.parametrize(
    ("key", "selector"),
    [
        ("bm8gLSBrZXk=", "logto"),
        ("no key", "logto"),
        ("", "logto"),
        (der(private_key(4096)), "logto"),
        (der(ec.generate_private_key(ec.SECP256R1())), "logto"),
        (f"-----BEGIN PRIVATE KEY-----\n{der(private_key(1024))}\n-----END PRIVATE KEY-----", "logto"),
        (der(private_key(1024)), "lo_gto"),
        (der(private_key(1024)), "-logto"),
        (der(private_key(1024)), "l" * 64),
        (der(private_key(1024)), ""),
    ],
    ids="no-DER no-base64 empty too-long elliptic with-head underscore hyphen long no-selector".split(),
)
def test_key_or_selector_that_cannot_be_used(live: PracticeEndpoint, key: str, selector: str) -> None:
    """The limits are the model's: base64 alone (its first and last line taken off), a DNS label."""
    site = Site(live)
    before = site.get("DkimAttributes")
    given = {"DomainSigningPrivateKey": key, "DomainSigningSelector": selector}
    found = refusal(
        site.ses.put_email_identity_dkim_signing_attributes,
        EmailIdentity=site.name,
        SigningAttributesOrigin="EXTERNAL",
        SigningAttributes=given,
    )
    assert (found.status, found.code) == (400, "BadRequestException")
    assert not key or key not in (found.text or "")
    assert site.get("DkimAttributes") == before
