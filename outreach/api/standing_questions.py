"""Questions about standings: what another formula would change, and why a village stands there."""

from typing import Any

from django.template.defaultfilters import floatformat
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from outreach.api.forms import Form, filled, queried
from outreach.api.permissions import caller
from outreach.api.standing_shapes import (
    LARGEST_PAGE,
    NO_CURSOR,
    PAGE_SIZE,
    ComponentsSerializer,
    FormulaSerializer,
    PeriodField,
    QuerySerializer,
    VillageSerializer,
)
from outreach.api.standings import LIVE, StandingsView
from outreach.geo.region_codes import is_village_code
from outreach.models import Formula, Region, User
from outreach.problems import invalid
from outreach.standings.months import current_period
from outreach.standings.rankings import NotInRanking
from outreach.standings.recounting import VillageStanding
from outreach.standings.scoring import STRATA
from outreach.standings.simulating import Compared, simulate
from outreach.standings.small_cells import guarded, open_regions
from outreach.standings.tables import NoSuchRevision
from outreach.standings.why import Closing, Why, explain


class SimulationForm(Form):
    formula = serializers.CharField(max_length=20, help_text="version of a draft or another one")
    within = serializers.CharField(
        max_length=8, help_text="a province, regency, city or district: never the whole country"
    )
    period = PeriodField(required=False, help_text="YYYY-MM, this month unless given")
    stratum = serializers.ChoiceField(STRATA, default=None, allow_null=True)
    limit = serializers.IntegerField(default=PAGE_SIZE, min_value=1, max_value=LARGEST_PAGE)
    cursor = serializers.CharField(default=None, allow_null=True, max_length=13)

    def validate_within(self, code: str) -> str:
        known = Region.objects.filter(code=code, level__lt=Region.Level.VILLAGE)
        if not known.exists():
            raise NotFound
        return code


class SimulatedSerializer(serializers.Serializer[VillageStanding]):
    rank = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(source="result.score", allow_null=True)
    components = ComponentsSerializer(source="result.components")
    suppressed = serializers.BooleanField(source="is_withheld")


class ComparedSerializer(serializers.Serializer[Compared]):
    village = VillageSerializer(source="now")
    stratum = serializers.ChoiceField(STRATA, source="now.stratum")
    current = SimulatedSerializer(source="now")
    simulated = SimulatedSerializer(source="then")
    movement = serializers.IntegerField(
        allow_null=True, help_text="ranks gained by the other formula, below 0: lost"
    )


class MovesSerializer(serializers.Serializer[Any]):
    moved_up = serializers.IntegerField()
    moved_down = serializers.IntegerField()
    unmoved = serializers.IntegerField()
    largest_gain = serializers.IntegerField()
    largest_loss = serializers.IntegerField()
    newly_ranked = serializers.IntegerField()
    no_longer_ranked = serializers.IntegerField()


