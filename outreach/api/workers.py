"""A worker over HTTP: who one is by all registrations, how one counts, and what was decided."""

from collections.abc import Collection
from typing import Any, NamedTuple, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.named_shapes import NamedVillageSerializer
from outreach.api.permissions import HasRole, caller
from outreach.api.registration_shapes import (
    QuestionSerializer,
    RegistrationSerializer,
    question_shown,
)
from outreach.api.registrations import REVIEWERS, listed
from outreach.asking import answers_about, questions_about_person, seen_among
from outreach.models import Decision, MatchPair, Person, Registration, User
from outreach.problems import Problem
from outreach.scopes import people_for, registrations_for

MOST_SHOWN = 200


class Biography(NamedTuple):
    """A person as somebody sees it: of who was merged away the person it has become.

    `elsewhere` counts the registrations that are not shown, `seen` has those that the decisions
    were about and one may see.
    """

    asked: UUID
    person: Person
    registrations: list[Registration]
    elsewhere: int
    questions: list[MatchPair]
    decisions: list[Decision]
    seen: frozenset[UUID]


class AnswerAboutSerializer(serializers.ModelSerializer[Decision]):
    """`seen` in the context has the registrations in the reader's scope."""

    actor = serializers.CharField(source="actor.full_name")
    undone_by = serializers.SerializerMethodField(help_text="the decision that took it back")
    registrations = serializers.SerializerMethodField(
        help_text="of the two people it was about then, the registrations that one sees"
    )

    class Meta:
        model = Decision
        fields = (
            "id",
            "kind",
            "actor",
            "reason",
            "undoes",
            "undone_by",
            "registrations",
            "decided_at",
        )

    def get_undone_by(self, decision: Decision) -> UUID | None:
        undoing = getattr(decision, "undone_by", None)
        return undoing.pk if undoing else None

    def get_registrations(self, decision: Decision) -> list[list[str]]:
        seen = cast("Collection[UUID]", self.context["seen"])
        return [[str(one) for one in side if one in seen] for side in _sides(decision)]


class PersonSerializer(serializers.ModelSerializer[Person]):
    """The rest in the context, see OnePerson."""

    id = serializers.SerializerMethodField(help_text="as asked for")
    superseded_by = serializers.SerializerMethodField(
        help_text="who this person turned out to be: everything else is about that one"
    )
    credited = serializers.UUIDField(
        source="credited_id", allow_null=True, help_text="the registration that takes the credit"
    )
    village = NamedVillageSerializer(allow_null=True, help_text="where the person counts")
    month = serializers.DateField(allow_null=True, help_text="the month it counts in")
    registrations = serializers.SerializerMethodField(
        help_text="those that one sees, the first received first"
    )
    registrations_elsewhere = serializers.SerializerMethodField(
        help_text="how many more there are, of other offices or beyond the first 200"
    )
    reviews = serializers.SerializerMethodField(help_text="open questions about who this is")
    decisions = serializers.SerializerMethodField(
        help_text="what was said of who this is, and taken back, the latest first"
    )

    class Meta:
        model = Person
        fields = (
            "id",
            "superseded_by",
            "state",
            "credited",
            "village",
            "month",
            "registrations",
            "registrations_elsewhere",
            "reviews",
            "decisions",
        )

    def get_id(self, person: Person) -> UUID:
        del person
        return cast("UUID", self.context["asked"])

    def get_superseded_by(self, person: Person) -> UUID | None:
        return None if person.pk == self.context["asked"] else person.pk

    @extend_schema_field(RegistrationSerializer(many=True))
    def get_registrations(self, person: Person) -> Any:
        del person
        return RegistrationSerializer(self.context["registrations"], many=True).data

    def get_registrations_elsewhere(self, person: Person) -> int:
        del person
        return cast("int", self.context["elsewhere"])

    @extend_schema_field(QuestionSerializer(many=True))
    def get_reviews(self, person: Person) -> Any:
        return [
            question_shown(pair, pair.right if pair.left.person_id == person.pk else pair.left)
            for pair in self.context["questions"]
        ]

    @extend_schema_field(AnswerAboutSerializer(many=True))
    def get_decisions(self, person: Person) -> Any:
        del person
        decisions = self.context["decisions"]
        return AnswerAboutSerializer(decisions, many=True, context=self.context).data


class OnePerson(APIView):
    """A person of whom one sees a registration."""

    permission_classes = (HasRole,)
    roles = {"GET": REVIEWERS}

    @extend_schema(operation_id="people_retrieve", responses=PersonSerializer)
    def get(self, request: Request, person_id: UUID) -> Response:
        """How a person counts, by which registrations, what is asked and what was decided; of one
        who was merged away the person it has become. Personal data masked.
        """
        known = biography(caller(request), person_id)
        context = known._asdict()
        return Response(PersonSerializer(known.person, context=context).data)


def biography(user: User, person_id: UUID) -> Biography:
    """Raises Problem where the user sees no registration of the person."""
    person = _seen_person(user, person_id)
    registrations = list(
        listed(registrations_for(user).filter(person=person)).order_by("received_at", "pk")[
            :MOST_SHOWN
        ]
    )
    decisions = answers_about([one.pk for one in registrations], MOST_SHOWN)
    about = {one for decision in decisions for side in _sides(decision) for one in side}
    return Biography(
        asked=person_id,
        person=person,
        registrations=registrations,
        elsewhere=Registration.objects.filter(person=person).count() - len(registrations),
        questions=questions_about_person(user, person.pk, MOST_SHOWN),
        decisions=decisions,
        seen=seen_among(user, about),
    )


def _seen_person(user: User, person_id: UUID) -> Person:
    """The person, or who it has become. Raises Problem where the user sees none of it."""
    seen = people_for(user).select_related("village")
    if person := seen.filter(pk=person_id).first():
        return person
    became = Registration.objects.filter(
        pk__in=Person.objects.filter(pk=person_id).values("founder"),
    )
    if person := seen.filter(pk__in=became.values("person")).first():
        return person
    raise Problem("not_found")


def _sides(decision: Decision) -> list[list[UUID]]:
    """The registrations of the two people that an answer was about."""
    about = decision.about or {}
    return [[UUID(one) for one in side] for side in about.get("people", ())]
