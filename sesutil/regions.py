"""The Regions with SES, from the installed botocore's data. No session: a broken profile changes nothing."""

from __future__ import annotations

import difflib
from functools import lru_cache

from botocore.loaders import create_loader

__all__ = ["is_ses_region", "long_name", "nearest_region", "partition", "ses_regions"]


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
    return _known()[region][0] if region in _known() else "aws"


def nearest_region(name: str) -> str | None:
    """The Region that a misspelt name may have meant: `eu-west1` → `eu-west-1`."""
    near = difflib.get_close_matches(name.strip().lower(), ses_regions(), n=1)
    return near[0] if near else None
