"""The doubts a registration can raise and the words for them."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
ASSIGNMENT_EXPIRED = "assignment_expired"
"""For information: it holds nothing up by itself."""

FLAGS = {
    "age_out_of_range": _("The worker is %(age)s years old; BPU membership is for ages 18 to 64."),
    ASSIGNMENT_EXPIRED: _("The kader's assignment letter had ended on %(ended)s."),
    "burst": _(
        "%(count)s workers were registered within %(minutes)s minutes; %(most)s are usual at most"
        " (thresholds of %(rule)s)."
    ),
    "clock_skew": _("The tablet's clock was off by %(skew_s)s seconds."),
    "consent_notice_unknown": _("The consent notice %(version)s is not one of ours."),
    "handed_over": _("Sent by a tablet that had been revoked, or whose kader had left."),
    "identical_coordinates": _("%(count)s registrations carry exactly the same coordinates."),
    "impossible_travel": _(
        "Captured %(km)s km from another capture of the same kader, %(minutes)s minutes apart"
        " (thresholds of %(rule)s)."
    ),
    "kader_off_team": _("The kader was not on the campaign's team on %(day)s."),
    "location_missing": _("No position was taken: %(reason)s"),
    "location_mocked": _("The position came from an app that fakes positions."),
    "nik_birth_date_mismatch": _("The NIK stands for another birth date than the one given."),
    "nik_conflict": _("The NIK is in use by a person with another name or birth date."),
    "nik_placeholder": _("The NIK looks like a placeholder, not like a real number."),
    "nik_sex_mismatch": _("The NIK stands for the other sex."),
    "no_signups_campaign": _("Campaigns of this type do not take registrations."),
    "not_a_campaign_day": _("The activity does not run on %(day)s."),
    "not_working": _("The worker did not declare to be working now."),
    "occupation_unknown": _("The occupation %(code)s is not on the list."),
    "outside_campaign_time": _("Captured outside the campaign's time."),
    "outside_opening_hours": _("Captured at %(time)s, outside the opening hours (%(hours)s)."),
    "outside_venue": _("Captured %(distance_m)s m outside the venue."),
    "photo_reused": _("The same photo, or nearly the same, is on another person's registration."),
    "possible_duplicate": _("Somebody who may be the same worker is registered already."),
    "recontact_denied": _("Called again on %(day)s, the worker said not to have registered."),
    "same_place": _(
        "%(people)s people of this month were registered within %(radius_m)s m of this place,"
        " on %(days)s days and away from any venue (thresholds of %(rule)s)."
    ),
    "shared_phone": _(
        "The phone number is on registrations of %(people)s people in %(households)s households"
        " (thresholds of %(rule)s)."
    ),
    "stop_unknown": _("The stop is not one of the campaign's."),
    "unenrolled_device": _("Sent without an enrolled tablet."),
    "village_contradicted": _("The position says %(found)s; the declared village is %(declared)s."),
    "village_outside": _(
        "The position lies outside all loaded villages (%(outside_percent)s %%);"
        " the declared village is %(declared)s."
    ),
    "village_recoded": _("The village code %(code)s is an old one; today it is %(village)s."),
    "village_split": _(
        "The village %(code)s was split: the worker lives in one of %(villages)s, and somebody has"
        " to say in which."
    ),
    "village_unknown": _("The village code %(code)s is not on the list."),
}

MONTH_FLAGS = {
    "month_end": _(
        "%(last)s of the month's %(whole)s registrations are of its last %(days)s days; the most"
        " in as many days was %(most)s before (thresholds of %(rule)s)."
    ),
    "threshold_bunching": _(
        "%(over)s of the %(near)s months near the incentive threshold of %(threshold)s were just"
        " over it; by chance that is so in %(chance_percent)s %% of cases at most"
        " (thresholds of %(rule)s)."
    ),
}
"""Doubts about a kader's or an office's month, about no single worker."""

PHOTO_REUSED = "photo_reused"
"""Found by a job, some time after the registration: outreach.photos.reuse."""

DETECTED = frozenset({"burst", "impossible_travel", "same_place", "shared_phone"})
"""Found by a job over history, for information: outreach.detecting."""

RECONTACT_DENIED = "recontact_denied"
"""Said by a worker who was called again: outreach.recontact.calling."""

FOUND_LATER = DETECTED | {PHOTO_REUSED, RECONTACT_DENIED}
"""An edit leaves them: whoever found them looks again."""

FABRICATION_DOUBTS = DETECTED | {
    PHOTO_REUSED,
    "identical_coordinates",
    "location_mocked",
    "outside_venue",
}
"""Doubts whether a kader was with the worker at all."""

IDENTITY_DOUBTS = frozenset({"nik_conflict", "possible_duplicate"})
REVIEWED = IDENTITY_DOUBTS | {"village_contradicted", "handed_over"}
"""Doubts that somebody has to look at before the registration goes on."""


def flag_text(code: str, evidence: Mapping[str, Any], names: Mapping[str, str] = {}) -> str:
    """What a flag means, in the active language; codes with their `names`."""
    return str(FLAGS[code]) % {key: shown(value, names) for key, value in evidence.items()}


def month_flag_text(code: str, evidence: Mapping[str, Any]) -> str:
    """What a doubt about a month means, in the active language."""
    return str(MONTH_FLAGS[code]) % {key: shown(value) for key, value in evidence.items()}


def shown(value: Any, names: Mapping[str, str] = {}) -> Any:
    """A number or a day as the active language writes it, a code with its name, or what it is."""
    if isinstance(value, str) and value in names:
        return f"{value} {names[value]}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_format(value, force_grouping=True)
    if isinstance(value, str) and DAY.fullmatch(value):
        with suppress(ValueError):
            return date_format(date.fromisoformat(value), "j M Y")
    return value
