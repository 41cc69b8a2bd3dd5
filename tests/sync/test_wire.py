"""The golden examples of the wire, played to the server one story after the other."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from outreach.kader.messages import write
from outreach.models import Campaign, Denominator, RegionAlias
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.standings.rebuilding import refresh
from sync import hints
from tests.cast import ZONE, Cast, campaign
from tests.records import NOW
from tests.sync.golden import FOLDER, differences, golden, replay
from tests.tablet import tablet_of

STORIES = {
    "signing in": (
        "auth-token",
        "auth-token-wrong-password",
        "auth-token-refresh",
        "auth-token-refresh-answer-lost",
        "auth-token-refresh-successor",
        "auth-token-refresh-too-old",
    ),
    "a tablet's life": (
        "devices-create",
        "devices-enrol",
        "devices-enrol-used-code",
        "devices-state-drain-only",
        "devices-drain-only-reads-nothing",
        "push-drain-only",
        "devices-state-revoked",
        "push-revoked",
    ),
    "an answer to enrolling that was lost": (
        "devices-create",
        "devices-enrol-installation",
        "devices-enrol-repeated",
        "devices-enrol-other-installation",
    ),
    "a tablet that has to go": (
        "devices-create",
        "devices-enrol",
        "devices-report",
        "devices-one",
        "devices-list",
        "devices-code",
        "devices-rename",
        "devices-state-revoked-to-hand-over",
        "devices-revoked-reads-nothing",
        "push-handing-over",
        "devices-report-handed-over",
        "push-handed-over",
        "devices-state-revoked-as-stolen",
    ),
    "app versions": (
        "clients-set",
        "clients-list",
        "problem-client-ended",
        "devices-report-old-client",
    ),
    "pushing": (
        "limits",
        "push-accepted",
        "push-replayed",
        "push-edited",
        "push-conflict",
        "push-duplicate",
        "push-nik-conflict",
        "push-rejected",
        "push-rejected-by-rules",
        "push-corrected",
        "push-flagged",
        "push-village-contradicted",
        "push-village-recoded",
        "push-without-tablet",
        "push-gzip",
        "push-mixed",
        "receipts",
    ),
    "pulling": (
        "changes-from-the-start",
        "changes-in-pages",
        "changes-with-boundaries",
        "changes-nothing-new",
        "push-accepted",
        "changes-after-a-push",
        "digest",
        "registrations-request-correction",
        "changes-correction-asked",
        "changes-another-kaders-cursor",
        "changes-cursor-made-up",
    ),
    "quoting without signal": ("push-quoted", "changes-with-contribution-rules"),
    "leads and attendance": (
        "push-leads-and-attendance",
        "push-leads-replayed",
        "push-leads-edited",
        "push-leads-conflict",
        "push-leads-rejected",
        "changes-with-notes",
        "push-leads-follow-up",
    ),
    "answering flags": ("push-flagged", "push-flag-answers"),
    "deciding about held notes": (
        "push-leads-rejected",
        "held-notes-list",
        "held-notes-release-still-wrong",
        "held-notes-release",
        "held-notes-dismiss",
        "held-notes-already-decided",
        "receipts-notes",
        "held-notes-reopen",
    ),
    "coming back to leads": (
        "push-accepted",
        "push-leads-and-attendance",
        "leads-list",
        "leads-follow-up",
        "leads-link",
        "leads-unlink",
        "campaigns-attendance",
    ),
    "planning days, ways and businesses": (
        "campaigns-create-with-calendar",
        "campaigns-days",
        "campaigns-route",
        "campaigns-businesses-add",
        "campaigns-businesses-visited",
        "campaigns-businesses",
        "campaigns-checklist",
    ),
    "boards": (
        "push-accepted",
        "push-leads-and-attendance",
        "boards-campaigns",
        "boards-campaigns-small-cells",
    ),
    "crediting another campaign": (
        "push-accepted",
        "registrations-reassign",
        "registrations-one-reassigned",
        "decisions-undo-reassign",
    ),
    "photos": (
        "photos-without-tus",
        "photos-metadata-missing",
        "photos-too-large",
        "photos-not-as-declared",
        "photos-unknown-upload",
        "photos-refused",
        "push-photo-refused",
        "push-consent-recorded",
    ),
    "a kader's day": ("day", "day-messages"),
    "hints": ("hints", "hints-off", "hints-without-tablet"),
    "a namesake": ("push-namesake", "push-possible-duplicate"),
    "problems": (
        "problem-malformed-json",
        "problem-invalid",
        "problem-invalid-form",
        "problem-not-authenticated",
        "problem-token-invalid",
        "problem-forbidden",
        "problem-not-found",
        "problem-too-large",
        "problem-method-not-allowed",
        "problem-unsupported-media",
    ),
    "places": (
        "regions-provinces",
        "regions-under",
        "regions-one",
        "regions-boundary",
        "regions-boundaries-of-a-district",
        "regions-locate",
        "regions-locate-too-coarse",
        "regions-locate-areas",
    ),
    "quoting": ("contributions-rules", "contributions-quote", "contributions-quote-missing"),
    "planning": ("campaigns-create", "campaigns-change", "campaigns-list"),
    "deciding": (
        "push-accepted",
        "registrations-list",
        "registrations-verify",
        "registrations-verify-again",
        "standings-list",
        "standings-one",
        "standings-small-cells",
        "decisions-undo",
        "registrations-request-correction",
        "registrations-reject",
        "registrations-verify-not-possible",
    ),
    "correcting": (
        "push-accepted",
        "registrations-request-correction",
        "receipts-correction-asked",
        "push-edited",
        "push-conflict",
        "registrations-revisions",
        "revisions-restore",
        "revisions-restore-again",
        "revisions-restore-no-undo",
    ),
    "releasing": (
        "push-rejected",
        "held-records-list",
        "held-records-one",
        "held-records-release-still-wrong",
        "held-records-release",
        "held-records-already-decided",
        "receipts-released",
    ),
    "dismissing": (
        "push-rejected",
        "held-records-list",
        "held-records-dismiss",
        "receipts-dismissed",
        "held-records-reopen",
    ),
    "asking who is who": (
        "push-accepted",
        "push-perhaps-a-twin",
        "reviews-list",
        "reviews-one",
        "reviews-different-people",
        "people-merge-contradicts",
        "decisions-undo-answer",
        "reviews-same-person",
        "reviews-already-answered",
    ),
    "merging and splitting": (
        "push-accepted",
        "push-perhaps-a-twin",
        "people-merge",
        "people-split",
    ),
}
"""Examples in the order in which they make sense: each story begins with the cast alone."""

CORNERS = {
    "99.01.01.1001": (98.66, 3.58),
    "99.01.01.2002": (98.68, 3.58),
    "99.01.01.2003": (98.66, 3.6),
}
"""Where the villages of Hulu have their south-western corners; they are squares."""
SIDE = 0.02
WORKING_PEOPLE = 400


@pytest.mark.parametrize("story", STORIES)
def test_the_server_keeps_its_promises(wire: dict[str, Any], story: str) -> None:
    for name in STORIES[story]:
        assert replay(golden(name), wire) == []


def test_every_example_is_played() -> None:
    played = {name for story in STORIES.values() for name in story}

    assert {file.stem for file in FOLDER.glob("*.json")} == played
    for name in played:
        assert golden(name).name == name


@pytest.mark.parametrize(
    ("promised", "got", "pointer"),
    [
        ({"a": 1}, {}, "/a"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "/a/b/1"),
        ([1], [1, 1], ""),
        ([1, "<more>"], [2, 3], ""),
        (1, True, ""),
        (None, 0, ""),
        ({"a": 1}, [], ""),
        ("<uuid>", "7", ""),
        ("<uuid:known>", "00000000-0000-4000-8000-000000000002", ""),
        ("<instant>", "2026-11-20T09:31:00", ""),
        ("<token>", "abc", ""),
        ("<text>", " ", ""),
        ("<integer>", 1.5, ""),
        ("<number>", True, ""),
    ],
)
def test_a_broken_promise_is_noticed(promised: Any, got: Any, pointer: str) -> None:
    known = {"known": "00000000-0000-4000-8000-000000000001"}

    [difference] = differences(promised, got, known)

    assert difference.startswith(f"{pointer}:")


def test_more_than_was_promised_is_fine() -> None:
    got = {"a": [{"b": 1, "c": 2}, 5, "x"], "at": "2026-11-20T02:31:00Z", "d": None}

    promised = {"a": [{"b": 1}, "x", "<more>"], "at": "<instant:sent>"}
    assert not [*differences(promised, got, {"sent": "2026-11-20T09:31:00+07:00"})]


@pytest.fixture
def wire(cast: Cast, tmp_path: Path) -> dict[str, Any]:
    """The cast in a mapped regency; gives what the golden examples call its people and things."""
    file = tmp_path / "hulu.geojson"
    file.write_text(json.dumps(_map_of_hulu()))
    load_boundaries([file], Origin("Surveyors", "2026", "CC BY 4.0", 15.0))
    for code in CORNERS:
        Denominator.objects.create(
            region_id=code,
            year=2025,
            value=WORKING_PEOPLE,
            kind=Denominator.Kind.OFFICIAL,
            source="Census",
            loaded_at=NOW,
        )
    RegionAlias.objects.create(
        system=RegionAlias.System.KEMENDAGRI,
        code="99.01.01.1900",
        level=4,
        name="Pasar Lama",
        region_id="99.01.01.1001",
        basis="renumbered",
        confidence=RegionAlias.Confidence.HIGH,
        source="Surveyors",
    )
    refresh(timezone.now())
    hints.switch(cast.branch, is_on=True, reason="agreed", now=NOW)
    # Not the start of the tests: by now a tablet that says so would have a clock that is slow.
    now = timezone.now().replace(microsecond=0)
    captured = (now - timedelta(hours=2)).astimezone(ZoneInfo(ZONE))
    write(cast.rina, uuid4(), cast.branch, "Kumpul di pintu utara", now.date(), now)
    return {
        "now": now.isoformat(),
        "captured": captured.isoformat(),
        "month": f"{captured:%Y-%m}",
        "day": f"{captured:%Y-%m-%d}",
        "campaign": str(cast.market.id),
        "home_visits": str(_home_visits(cast).id),
        "office": cast.branch.id,
        "kader_id": cast.siti.id,
        "other_kader_id": cast.budi.id,
    } | {
        name: tablet.access
        for name, tablet in {
            "kader": tablet_of(cast.siti),
            "other_kader": tablet_of(cast.budi),
            "kader_without_tablet": tablet_of(cast.siti, enrolled=False),
            "kader_elsewhere": tablet_of(cast.outsider_kader),
            "coordinator": tablet_of(cast.rina, enrolled=False),
            "supervisor": tablet_of(cast.agus, enrolled=False),
            "administrator": tablet_of(cast.andi, enrolled=False),
        }.items()
    }


def _home_visits(cast: Cast) -> Campaign:
    return campaign(
        "Kader Penggerak Hulu",
        cast.branch,
        cast.siti,
        type=Campaign.Type.KADER_PENGGERAK,
        starts_at=NOW - timedelta(days=3),
        venue_radius_m=8000.0,
    )


def _map_of_hulu() -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        [
                            (round(west + x, 2), round(south + y, 2))
                            for x, y in ((0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE), (0, 0))
                        ]
                    ],
                },
            }
            for code, (west, south) in CORNERS.items()
        ],
    }
