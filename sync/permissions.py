"""Who may speak the offline protocol."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.models import User
from sync.tokens import Bearer


class IsKader(BasePermission):
    """A kader with an access token; browser sessions have no part in the protocol."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF's signature
        return (
            isinstance(request.auth, Bearer)
            and isinstance(request.user, User)
            and request.user.role == User.Role.KADER
        )
