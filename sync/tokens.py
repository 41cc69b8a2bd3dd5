"""Access and refresh tokens: who a request comes from, and with which tablet.

An access token lives for minutes and names the tablet; the tablet's state is looked up on each
request. Refresh tokens of one log-in form a family (sync.models.TokenFamily).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, Token

from outreach.models import User
from outreach.problems import Problem
from sync import handing_over
from sync.answer_headers import tell
from sync.models import Device, TokenFamily

LONGEST_TOKEN = 2000
CHALLENGE = 'Bearer realm="api"'
_LIFETIMES: Mapping[str, Any] = settings.SIMPLE_JWT


class Bearer(NamedTuple):
    """What a token says beside the user: the enrolled tablet, None for a plain log-in."""

    device: Device | None


class Holder(NamedTuple):
    """Whose a token is."""

    user: User
    device: Device | None


class RefreshToken(Token):
    """A member of a family: claims `family` and `number`, the place in the line of succession."""

    token_type = "refresh"  # noqa: S105 - a kind of token
    lifetime = _LIFETIMES["REFRESH_TOKEN_LIFETIME"]


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access>`; puts a Bearer on `request.auth`.

    One statement a request. A tablet that is being drained reaches only views with
    `allows_draining = True`; a revoked one, while it hands over, those with
    `allows_handing_over = True`, and then none.
    """

    def authenticate(self, request: Request) -> tuple[User, Bearer] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        claims = _claims(token.decode("latin-1").strip(), AccessToken, _token_invalid())
        now = timezone.now()
        holder = _holder(int(claims["user_id"]), claims.get("device"), now)
        if holder is None:
            raise _token_invalid()
        if holder.device:
            _hold_to_its_state(request, holder.device, now)
        return holder.user, Bearer(holder.device)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        return CHALLENGE


def _hold_to_its_state(request: Request, device: Device, now: datetime) -> None:
    """Raises Problem device_revoked or device_drain_only where the view is not for the tablet."""
    context: Mapping[str, Any] = request.parser_context or {}
    view = context.get("view")
    if word := handing_over.word_for(device, now):
        if word != "hand_over" or not getattr(view, "allows_handing_over", False):
            raise handing_over.revoked(word)
        tell(request, {handing_over.HEADER: word})
    elif device.state == Device.State.DRAIN_ONLY and not getattr(view, "allows_draining", False):
        raise Problem("device_drain_only")


def sign_in(user: User, device: Device | None, now: datetime) -> dict[str, str]:
    """Found a family and give its first `{access, refresh}`."""
    family = TokenFamily.objects.create(user=user, device=device, created_at=now)
    return _pair(Holder(user, device), family.id, number=1)


def refresh(token: str, now: datetime) -> dict[str, str]:
    """The next `{access, refresh}` of the token's family.

    The newest token that was used and its successor are good. An older one ends the family: it was
    stolen, or the thief was faster. Raises Problem refresh_invalid, or device_revoked with its word
    for a tablet that has nothing to hand over any more.
    """
    refused = Problem("refresh_invalid", headers={"WWW-Authenticate": CHALLENGE})
    claims = _claims(token, RefreshToken, refused)
    family = UUID(claims["family"])
    owner = _rotated(family, claims["number"], now)
    holder = _holder(*(owner or _owner(family)), now)
    word = handing_over.word_for(holder.device, now) if holder and holder.device else None
    if word and word != "hand_over":
        raise handing_over.revoked(word)
    if owner is None or holder is None or claims["password"] != _password_mark(holder):
        raise refused
    return _pair(holder, family, number=claims["number"] + 1)


def end_families(device: Device, now: datetime) -> None:
    """Make every refresh token of a tablet worthless."""
    TokenFamily.objects.filter(device=device, revoked_at=None).update(revoked_at=now)


def _rotated(family: UUID, number: int, now: datetime) -> tuple[int, UUID | None] | None:
    """Use a family's token: (user, device), or None if it is too old or the family has ended.

    One statement, so that simultaneous uses of one token all succeed. A number above the successor
    is as good as the successor: it was signed before the database went back to a backup.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_tokenfamily SET generation = greatest(generation, %(number)s),"
            " used_at = %(now)s,"
            " revoked_at = CASE WHEN %(number)s < generation THEN %(now)s::timestamptz END"
            " WHERE id = %(family)s AND revoked_at IS NULL"
            " RETURNING user_id, device_id, revoked_at IS NULL",
            {"family": family, "number": number, "now": now},
        )
        row = cursor.fetchone()
    return (row[0], row[1]) if row and row[2] else None


def _owner(family: UUID) -> tuple[int, UUID | None]:
    """Whose a family is or was; nobody's id for one that is forgotten."""
    rows = TokenFamily.objects.filter(pk=family).values_list("user_id", "device_id")
    return rows.first() or (0, None)


def _holder(user_id: int, device_id: UUID | str | None, now: datetime) -> Holder | None:
    """The user and tablet of a token in one statement; None if they may not sign in.

    A tablet outlives its kader's account, so that it can hand over what it holds.
    """
    if device_id is None:
        user = User.objects.filter(pk=user_id).first()
        return Holder(user, None) if user and api_settings.USER_AUTHENTICATION_RULE(user) else None
    device = Device.objects.select_related("kader").filter(pk=device_id, kader=user_id).first()
    if device is None or (device.kader.is_demo and not settings.DEMO):
        return None
    handing_over.follow_the_kader(device, now)
    return Holder(device.kader, device)


def _pair(holder: Holder, family: UUID, number: int) -> dict[str, str]:
    access = AccessToken()
    access["user_id"] = str(holder.user.pk)
    if holder.device:
        access["device"] = str(holder.device.pk)
    successor = RefreshToken()
    successor["family"] = str(family)
    successor["number"] = number
    successor["password"] = _password_mark(holder)
    successor.set_exp(lifetime=_lifetime(holder))
    return {"access": str(access), "refresh": str(successor)}


def _lifetime(holder: Holder) -> timedelta:
    """Kader are offline for weeks; whoever works in an office signs in every day."""
    in_the_field = holder.user.role == User.Role.KADER
    lifetime: timedelta = _LIFETIMES[
        "REFRESH_TOKEN_LIFETIME" if in_the_field else "STAFF_REFRESH_TOKEN_LIFETIME"
    ]
    return lifetime


def _password_mark(holder: Holder) -> str | None:
    """Changes with the password, so that a new password ends the log-ins made with the old one.

    A tablet was enrolled with a code: it is revoked, not shut out by its kader's new password.
    """
    return None if holder.device else holder.user.get_session_auth_hash()[:16]


def _claims(token: str, kind: type[Token], refused: Problem) -> Mapping[str, Any]:
    """A token's claims, its signature, kind and time checked; raises `refused`."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise refused
    try:
        return kind(token).payload  # type: ignore[arg-type]  # its annotation is wrong
    except (TokenError, RecursionError):
        raise refused from None


def _token_invalid() -> Problem:
    return Problem(
        "token_invalid", headers={"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    )
