"""The Regions with SES, from the installed botocore's data. No session: a broken profile changes nothing."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from botocore.loaders import create_loader

__all__ = ["is_ses_region", "long_name", "nearest_region", "other_ses_regions", "partition", "ses_regions"]


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[str, str]]:
    """Region → (partition, long name)."""
    return {
        region: (entry["partition"], entry["regions"][region].get("description", region))
        for entry in create_loader().load_data("endpoints")["partitions"]
        for region in entry["services"].get("email", {}).get("endpoints", {})
        if region in entry["regions"]
    }


def ses_regions() -> list[str]:
    return sorted(_known())


def is_ses_region(region: str) -> bool:
    return region in _known()


def long_name(region: str) -> str:
    """`US East (N. Virginia)`, as the console and AWS's mails write it."""
    return _known()[region][1] if region in _known() else region


def partition(region: str) -> str:
    """The first part of ARNs, of a Region without SES, too: aws, aws-cn, aws-us-gov, aws-eusc …"""
    if region in _known():
        return _known()[region][0]
    return next((name for name, names in _patterns() if names.match(region)), "aws")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    partitions = create_loader().load_data("endpoints")["partitions"]
    return [(entry["partition"], re.compile(entry["regionRegex"])) for entry in partitions]


def other_ses_regions(region: str) -> list[str]:
    """The Regions with SES of the same partition, this one left out, in alphabetical order."""
    return [one for one in ses_regions() if partition(one) == partition(region) and one != region]


def nearest_region(name: str) -> str | None:
    """The Region that a misspelt name may have meant: `eu-west1` → `eu-west-1`."""
    near = difflib.get_close_matches(name.strip().lower(), ses_regions(), n=1)
    return near[0] if near else None
