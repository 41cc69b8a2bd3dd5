"""Questions of kader about their statements, and the answers."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.kader.questions import answer, ask, questions_for
from outreach.models import StatementQuestion, User

Role = User.Role


class KaderQuestionSerializer(serializers.ModelSerializer[StatementQuestion]):
    registration = serializers.UUIDField(source="registration_id")
    kader = serializers.IntegerField(source="kader_id")
    answer = serializers.CharField(allow_blank=True)
    answered_by = serializers.IntegerField(source="answered_by_id", allow_null=True)

    class Meta:
        model = StatementQuestion
        fields = (
            "id",
            "kader",
            "registration",
            "text",
            "asked_at",
            "answer",
            "answered_by",
            "answered_at",
        )


QUESTION_PAGE = page_schema(KaderQuestionSerializer)


class QuestionForm(Form):
    id = serializers.UUIDField(help_text="made by the client: the same once more changes nothing")
    registration = serializers.UUIDField()
    text = serializers.CharField(min_length=3, max_length=500)


class AnswerForm(Form):
    text = serializers.CharField(min_length=3, max_length=500)


class OpenForm(PageForm):
    open = serializers.BooleanField(required=False)


class OwnQuestions(APIView):
    """A kader's questions about the own statement."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER}, "POST": {Role.KADER}}

    @extend_schema(
        operation_id="kader_me_questions",
        parameters=[OpenForm],
        responses=QUESTION_PAGE,
    )
    def get(self, request: Request) -> Response:
        """Questions and their answers, the newest first."""
        return _page(request)

    @extend_schema(
        operation_id="kader_me_questions_ask",
        request=QuestionForm,
        responses={
            200: OpenApiResponse(KaderQuestionSerializer, "it was asked before"),
            201: KaderQuestionSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Ask why a registration counts as it does."""
        form = filled(QuestionForm, request)
        asked, is_new = ask(
            caller(request), form["id"], form["registration"], form["text"], timezone.now()
        )
        return Response(KaderQuestionSerializer(asked).data, status=201 if is_new else 200)


class Questions(APIView):
    """Questions about registrations of one's offices."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="statement_questions_list",
        parameters=[OpenForm],
        responses=QUESTION_PAGE,
    )
    def get(self, request: Request) -> Response:
        """Questions and their answers, the newest first; with `open` only those without one."""
        return _page(request)


class AnswerQuestion(APIView):
    """Answering a kader's question."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR}}

    @extend_schema(
        operation_id="statement_questions_answer",
        request=AnswerForm,
        responses=KaderQuestionSerializer,
    )
    def post(self, request: Request, question_id: UUID) -> Response:
        """Answer it; what follows for the registration is decided where decisions are made."""
        text = filled(AnswerForm, request)["text"]
        answered = answer(caller(request), question_id, text, timezone.now())
        return Response(KaderQuestionSerializer(answered).data)


def _page(request: Request) -> Response:
    asked = queried(OpenForm, request)
    questions = questions_for(caller(request))
    if "open" in asked:
        questions = questions.filter(answered_at__isnull=asked["open"])
    page = page_of(questions, asked, by="asked_at")
    return Response(page.told(KaderQuestionSerializer))
