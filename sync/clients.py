"""Which versions of the tablet's app are still good: soft and hard ends of life.

A client names itself as RFC 9110 names products: `Client-Version: tablet/1.4.2`. An outdated one is
told in every answer; one whose time is over reads nothing any more but still sends what it holds.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from django.http import HttpResponse
from django.utils.http import http_date

from outreach.problems import problem
from sync.models import ClientRule

HEADER = "Client-Version"
CLIENT = r"[a-z][a-z0-9-]{0,39}"
VERSION = r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}"
_PRODUCT = re.compile(rf"({CLIENT})/({VERSION})(?:[-+][0-9A-Za-z.+-]{{0,60}})?")

Support = Literal["current", "deprecated", "ended"]


class Verdict(NamedTuple):
    """How a client's version stands, by the rule for it."""

    support: Support
    rule: ClientRule
    ends_at: datetime | None
    """When versions as old as this one end, or ended."""

    @property
    def headers(self) -> dict[str, str]:
        """The verdict as headers; Deprecation is RFC 9745's, Sunset RFC 8594's."""
        told: dict[str, str] = {"Client-Support": self.support}
        if self.support != "current":
            told["Deprecation"] = f"@{int(self.rule.soft_since.timestamp())}"
        if self.ends_at:
            told["Sunset"] = http_date(self.ends_at.timestamp())
        return told


def verdict_on(product: str, now: datetime) -> Verdict | None:
    """How `name/version` stands; None for what is no such text or has no rule. One statement."""
    named = _PRODUCT.fullmatch(product)
    rule = ClientRule.objects.filter(pk=named[1]).first() if named else None
    return judged(named[2], rule, now) if rule and named else None


def judged(version: str, rule: ClientRule, now: datetime) -> Verdict:
    """How a dotted version stands by a rule."""
    ends_at = rule.hard_since if is_below(version, rule.hard_minimum) else None
    if ends_at and ends_at <= now:
        return Verdict("ended", rule, ends_at)
    is_deprecated = is_below(version, rule.soft_minimum) and rule.soft_since <= now
    return Verdict("deprecated" if is_deprecated else "current", rule, ends_at)


def is_below(version: str, minimum: str | None) -> bool:
    """Whether one dotted version is older than another; nothing is older than None."""
    pairs = zip_longest(*map(_numbers, (version, minimum or "0")), fillvalue=0)
    return next((one < other for one, other in pairs if one != other), False)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def refusal(
    headers: Mapping[str, str], view: Any, now: datetime
) -> tuple[dict[str, str], HttpResponse | None]:
    """What to tell a client about its version, and the refusal if it may not call this view.

    A version whose time is over reaches views with `allows_draining = True`, as a tablet does that
    only sends what it holds.
    """
    product = headers.get(HEADER)
    verdict = verdict_on(product, now) if product and view else None
    if verdict is None:
        return {}, None
    if verdict.support == "ended" and not getattr(view, "allows_draining", False):
        return verdict.headers, problem("client_ended", minimum_version=verdict.rule.soft_minimum)
    return verdict.headers, None
