"""The WSGI application that gunicorn serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

# How long a thread waits for the next part of a request's body.
BODY_WITHIN_S = 10

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
answer = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's application, whose reading of a body that stays away fails in time."""
    connection = environ.get("gunicorn.socket")
    if connection is None:
        return answer(environ, start_response)
    before = connection.gettimeout()
    connection.settimeout(BODY_WITHIN_S)
    try:
        return answer(environ, start_response)
    finally:
        connection.settimeout(before)
