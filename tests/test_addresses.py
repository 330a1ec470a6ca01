from __future__ import annotations

import pytest

from sesutil.addresses import (
    AddressProblem,
    identity_covers,
    is_simulator,
    parse_mailbox,
    recipient_problem,
)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("a@b.org", "", "a@b.org"),
        ("<a@b.org>", "", "a@b.org"),
        ("Logto<noreply@logto.io>", "Logto", "noreply@logto.io"),
        ("Logto <noreply@Logto.IO>", "Logto", "noreply@logto.io"),
        ('"Acme, Inc." <A+x@b.org>', "Acme, Inc.", "A+x@b.org"),
        ('"a \\" <b" <c@d.org>', 'a \\" <b', "c@d.org"),
    ],
)
def test_forms(text: str, name: str, address: str) -> None:
    mailbox = parse_mailbox(text)
    assert (mailbox.display_name, mailbox.address, mailbox.text) == (name, address, text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Illegal address"),
        ("nonsense", "Missing final '@domain'"),
        ("Acme, Inc. <a@b.org>", "Missing final '@domain'"),
        ("a@b.org, c@d.org", "Illegal address"),
        ("@b.org", "Missing local name"),
        ("a@", "Missing domain"),
        ("a b@c.org", "Local address contains control or whitespace"),
        ("a@b.org\nBcc: x@y.org", "Domain contains control or whitespace"),
        ("a\r\n@b.org", "Local address contains control or whitespace"),
        ("a@b c.org", "Domain contains control or whitespace"),
        ("ü@b.org", "Local address contains illegal character"),
        ("a(b)@c.org", "Local address contains illegal character"),
        ("a@b_c.org", "Domain contains illegal character"),
        ("a@b@c.org", "Domain contains illegal character"),
        (".a@b.org", "Local address starts with dot"),
        ("a.@b.org", "Local address ends with dot"),
        ("a..b@c.org", "Local address contains dot-dot"),
        ("a@.b.org", "Domain starts with dot"),
        ("a@b.org.", "Domain ends with dot"),
        ("a@b..org", "Domain contains dot-dot"),
        ('"a@b.org', "Unterminated quote"),
        ("x <a@b.org", "Illegal address"),
        ("x <<a@b.org>>", "Illegal address"),
    ],
)
def test_what_ses_refuses(text: str, problem: str) -> None:
    with pytest.raises(AddressProblem) as caught:
        parse_mailbox(text)
    assert str(caught.value) == problem
    assert recipient_problem(text)


@pytest.mark.parametrize(
    ("identity", "address", "covered"),
    [
        ("b.org", "a@b.org", True),
        ("B.org", "a@b.ORG", True),
        ("b.org", "a@x.y.b.org", True),
        ("b.org", "a@xb.org", False),
        ("x.b.org", "a@b.org", False),
        ("a@b.org", "a@B.org", True),
        ("a@b.org", "A@b.org", False),
        ("a@b.org", "a+label@b.org", True),
        ("a+label@b.org", "a@b.org", False),
        ("a@b.org", "a@x.b.org", False),
    ],
)
def test_coverage(identity: str, address: str, covered: bool) -> None:
    assert identity_covers(identity, parse_mailbox(address)) is covered


def test_simulator() -> None:
    assert is_simulator(parse_mailbox("bounce+x@Simulator.amazonses.com"))
    assert not is_simulator(parse_mailbox("nobody@simulator.amazonses.com"))
    assert not is_simulator(parse_mailbox("success@simulator.amazonses.com.example.org"))


def test_what_a_person_may_type() -> None:
    assert recipient_problem("you@example.com") is None
    assert "no dot" in (recipient_problem("you@localhost") or "")
