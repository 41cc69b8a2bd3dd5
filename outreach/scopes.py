"""What each user may see: one queryset a kind of object. What is outside it is not there for them.

A kader sees what is their own; coordinators and officers what belongs to campaigns of their office
and its branches, officers only what was verified, whatever became of it since; administrators
everything. Supervisors see
figures and plans, no records of people.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach.models import (
    Campaign,
    Decision,
    HandOff,
    HandOffRow,
    HeldResult,
    Import,
    Lead,
    MonthFinding,
    Office,
    Payment,
    Person,
    RecontactSample,
    Registration,
    User,
)
from outreach.statuses import VERIFIED

Role = User.Role


def offices_for(user: User) -> QuerySet[Office]:
    """The user's office with its branches."""
    if user.role == Role.ADMINISTRATOR:
        return Office.objects.all()
    return Office.objects.filter(Q(pk=user.office_id) | Q(parent=user.office_id))


def campaigns_for(user: User) -> QuerySet[Campaign]:
    if user.role == Role.ADMINISTRATOR:
        return Campaign.objects.all()
    if user.role == Role.KADER:
        return Campaign.objects.filter(members__kader=user)
    return Campaign.objects.filter(office__in=offices_for(user))


def registrations_for(user: User) -> QuerySet[Registration]:
    registrations = Registration.objects.all()
    of_offices = Q(campaign__office__in=offices_for(user))
    match user.role:
        case Role.KADER:
            return registrations.filter(kader=user)
        case Role.COORDINATOR:
            return registrations.filter(of_offices)
        case Role.OFFICER:
            return registrations.filter(of_offices, _was_verified())
        case Role.ADMINISTRATOR:
            return registrations
    return registrations.none()


def _was_verified() -> Q:
    """Of registrations: what is verified, was handed off once, or was withdrawn by an officer."""
    withdrawn = Decision.objects.filter(
        registration=OuterRef("pk"), kind=Decision.Kind.WITHDRAW, actor__role=Role.OFFICER
    )
    handed_off = HandOffRow.objects.filter(registration=OuterRef("pk"))
    return Q(status__in=VERIFIED) | Q(Exists(handed_off)) | Q(Exists(withdrawn))


def leads_for(user: User) -> QuerySet[Lead]:
    if user.role == Role.KADER:
        return Lead.objects.filter(kader=user)
    if user.role in {Role.COORDINATOR, Role.OFFICER}:
        return Lead.objects.filter(campaign__office__in=offices_for(user))
    return Lead.objects.all() if user.role == Role.ADMINISTRATOR else Lead.objects.none()


def month_findings_for(user: User) -> QuerySet[MonthFinding]:
    """Doubts about one's own months, or about those of kader who are of one's offices today."""
    findings = MonthFinding.objects.all()
    if user.role == Role.KADER:
        return findings.filter(kader=user)
    if user.role == Role.COORDINATOR:
        offices = offices_for(user)
        return findings.filter(Q(kader__office__in=offices) | Q(office__in=offices))
    return findings if user.role == Role.ADMINISTRATOR else findings.none()


def recontact_samples_for(user: User) -> QuerySet[RecontactSample]:
    """Samples of registrations of the user's office and its branches; a kader sees none."""
    if user.role == Role.ADMINISTRATOR:
        return RecontactSample.objects.all()
    if user.role == Role.KADER:
        return RecontactSample.objects.none()
    return RecontactSample.objects.filter(office__in=offices_for(user))


def people_for(user: User) -> QuerySet[Person]:
    """People with at least one registration that the user sees."""
    return Person.objects.filter(Exists(registrations_for(user).filter(person=OuterRef("pk"))))


def users_for(user: User) -> QuerySet[User]:
    if user.role == Role.ADMINISTRATOR:
        return User.objects.all()
    if user.role == Role.COORDINATOR:
        return User.objects.filter(office__in=offices_for(user))
    return User.objects.filter(pk=user.pk)


def imports_for(user: User) -> QuerySet[Import]:
    """Files that the user's office or its branches sent."""
    if user.role == Role.ADMINISTRATOR:
        return Import.objects.all()
    if user.role in {Role.COORDINATOR, Role.OFFICER}:
        return Import.objects.filter(office__in=offices_for(user))
    return Import.objects.none()


def hand_offs_for(user: User) -> QuerySet[HandOff]:
    """Batches that the user's office or its branches handed off."""
    if user.role == Role.ADMINISTRATOR:
        return HandOff.objects.all()
    if user.role in {Role.COORDINATOR, Role.OFFICER}:
        return HandOff.objects.filter(office__in=offices_for(user))
    return HandOff.objects.none()


def payments_for(user: User) -> QuerySet[Payment]:
    """Payments of registrations of campaigns of the user's office and its branches, whatever their
    status is by now."""
    if user.role == Role.ADMINISTRATOR:
        return Payment.objects.all()
    if user.role in {Role.COORDINATOR, Role.OFFICER}:
        return Payment.objects.filter(registration__campaign__office__in=offices_for(user))
    return Payment.objects.none()


def held_results_for(user: User) -> QuerySet[HeldResult]:
    """Rows of result files about registrations of campaigns of the user's office and its branches,
    whatever their status is by now."""
    if user.role == Role.ADMINISTRATOR:
        return HeldResult.objects.all()
    if user.role in {Role.COORDINATOR, Role.OFFICER}:
        return HeldResult.objects.filter(registration__campaign__office__in=offices_for(user))
    return HeldResult.objects.none()
