"""Standings of villages: rankings of a region, and one village."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import queried
from outreach.api.permissions import HasRole, caller
from outreach.api.standing_shapes import (
    NO_CURSOR,
    QuerySerializer,
    RankingQuerySerializer,
    RankingSerializer,
    VillageDetailSerializer,
)
from outreach.geo.region_codes import is_village_code
from outreach.models import Region, User
from outreach.standings.measures import coverage_range, measures
from outreach.standings.months import current_period
from outreach.standings.rankings import (
    NotInRanking,
    Ranking,
    VillageDetail,
    village_standing,
    village_standings,
)
from outreach.standings.recounting import VillageStanding
from outreach.standings.restating import changes_between
from outreach.standings.scoring import (
    COMPONENTS,
    present_components,
    weights_in_use,
)
from outreach.standings.small_cells import guarded, guarded_months, open_regions
from outreach.standings.tables import NoSuchRevision
from outreach.tablets import tablets_of

LIVE = 0
"""The revision of figures that are not frozen."""

STAFF = (
    User.Role.COORDINATOR,
    User.Role.SUPERVISOR,
    User.Role.OFFICER,
    User.Role.ADMINISTRATOR,
)


def head(
    within: str,
    ranking: Ranking | VillageDetail,
    rows: Iterable[VillageStanding],
    now: datetime,
) -> dict[str, Any]:
    """What every answer says about its figures."""
    formula, period = ranking.formula, ranking.period
    present = present_components(row.result for row in rows)
    return {
        "period": f"{period:%Y-%m}",
        "as_of": ranking.frozen_at or now,
        "formula_version": formula.version,
        "formula": formula,
        "absent_components": [name for name in COMPONENTS if name not in present],
        "weights_in_use": weights_in_use(formula, present),
        "revision": ranking.revision or LIVE,
        "unsynced_tablets": tablets_of(within, period, now).unsynced,
        "restated": changes_between(within, period),
    }


class StandingsView(APIView):
    permission_classes = [HasRole]
    roles: Mapping[str, Collection[User.Role]] = {"GET": STAFF}


class Rankings(StandingsView):
    @extend_schema(
        operation_id="standings_list",
        parameters=[RankingQuerySerializer],
        responses=RankingSerializer,
    )
    def get(self, request: Request) -> Response:
        """The villages of a region, best first, the unranked at the end.

        Small counts are shown only to who may see the records behind them.
        """
        asked = queried(RankingQuerySerializer, request)
        now = timezone.now()
        try:
            ranking = village_standings(
                asked["within"],
                asked.get("period") or current_period(now),
                asked.get("stratum"),
                limit=asked["limit"],
                after=asked.get("cursor"),
                revision=asked.get("revision"),
            )
        except NotInRanking:
            raise serializers.ValidationError({"cursor": [NO_CURSOR]}) from None
        except NoSuchRevision:
            raise NotFound from None
        open_to = open_regions(caller(request))
        answer = {
            **head(ranking.within, ranking, ranking.rows, now),
            "within": ranking.within,
            "stratum": ranking.stratum,
            "rows": [guarded(row, open_to) for row in ranking.rows],
            "next": ranking.next,
        }
        return Response(RankingSerializer(answer).data)


class OneVillage(StandingsView):
    @extend_schema(
        operation_id="standings_retrieve",
        parameters=[QuerySerializer],
        responses=VillageDetailSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        """One village: its rank in its regency and stratum, its months."""
        asked = queried(QuerySerializer, request)
        now = timezone.now()
        if not is_village_code(code) or not Region.objects.filter(code=code).exists():
            raise NotFound
        try:
            detail = village_standing(
                code, asked.get("period") or current_period(now), asked.get("revision")
            )
        except (NotInRanking, NoSuchRevision):
            raise NotFound from None
        open_to = open_regions(caller(request))
        row = guarded(detail.row, open_to)
        answer = {
            **head(code[:5], detail, [detail.row], now),
            **asdict(row),
            "movement": row.movement,
            "in_regency": detail.in_regency,
            "in_stratum": detail.in_stratum,
            "months": guarded_months(code, detail.months, open_to),
            "coverage_range": coverage_range(
                None if row.is_withheld else row.verified, measures(code, detail.period)
            ),
        }
        return Response(VillageDetailSerializer(answer).data)


urlpatterns = [
    path("standings/", Rankings.as_view(), name="standings"),
    path("standings/<str:code>/", OneVillage.as_view(), name="standing"),
]
