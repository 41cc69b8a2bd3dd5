"""Browsers that are signed in."""

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from outreach.models.people import User


class BrowserSession(AbstractBaseSession):
    """A browser's session, with whose it is; what is known of the browser is in its data."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="browser_sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from outreach.sessions import SessionStore

        return SessionStore
