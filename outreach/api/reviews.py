"""Who is who over HTTP: open questions, their answers, merging and splitting."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach import answering
from outreach.answering import MOST_REGISTRATIONS, Answered, NoSplit, Refused
from outreach.api.forms import AskedInteger, ReasonForm, RegionCode, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.registrations import REVIEWERS, condition_of
from outreach.api.review_shapes import ReviewDetailSerializer, ReviewSerializer
from outreach.asking import questions_about, seen_among, standing_answer, vetoes_beside
from outreach.flags import FLAGS
from outreach.matching.grounds import reasons_of
from outreach.matching.why_asked import why_asked
from outreach.models import Decision, Flag, MatchPair, Registration, User
from outreach.problems import Problem, invalid
from outreach.scopes import registrations_for

Role = User.Role
MOST_OTHERS = 20
_FLAGS = Flag.objects.order_by("code")
_PARTS = ("campaign__office", "kader", "domicile_village")


class QueryForm(PageForm):
    """Which open questions to show, by the registrations of one's own scope, and which page."""

    campaign = serializers.UUIDField(required=False)
    village = RegionCode(
        required=False, help_text="code of a domicile village, or of a region above"
    )
    kader = AskedInteger(min_value=1, max_value=2**63 - 1, required=False)
    flag = serializers.ChoiceField(choices=sorted(FLAGS), required=False)


class Reviews(APIView):
    """Open questions about who is who."""

    permission_classes = (HasRole,)
    roles = {"GET": REVIEWERS}

    @extend_schema(
        operation_id="reviews_list", parameters=[QueryForm], responses=page_schema(ReviewSerializer)
    )
    def get(self, request: Request) -> Response:
        """Two records that may be one person, the questions first whose answer settles most."""
        user, query = caller(request), queried(QueryForm, request)
        among = registrations_for(user).filter(condition_of(query))
        page = page_of(_shown(questions_about(among).filter(is_open=True)), query, by="settles")
        seen = seen_among(
            user, {record for pair in page.results for record in (pair.left_id, pair.right_id)}
        )
        return Response(page.told(ReviewSerializer, seen=seen))


class OneReview(APIView):
    """A question about who is who, open or not."""

    permission_classes = (HasRole,)
    roles = {"GET": REVIEWERS}

    @extend_schema(operation_id="reviews_retrieve", responses=ReviewDetailSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """Both records side by side, what speaks for one person and what against it."""
        user = caller(request)
        pair = _shown(questions_about(registrations_for(user))).filter(pk=review_id).first()
        if pair is None:
            raise Problem("not_found")
        two = (pair.left_id, pair.right_id)
        others = list(
            Registration.objects.filter(person__in={pair.left.person_id, pair.right.person_id})
            .exclude(pk__in=two)
            .select_related(*_PARTS)
            .prefetch_related(Prefetch("flags", _FLAGS))
            .order_by("received_at", "pk")[:MOST_OTHERS]
        )
        beside = vetoes_beside(pair)
        context = {
            "seen": seen_among(user, {*two, *(other.pk for other in others)}),
            "others": others,
            "beside": beside,
            "reasons": reasons_of(pair),
            "why": why_asked(pair, beside) if pair.is_open else None,
            "answer": None if pair.is_open else standing_answer(*two),
        }
        return Response(ReviewDetailSerializer(pair, context=context).data)


class SettledSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id")
    state = serializers.ChoiceField(source="status", choices=Registration.Status.choices)


class AnsweredSerializer(serializers.Serializer[Any]):
    decision = serializers.UUIDField(source="decision.pk", help_text="to undo it by")
    kind = serializers.ChoiceField(source="decision.kind", choices=Decision.Kind.choices)
    registrations = SettledSerializer(
        many=True, help_text="those it was about that one sees, as they are now"
    )


class Answering(APIView):
    """For coordinators, about people of whom none is their own record."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR}}


class Answer(Answering):
    """One answer to one question."""

    kind: Decision.Kind

    @extend_schema(request=ReasonForm, responses=AnsweredSerializer)
    def post(self, request: Request, review_id: UUID) -> Response:
        """Answer for good, with a reason that stays; it can be undone at any time."""
        reason = filled(ReasonForm, request)["reason"]
        user, now = caller(request), timezone.now()
        return told(lambda: answering.answer(review_id, self.kind, user, reason, now))


class SamePerson(Answer):
    kind = Decision.Kind.SAME_PERSON


class DifferentPeople(Answer):
    kind = Decision.Kind.DIFFERENT_PEOPLE


class MergeForm(ReasonForm):
    other = serializers.UUIDField(help_text="the other person, of whom one sees a registration too")


class Merge(Answering):
    """Two people who are one."""

    @extend_schema(operation_id="people_merge", request=MergeForm, responses=AnsweredSerializer)
    def post(self, request: Request, person_id: UUID) -> Response:
        """Say that two people are one although nobody asked; it can be undone at any time."""
        form = filled(MergeForm, request)
        if form["other"] == person_id:
            raise invalid(("/other", "same", _("This is the person itself.")))
        user, now = caller(request), timezone.now()
        return told(lambda: answering.merge(person_id, form["other"], user, form["reason"], now))


class SplitForm(ReasonForm):
    registrations = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_REGISTRATIONS
    )


class Split(Answering):
    """A person who is two."""

    @extend_schema(operation_id="people_split", request=SplitForm, responses=AnsweredSerializer)
    def post(self, request: Request, person_id: UUID) -> Response:
        """Say that these registrations are of another person; it can be undone at any time."""
        form = filled(SplitForm, request)
        user, now = caller(request), timezone.now()
        apart = form["registrations"]
        try:
            return told(lambda: answering.split(person_id, apart, user, form["reason"], now))
        except NoSplit as none:
            text = _("This is no registration of the person that you see.")
            foreign = [
                (f"/registrations/{place}", "does_not_exist", text)
                for place, record in enumerate(apart)
                if record in none.foreign
            ]
            whole = ("/registrations", "whole", _("Nobody would be left of the person."))
            raise invalid(*(foreign or [whole])) from None


def told(action: Callable[[], Answered]) -> Response:
    """What an answer did, or the problem with it."""
    try:
        answered = action()
    except Refused as refusal:
        raise Problem(refusal.slug, _detail(refusal), **refusal.extra) from None
    return Response(AnsweredSerializer(answered).data)


def _detail(refusal: Refused) -> str:
    match refusal.slug:
        case "superseded":
            return _("Nothing is asked here any more: reload, and see what became of it.")
        case "contradicts":
            return _("Somebody said that these are different people: take that back first.")
    return ""


def _shown(pairs: QuerySet[MatchPair]) -> QuerySet[MatchPair]:
    """With everything a list shows, in three statements."""
    sides = [f"{side}__{part}" for side in ("left", "right") for part in _PARTS]
    return pairs.select_related(*sides).prefetch_related(
        Prefetch("left__flags", _FLAGS), Prefetch("right__flags", _FLAGS)
    )
