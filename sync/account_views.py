"""Signing in over HTTP."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import filled
from outreach.models import User
from outreach.problems import Problem
from sync.tokens import CHALLENGE, refresh, sign_in


class SignInForm(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class RefreshForm(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=2000)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class SignIn(APIView):
    """Sign in with a password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    allows_draining = True

    @extend_schema(operation_id="auth_token", request=SignInForm, responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """An access token of 15 minutes and a refresh token for the time after."""
        form = filled(SignInForm, request)
        plain: HttpRequest = request._request  # noqa: SLF001 - sign-in backends want Django's own
        user = authenticate(plain, username=form["username"], password=form["password"])
        if not isinstance(user, User):
            raise Problem("credentials_invalid", headers={"WWW-Authenticate": CHALLENGE})
        user_logged_in.send(sender=User, request=plain, user=user)
        return Response(sign_in(user, None, timezone.now()))


class Refresh(APIView):
    """Go on without a password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    allows_draining = True

    @extend_schema(
        operation_id="auth_token_refresh", request=RefreshForm, responses=TokensSerializer
    )
    def post(self, request: Request) -> Response:
        """New tokens; the refresh token sent stays good until the new one is first used."""
        return Response(refresh(filled(RefreshForm, request)["refresh"], timezone.now()))
