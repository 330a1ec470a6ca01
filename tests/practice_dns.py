"""What the tests of the practice account's DNS share: questions by dnspython, zones by Route 53."""

from __future__ import annotations

from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from practice_people import caller
from sesutil.launching import PracticeEndpoint

PUBLIC, OWN = True, False  # a public resolver is asked, or the zone's own servers


def question(
    endpoint: PracticeEndpoint, name: str, kind: str, public: bool = PUBLIC, **options: Any
) -> dns.message.Message:
    """One question by UDP; with `tcp=True` by TCP."""
    by_tcp, timeout = options.pop("tcp", False), options.pop("timeout", 10)
    query = dns.message.make_query(name, kind, **options)
    if not public:
        query.flags &= ~dns.flags.RD
    ask = dns.query.tcp if by_tcp else dns.query.udp
    return ask(query, "127.0.0.1", port=endpoint.dns_port, timeout=timeout)


def code(answer: dns.message.Message) -> str:
    return dns.rcode.to_text(answer.rcode())


def values(answer: dns.message.Message) -> list[str]:
    """`TYPE value` of the answer, its sets in their order; within a set there is none."""
    return [
        f"{dns.rdatatype.to_text(rrset.rdtype)} {text}"
        for rrset in answer.answer
        for text in sorted(item.to_text() for item in rrset)
    ]


def denied_by(answer: dns.message.Message) -> str:
    """The zone whose SOA record says that there is nothing."""
    (soa,) = answer.authority
    assert soa.rdtype == dns.rdatatype.SOA
    return soa.name.to_text(omit_final_dot=True).strip(".")


def told(endpoint: PracticeEndpoint, name: str, kind: str, public: bool = PUBLIC) -> tuple[str, list[str]]:
    answer = question(endpoint, name, kind, public, use_edns=0, payload=1232)
    return code(answer), values(answer)


class Provider:
    """A hosted zone, and its records as its owner makes them. One that is given a VPC is private."""

    def __init__(self, endpoint: PracticeEndpoint, name: str, *, private: bool = False) -> None:
        self.route53 = caller(endpoint, "route53")
        number = len(self.route53.list_hosted_zones()["HostedZones"])
        vpc: dict[str, Any] = {}
        if private:
            vpc["VPC"] = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
            vpc["HostedZoneConfig"] = {"PrivateZone": True}
        made = self.route53.create_hosted_zone(Name=name, CallerReference=f"{name} {number}", **vpc)
        self.id = made["HostedZone"]["Id"]
        self.servers: list[str] = [] if private else made["DelegationSet"]["NameServers"]

    def put(self, name: str, kind: str, *given: str, **more: Any) -> None:
        records: dict[str, Any] = {"Name": name, "Type": kind, **more}
        if given:
            records |= {"TTL": 300, "ResourceRecords": [{"Value": one} for one in given]}
        change = {"Action": "CREATE", "ResourceRecordSet": records}
        self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": [change]})

    def records(self) -> list[Any]:
        found: list[Any] = self.route53.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        return found

    def drop(self) -> None:
        """The zone, with what is in it."""
        mine = [one for one in self.records() if one["Type"] not in ("NS", "SOA")]
        if mine:
            changes = [{"Action": "DELETE", "ResourceRecordSet": one} for one in mine]
            self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": changes})
        self.route53.delete_hosted_zone(Id=self.id)
