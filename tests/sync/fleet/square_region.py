"""A region of square villages, a kilometre and a bit each, and a fleet's work in it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sync.fleet.places import Gazetteer
from sync.fleet.records import Captured, Recorder
from sync.fleet.stories import Stories
from sync.fleet.world import World, plan

SIDE = 0.012
DAYS = [date(2026, 11, 16) + timedelta(days=day) for day in range(3)]


def gazetteer(columns: int = 6, rows: int = 5) -> Gazetteer:
    def square(column: int, row: int) -> list[list[float]]:
        west, south = 98.6 + column * SIDE, 3.5 + row * SIDE
        corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        return [[west + x * SIDE, south + y * SIDE] for x, y in corners]

    return Gazetteer(
        {
            "properties": {"code": f"12.71.{row + 1:02}.{1001 + column}"},
            "geometry": {"type": "Polygon", "coordinates": [square(column, row)]},
        }
        for column in range(columns)
        for row in range(rows)
    )


def world(seed: int = 7, tablets: int = 12, records: int = 600) -> World:
    made = plan(
        str(seed),
        gazetteer(),
        ZoneInfo("Asia/Jakarta"),
        tablets=tablets,
        records=records,
        days=DAYS,
    )
    for number, campaign in enumerate(made.campaigns):
        campaign.id = f"campaign-{number}"
        for at, stop in enumerate(campaign.stops):
            stop.id = f"stop-{number}-{at}"
    return made


def captured(seed: int = 7, tablets: int = 12, records: int = 600) -> list[Captured]:
    made = world(seed, tablets, records)
    recorder = Recorder(str(seed), made, Stories(str(seed), made, DAYS[0]))
    return [
        capture
        for outings in made.outings
        for outing in outings
        for capture in recorder.captures(outing)
    ]
