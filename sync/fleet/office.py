"""The office side of a run, over HTTP: accounts, campaigns, tablets, verifying, standings."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx

from sync.fleet.tablet import Tokens
from sync.fleet.verdict import Counts
from sync.fleet.world import Campaign, Place

PREFIX = "simulasi-"
VERIFIED_AT_ONCE = 500
USERS_A_PAGE, STANDINGS_A_PAGE = 200, 500
MOST_VILLAGES = 500
PROVINCE, VILLAGE = 1, 4


class FleetError(Exception):
    """A run that cannot go on; the message is for the person who started it."""


class Region(NamedTuple):
    """Where a run takes place."""

    code: str
    level: int
    zone: tzinfo


class Office:
    """Signed-in calls as a coordinator or administrator. Every method may raise FleetError."""

    def __init__(self, client: httpx.Client, username: str, password: str) -> None:
        self._client = client
        self._login = {"username": username, "password": password}
        self._access = ""
        self._office = 0

    def sign_in(self) -> None:
        """Get an access token."""
        response = self._send("POST", "auth/token/", self._login)
        if response.status_code == 401:
            raise FleetError(f"Wrong password for {self._login['username']}, or no such user.")
        self._access = _told(response, "signing in")["access"]

    def region(self, code: str) -> Region:
        """The region of this Kemendagri code."""
        response = self._ask("GET", f"regions/{code}/")
        if response.status_code == 404:
            raise FleetError(f"The server knows no region {code}.")
        told = _told(response, f"reading region {code}")
        if told["level"] == VILLAGE:
            raise FleetError(f"{code} is one village: take a district or something larger.")
        return Region(code, told["level"], ZoneInfo(told["time_zone"]))

    def boundaries(self, region: Region) -> list[dict[str, Any]]:
        """GeoJSON features of the region's villages, each with a polygon."""
        codes = [region.code]
        if region.level == PROVINCE:
            told = _told(self._ask("GET", f"regions/?parent={region.code}"), "reading the province")
            codes = [regency["code"] for regency in told["regions"]]
        features: list[dict[str, Any]] = []
        for code in codes:
            response = self._ask("GET", f"regions/{code}/boundary/")
            if response.status_code != 404:
                told = _told(response, f"reading the boundaries of {code}")
                features += told.get("features", [told])
        features = [feature for feature in features if feature.get("geometry")]
        if not features:
            raise FleetError(f"Region {region.code} has no village boundaries: load them first.")
        return features

    def settle_in(self, within: str) -> None:
        """Work for the office that looks after the region; opens one where there is none."""
        offices = _told(self._ask("GET", "offices/"), "reading the offices")["results"]
        near = [
            (len(region), office["id"])
            for office in offices
            for region in office["regions"]
            if f"{within}.".startswith(f"{region}.")
        ]
        if near:
            self._office = max(near)[1]
            return
        body = {"name": f"Kacab simulasi {within}", "kind": "branch_office", "regions": [within]}
        response = self._ask("POST", "offices/", body)
        if response.status_code == 403:
            raise FleetError(
                f"None of your offices looks after {within}: sign in as administrator."
            )
        self._office = _told(response, "opening an office")["id"]

    def kaders(self, count: int, say: Callable[[str], None]) -> list[int]:
        """So many kader of the office: those of earlier runs, new ones, or whoever there is."""
        there = [
            user
            for user in self._pages("users/", USERS_A_PAGE)
            if user["role"] == "kader" and user["is_active"] and user["office"] == self._office
        ]
        ours = [user for user in there if user["username"].startswith(PREFIX)]
        kaders = [user["id"] for user in sorted(ours, key=lambda user: user["username"])][:count]
        while len(kaders) < count:
            say(f"signing up kader {len(kaders) + 1} of {count}")
            made = self._new_user("kader", f"{self._office}-{len(kaders) + 1:04}")
            if made is None:
                others = [user["id"] for user in there if user["id"] not in kaders]
                kaders += others[: count - len(kaders)]
                break
            kaders.append(made["id"])
        if len(kaders) < count:
            raise FleetError(
                f"There are {len(kaders)} kader for {count} tablets: sign in as administrator "
                "to add some, or take fewer --tablets."
            )
        return kaders

    def create(self, campaign: Campaign, kaders: Sequence[int], zone: tzinfo) -> None:
        """Plan the campaign on the server; it and its stops then have their ids."""
        starts_at, ends_at = (at.isoformat() for at in campaign.hours(zone))
        days = {"first_day": campaign.first.isoformat(), "last_day": campaign.last.isoformat()}
        body = {
            "type": campaign.type,
            "office": self._office,
            "name": campaign.name,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "time_zone": str(zone),
            "venue": _circle(campaign.venue) if campaign.venue else None,
            "stops": [
                {"name": stop.name, "starts_at": starts_at, "ends_at": ends_at, **_circle(stop)}
                for stop in campaign.stops
            ],
            "villages": campaign.villages[:MOST_VILLAGES],
            "team": [{"kader": kaders[number], **days} for number in campaign.team],
        }
        told = _told(self._ask("POST", "campaigns/", body), "planning a campaign")
        campaign.id = told["id"]
        ids = {stop["name"]: stop["id"] for stop in told["stops"]}
        for stop in campaign.stops:
            stop.id = ids[stop.name]

    def enrolled(self, kader: int, label: str) -> Tokens:
        """A new tablet in a kader's hands."""
        body = {"kader": kader, "label": label}
        device = _told(self._ask("POST", "sync/devices/", body), "adding a tablet")
        body = {
            "enrolment_code": device["enrolment_code"],
            "platform": "simulate",
            "app_version": "1",
        }
        told = _told(self._send("POST", "sync/devices/enrol/", body), "enrolling a tablet")
        return Tokens(told["access"], told["refresh"])

    def verify(self, ids: Sequence[str], say: Callable[[str], None]) -> None:
        """Verify registrations, which is for coordinators: an administrator adds one for it."""
        verifier = self
        login = self._new_user("coordinator", f"koordinator-{secrets.token_hex(4)}")
        if login:
            verifier = Office(self._client, login["username"], login["password"])
            verifier.sign_in()
        for start in range(0, len(ids), VERIFIED_AT_ONCE):
            say(f"verified {start:,} of {len(ids):,}")
            body = {"ids": ids[start : start + VERIFIED_AT_ONCE], "reason": "simulate"}
            told = _told(verifier._ask("POST", "registrations/verify/", body), "verifying")
            if refused := [row for row in told["results"] if not row["done"]]:
                raise FleetError(f"{len(refused)} could not be verified, the first: {refused[0]}")

    def standings(self, within: str) -> dict[str, Counts]:
        """Village → people who count for it now."""
        counts = {}
        for row in self._pages(f"standings/?within={within}", STANDINGS_A_PAGE, rows="rows"):
            if row["provisional"] is None or row["verified"] is None:
                raise FleetError(
                    f"{self._login['username']} is not shown small counts of {within}: "
                    "sign in as administrator or as a coordinator of the region."
                )
            counts[row["village"]["code"]] = Counts(row["provisional"], row["verified"])
        return counts

    def _new_user(self, role: str, name: str) -> dict[str, Any] | None:
        """A new account in the office, with its password; None where the user may make none."""
        login = {"username": f"{PREFIX}{name}", "password": secrets.token_urlsafe(24)}
        more = {"role": role, "office": self._office, "full_name": f"Simulasi {role} {name}"}
        response = self._ask("POST", "users/", {**login, **more})
        if response.status_code == 403:
            return None
        return {**login, "id": _told(response, "adding a user")["id"]}

    def _pages(self, path: str, limit: int, rows: str = "results") -> Iterator[Mapping[str, Any]]:
        """All rows of a list that comes in pages."""
        query: dict[str, Any] = {"limit": limit}
        while True:
            joint = "&" if "?" in path else "?"
            page = _told(self._ask("GET", f"{path}{joint}{urlencode(query)}"), f"reading {path}")
            yield from page[rows]
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Call with the token, which is renewed once when it has run out."""
        response = self._send(method, path, body)
        if response.status_code == 401:
            self.sign_in()
            response = self._send(method, path, body)
        return response

    def _send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._access}"} if self._access else {}
        if path == "auth/token/":
            headers = {}
        try:
            return self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise FleetError(f"{self._client.base_url} does not answer: {error}") from error


def _circle(place: Place) -> dict[str, float]:
    return {"lat": place.point.lat, "lon": place.point.lon, "radius_m": place.radius_m}


def _told(response: httpx.Response, doing: str) -> Any:
    """The answer of a call that went well. Raises FleetError with the problem's own words."""
    try:
        told = response.json()
    except ValueError:
        told = None
    if response.is_success and told is not None:
        return told
    if response.status_code == 403:
        raise FleetError(f"{doing.capitalize()} is for administrators and coordinators.")
    words = told.get("detail") or told.get("title") if isinstance(told, dict) else None
    if isinstance(told, dict) and told.get("problems"):
        words = f"{words} {told['problems']}"
    raise FleetError(
        f"{doing.capitalize()}: the server answered {response.status_code} {words or ''}".rstrip()
    )
