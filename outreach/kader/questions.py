"""A kader's questions about lines of the own credit statement, and what is answered."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from outreach.models import Registration, StatementQuestion, User
from outreach.problems import Problem, invalid
from outreach.scopes import registrations_for

MOST_OPEN = 50
MOST_OF_ONE_REGISTRATION = 5


def questions_for(user: User) -> QuerySet[StatementQuestion]:
    """A kader's own; for others those about registrations that they see."""
    if user.role == User.Role.KADER:
        return StatementQuestion.objects.filter(kader=user)
    return StatementQuestion.objects.filter(registration__in=registrations_for(user))


@transaction.atomic
def ask(
    kader: User, question_id: UUID, registration: UUID, text: str, now: datetime
) -> tuple[StatementQuestion, bool]:
    """Keep a question, and whether it is new: the same under the same id is the same question.

    Raises Problem: invalid for what is none of the kader's registrations, conflict for an id that
    is another question's, too_many_questions.
    """
    # One at a time for each kader, so that the bounds hold.
    User.objects.select_for_update(no_key=True).get(pk=kader.pk)
    if known := StatementQuestion.objects.filter(pk=question_id).first():
        if (known.kader_id, known.registration_id, known.text) != (kader.pk, registration, text):
            raise Problem("conflict", _("Another question has this id."))
        return known, False
    if not Registration.objects.filter(pk=registration, kader=kader).exists():
        text = _("This is none of your registrations.")
        raise invalid(("/registration", "does_not_exist", text))
    own = StatementQuestion.objects.filter(kader=kader)
    is_much = own.filter(registration=registration).count() >= MOST_OF_ONE_REGISTRATION
    if is_much or own.filter(answered_at__isnull=True).count() >= MOST_OPEN:
        raise Problem("too_many_questions")
    made = StatementQuestion.objects.create(
        pk=question_id, kader=kader, registration_id=registration, text=text, asked_at=now
    )
    return made, True


@transaction.atomic
def answer(actor: User, question_id: UUID, text: str, now: datetime) -> StatementQuestion:
    """Answer a question; the same answer once more is the same.

    Raises Problem: not_found outside the actor's scope, already_answered.
    """
    asked = (
        questions_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=question_id)
        .first()
    )
    if asked is None:
        raise Problem("not_found")
    if asked.answered_at is not None:
        if (asked.answered_by_id, asked.answer) != (actor.pk, text):
            raise Problem("already_answered")
        return asked
    asked.answer, asked.answered_by, asked.answered_at = text, actor, now
    asked.save(update_fields=["answer", "answered_by", "answered_at"])
    return asked
