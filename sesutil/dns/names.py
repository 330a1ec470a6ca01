"""Domain names as texts: lower case, no last dot, ASCII; whose a name server is."""

from __future__ import annotations

import dns.name

__all__ = ["ascii_name", "is_within", "name_text", "parents_of", "provider_of", "relative_name"]

# The end of a name server's name, and who runs it. Only what is certain; an unknown one is shown by name.
_PROVIDERS = (
    (".ns.cloudflare.com", "Cloudflare"),
    (".domaincontrol.com", "GoDaddy"),
    (".registrar-servers.com", "Namecheap"),
    (".googledomains.com", "Google Cloud or Squarespace"),
    (".azure-dns.com", "Azure DNS"),
    (".azure-dns.net", "Azure DNS"),
    (".azure-dns.org", "Azure DNS"),
    (".azure-dns.info", "Azure DNS"),
    (".digitalocean.com", "DigitalOcean"),
    (".vercel-dns.com", "Vercel"),
    (".dnsimple.com", "DNSimple"),
    (".gandi.net", "Gandi"),
    (".ovh.net", "OVHcloud"),
    (".anycast.me", "OVHcloud"),
    (".ui-dns.com", "IONOS"),
    (".ui-dns.de", "IONOS"),
    (".ui-dns.org", "IONOS"),
    (".ui-dns.biz", "IONOS"),
    (".rzone.de", "STRATO"),
    (".inwx.de", "INWX"),
    (".hetzner.com", "Hetzner"),
    (".hetzner.de", "Hetzner"),
    (".wixdns.net", "Wix"),
    (".linode.com", "Linode"),
    (".porkbun.com", "Porkbun"),
)


def ascii_name(text: str) -> str:
    """A domain name as this package writes it: ASCII (`xn--` where need be), lower case, no last dot.

    What cannot be encoded stays as it is: the DNS will say that there is no such name.
    """
    text = text.strip().rstrip(".").lower()
    if text.isascii():
        return text
    try:
        return dns.name.from_text(text, idna_codec=dns.name.IDNA_2003).to_text(omit_final_dot=True).lower()
    except dns.exception.DNSException:
        return text


def name_text(name: dns.name.Name) -> str:
    """A name out of an answer as text, what is no ASCII decoded: curly quotes are to be seen as such."""
    labels = [label.decode("utf-8", "backslashreplace").replace(".", "\\.") for label in name.labels if label]
    return ".".join(labels).lower()


def parents_of(name: str) -> list[str]:
    """The names above a name, nearest first, without the root."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


def is_within(name: str, zone: str) -> bool:
    """Whether a name is the zone's own or below it."""
    return name == zone or name.endswith("." + zone)


def relative_name(name: str, zone: str) -> str:
    """The name as most forms want it: without the zone, `@` for the zone itself."""
    if name == zone:
        return "@"
    return name.removesuffix("." + zone)


def provider_of(servers: tuple[str, ...]) -> str | None:
    """Who runs these name servers, where their names tell."""
    for server in servers:
        if ".awsdns-" in server:
            return "Route 53"
        for ending, provider in _PROVIDERS:
            if server.endswith(ending):
                return provider
    return None
