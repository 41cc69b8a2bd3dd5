"""Accounts: opened, changed in name, phone or office, closed and opened again.

What a closed account means for tablets is sync.handing_over's: they hand over what they hold.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_lazy

from outreach.models import AccountChange, User
from outreach.problems import Problem, invalid
from outreach.scopes import offices_for, users_for

FIELDS = ("full_name", "phone", "office", "is_active")
"""What can be changed; `office` by its number."""

valid_user_name = UnicodeUsernameValidator(
    message=gettext_lazy("This must be letters, digits and @ . + - _ only.")
)

Role = User.Role


def open_account(
    actor: User,
    *,
    username: str,
    full_name: str,
    role: str,
    office: int | None,
    phone: str = "",
    password: str | None = None,
) -> User:
    """Let somebody work here; without a password by an enrolled tablet alone.

    Coordinators open accounts of kader. Raises Problem: forbidden for others, invalid for an office
    that is none of the actor's and a user name that somebody has.
    """
    if actor.role != Role.ADMINISTRATOR and role != Role.KADER:
        raise Problem("forbidden")
    if office and not offices_for(actor).filter(pk=office).exists():
        raise invalid(("/office", "does_not_exist", gettext("There is no such office.")))
    taken = invalid(("/username", "taken", gettext("Somebody has this user name already.")))
    if User.objects.filter(username__iexact=username).exists():
        raise taken
    try:
        with transaction.atomic():
            return User.objects.create_user(
                username,
                password=password,
                role=role,
                office_id=office,
                full_name=full_name,
                phone=phone,
            )
    except IntegrityError:
        if not User.objects.filter(username=username).exists():
            raise
        raise taken from None


@transaction.atomic
def change_account(
    actor: User, user_id: int, fields: Mapping[str, Any], reason: str, now: datetime
) -> User:
    """Change an account, and note who did and why; what is so already is no change.

    Coordinators change kader of their offices only. Raises Problem: not_found outside the actor's
    scope, forbidden for others than kader and for closing one's own, invalid for an office that is
    none of the actor's.
    """
    user = locked(actor, user_id)
    changed = {
        name: [_now(user, name), fields[name]]
        for name in FIELDS
        if name in fields and fields[name] != _now(user, name)
    }
    if "is_active" in changed and user.pk == actor.pk:
        raise Problem("forbidden", gettext("Nobody closes their own account."))
    if "office" in changed:
        _check_office(actor, user, fields["office"])
    if not changed:
        return user
    for name, (_, after) in changed.items():
        setattr(user, "office_id" if name == "office" else name, after)
    user.save(update_fields=[*changed])
    note(actor, user, changed, reason, now)
    return user


def locked(actor: User, user_id: int) -> User:
    """Somebody whom the actor may change. Raises Problem not_found or forbidden."""
    found = users_for(actor).select_for_update(of=("self",), no_key=True)
    user = found.filter(pk=user_id).first() if user_id < 2**63 else None
    if user is None:
        raise Problem("not_found")
    if actor.role != Role.ADMINISTRATOR and user.role != Role.KADER:
        raise Problem("forbidden")
    return user


def note(actor: User, user: User, fields: Mapping[str, Any], reason: str, now: datetime) -> None:
    """Note a change of an account or of what is known of the kader."""
    AccountChange.objects.create(
        user=user, actor=actor, fields=dict(fields), reason=reason, made_at=now
    )


def _now(user: User, name: str) -> Any:
    return user.office_id if name == "office" else getattr(user, name)


def _check_office(actor: User, user: User, office: int | None) -> None:
    if office is None:
        if user.role != Role.ADMINISTRATOR:
            text = gettext("Everybody but administrators has an office.")
            raise invalid(("/office", "required", text))
    elif not offices_for(actor).filter(pk=office).exists():
        raise invalid(("/office", "does_not_exist", gettext("This is none of your offices.")))