class SimulationSerializer(serializers.Serializer[Any]):
    within = serializers.CharField()
    period = serializers.DateField(format="%Y-%m")
    stratum = serializers.CharField(allow_null=True)
    revision = serializers.IntegerField(help_text="0: live figures")
    current_formula = FormulaSerializer()
    simulated_formula = FormulaSerializer()
    villages = serializers.IntegerField()
    counts = MovesSerializer(help_text="of all villages, not of this page")
    rows = ComparedSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class Simulate(StandingsView):
    roles = {"POST": {User.Role.SUPERVISOR, User.Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="standings_simulate", request=SimulationForm, responses=SimulationSerializer
    )
    def post(self, request: Request) -> Response:
        """The villages of a region by another formula beside the one in force; changes nothing.

        Only stored formulas are tried: whoever could try any would find out what is withheld.
        """
        asked = filled(SimulationForm, request)
        other = Formula.objects.filter(version=asked["formula"]).first()
        if other is None:
            raise invalid(("/formula", "does_not_exist", _("There is no formula of this version.")))
        period = asked.get("period") or current_period(timezone.now())
        found = simulate(other, asked["within"], period, asked["stratum"])
        try:
            rows, following = found.page(asked["limit"], asked["cursor"])
        except NotInRanking:
            raise serializers.ValidationError({"cursor": [NO_CURSOR]}) from None
        open_to = open_regions(caller(request))
        answer = {
            "within": found.within,
            "period": found.period,
            "stratum": found.stratum,
            "revision": found.revision or LIVE,
            "current_formula": found.formula,
            "simulated_formula": found.other,
            "villages": len(found.rows),
            "counts": found.counts(),
            "rows": [Compared(guarded(r.now, open_to), guarded(r.then, open_to)) for r in rows],
            "next": following,
        }
        return Response(SimulationSerializer(answer).data)


class ComponentWhySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField()
    points = serializers.FloatField(allow_null=True, help_text="what it brings to the score")
    median = serializers.FloatField(
        allow_null=True, help_text="of the villages of its stratum in the regency"
    )
    best = serializers.FloatField(allow_null=True)
    compared = serializers.IntegerField(help_text="values that median and best are of")


class NeighbourSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    rank = serializers.IntegerField()
    points = serializers.FloatField(
        allow_null=True, help_text="between the two; null where it may not be shown"
    )


class ClosingSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(("verified_people", "members_back", "officials"))
    count = serializers.IntegerField(
        source="number", allow_null=True, help_text="the fewest that reach the rank"
    )
    most = serializers.IntegerField(help_text="all there are to be won")
    points = serializers.FloatField(help_text="what the count, or all there are, would bring")
    hindrance = serializers.ChoiceField(
        ("not_enough", "no_data", "no_weight", "all_done"), allow_null=True
    )
    text = serializers.CharField()


class VillageWhySerializer(serializers.Serializer[Any]):
    village = VillageSerializer()
    stratum = serializers.ChoiceField(STRATA)
    period = serializers.DateField(format="%Y-%m")
    as_of = serializers.DateTimeField()
    revision = serializers.IntegerField(help_text="0: live figures")
    formula = FormulaSerializer()
    rank = serializers.IntegerField(allow_null=True, help_text="in the regency")
    among = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    suppressed = serializers.BooleanField()
    components = ComponentWhySerializer(many=True)
    above = NeighbourSerializer(allow_null=True)
    below = NeighbourSerializer(allow_null=True)
    closings = ClosingSerializer(many=True)
    text = serializers.CharField()


class WhyView(StandingsView):
    @extend_schema(
        operation_id="standings_why", parameters=[QuerySerializer], responses=VillageWhySerializer
    )
    def get(self, request: Request, code: str) -> Response:
        """What a village's rank is made of, and what would bring it one rank up."""
        asked = queried(QuerySerializer, request)
        now = timezone.now()
        period = asked.get("period") or current_period(now)
        if not is_village_code(code):
            raise NotFound
        open_to = open_regions(caller(request))
        try:
            why = explain(code, period, open_to, asked.get("revision"))
        except (NotInRanking, NoSuchRevision):
            raise NotFound from None
        answer = {
            "village": why.row,
            "stratum": why.row.stratum,
            "period": why.period,
            "as_of": why.frozen_at or now,
            "revision": why.revision or LIVE,
            "formula": why.formula,
            "rank": why.row.rank,
            "among": why.among,
            "score": why.row.result.score,
            "suppressed": why.row.is_withheld,
            "components": [one._asdict() for one in why.components],
            "above": why.above,
            "below": why.below,
            "closings": [{**one._asdict(), "text": closing_text(one)} for one in why.closings],
            "text": why_text(why),
        }
        return Response(VillageWhySerializer(answer).data)


def why_text(why: Why) -> str:
    """In one sentence where the village stands, and how far the next rank is."""
    if why.row.rank is None:
        return _("The village has no rank.")
    named: dict[str, Any] = {"rank": why.row.rank, "among": why.among}
    if why.above is None:
        return _("Rank %(rank)s of %(among)s: nobody is above.") % named
    named["above"] = why.above.rank
    if why.above.points is None:
        return (
            _(
                "Rank %(rank)s of %(among)s. How far rank %(above)s is may not be shown:"
                " it would tell a number that is too small."
            )
            % named
        )
    named["points"] = floatformat(why.above.points, "2g")
    return _("Rank %(rank)s of %(among)s, %(points)s points below rank %(above)s.") % named


def closing_text(closing: Closing) -> str:
    """What would reach the next rank, or why that does not."""
    if closing.hindrance == "no_data":
        return {
            "verified_people": _("The working population is not known."),
            "members_back": _("Nobody has been a member for long enough to count."),
            "officials": _("Nobody has counted the village's officials yet."),
        }[closing.step]
    if closing.hindrance == "no_weight":
        return _("This does not count in the formula.")
    if closing.hindrance == "all_done":
        return _("There is nothing left to win here.")
    count = closing.most if closing.number is None else closing.number
    things = {
        "verified_people": ngettext(
            "%(number)s more verified person", "%(number)s more verified people", count
        ),
        "members_back": ngettext(
            "%(number)s member back to active", "%(number)s members back to active", count
        ),
        "officials": ngettext(
            "%(number)s more official as a member", "%(number)s more officials as members", count
        ),
    }[closing.step] % {"number": count}
    named = {"things": things, "points": floatformat(closing.points, "2g")}
    if closing.number is None:
        return _("Not enough by itself: %(things)s, at most, bring %(points)s points.") % named
    return _("Enough by itself: %(things)s bring %(points)s points.") % named


urlpatterns = [
    path("standings/simulate/", Simulate.as_view(), name="standings-simulate"),
    path("standings/<str:code>/why/", WhyView.as_view(), name="standing-why"),
]
