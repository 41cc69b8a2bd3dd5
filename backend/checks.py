"""What `check --deploy` and every start outside the demo look at, beyond Django's own checks."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DatabaseError

DEMO_USERS = "backend.W001"


@checks.register(deploy=True)
def demo_users(**kwargs: Any) -> list[checks.CheckMessage]:
    """Demo users outside the demo: refused at sign-in, and a sign that databases were mixed up."""
    del kwargs
    if settings.DEMO:
        return [checks.Warning("DEMO is on: its users have public passwords.", id="backend.W002")]
    try:
        count = get_user_model().objects.filter(is_demo=True).count()
    except DatabaseError:
        return []
    if not count:
        return []
    return [
        checks.Warning(
            f"The database holds {count} users of the demo. They cannot sign in here.",
            hint="Use a database of its own for production.",
            id=DEMO_USERS,
        )
    ]
