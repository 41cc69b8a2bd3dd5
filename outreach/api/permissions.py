"""Which roles may call what."""

from collections.abc import Collection, Mapping
from typing import cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.models import User


class HasRole(BasePermission):
    """Signed in, in one of the roles that the view's `roles` names for the method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        roles: Mapping[str, Collection[User.Role]] = view.roles  # type: ignore[attr-defined]  # each names its own
        method = "GET" if request.method == "HEAD" else str(request.method)
        # A method that the view does not have is answered as such, not as a missing right.
        return method not in roles or request.user.role in roles[method]


def caller(request: Request) -> User:
    """The signed-in user; the view's permission has made sure that there is one."""
    return cast("User", request.user)
