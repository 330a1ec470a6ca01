"""What of Amazon's own DNS an account's owner may look up: the other end of the records for SES."""

from __future__ import annotations

import base64
import hashlib
import re

from sesutil.practice.rules.name_space import is_below, is_route53_server
from sesutil.practice.rules.regions import signing_hosted_zone
from sesutil.practice.rules.world import World
from sesutil.regions import is_ses_region

__all__ = ["AMAZON", "names_of_amazon"]

AMAZON = "amazonses.com"

# What MAIL FROM's "include:amazonses.com" leads to, as it stood in the DNS in 2025. It changes.
_SPF = (
    "v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 "
    "ip4:23.249.208.0/20 ip4:23.251.224.0/19 ip4:76.223.176.0/20 ip4:54.240.64.0/18 ip4:76.223.128.0/19 "
    "ip4:216.221.160.0/19 ip4:206.55.144.0/20 -all"
)
_ALWAYS = (AMAZON, f"*.dkim.{AMAZON}")
_FEEDBACK = re.compile(r"feedback-smtp\.([a-z0-9-]+)\.amazonses\.com")
# DER of an RSA public key up to the modulus, and the exponent 65537 after it, by length in bits.
_DER = {
    1024: bytes.fromhex("30819f300d06092a864886f70d010101050003818d0030818902818100"),
    2048: bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100"),
}
_EXPONENT = bytes.fromhex("0203010001")


def names_of_amazon(world: World, name: str) -> dict[str, str] | None:
    """Type → value at one of Amazon's names; None for a name that does not exist.

    Name servers of hosted zones are at 127.0.0.1, where this account answers for all of them.
    """
    if is_route53_server(name):
        return {"A": "127.0.0.1"}
    feedback = _FEEDBACK.fullmatch(name)
    if feedback and is_ses_region(feedback[1]):
        return {"A": "192.0.2.25"}  # an address of the documentation's: no mail goes there
    keys = _key_lengths(world)
    if name in keys:
        return {"TXT": f"p={_public_key(name, keys[name])}"}
    if name == AMAZON:
        return {"TXT": _SPF}
    return {} if any(is_below(one, name) for one in (*keys, *_ALWAYS)) else None


def _key_lengths(world: World) -> dict[str, int]:
    """Where SES publishes the public keys of this account's identities, and their lengths."""
    return {
        f"{token}.{signing_hosted_zone(state.region)}": 1024 if "1024" in identity.dkim_key_length else 2048
        for state in world.states()
        for identity in state.identities.values()
        if identity.dkim_origin == "AWS_SES"
        for token in identity.dkim_tokens
    }


def _public_key(name: str, length: int) -> str:
    """A key in the right form, the same for the same name. Nothing was ever signed with it."""
    size = length // 8
    digits = b"".join(hashlib.sha256(f"{name}{part}".encode()).digest() for part in range(size // 32))
    modulus = bytes((digits[0] | 0x80,)) + digits[1:-1] + bytes((digits[-1] | 0x01,))
    return base64.b64encode(_DER[length] + modulus + _EXPONENT).decode()
