"""What the protocol stops remembering: nothing that anybody could still use."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Coalesce

from sync import guessing
from sync.models import EnrolmentCode, TokenFamily, WrongCodes
from sync.tokens import RefreshToken

LONGEST_LOG_IN = RefreshToken.lifetime
GRACE = timedelta(days=1)
"""For clocks of servers that do not agree."""


def forget(now: datetime) -> dict[str, int]:
    """Delete log-ins whose newest refresh token has expired, used and expired enrolment codes, and
    counts of wrong ones; gives how many of each.
    """
    last_used = Coalesce("used_at", "created_at")
    old_families = TokenFamily.objects.annotate(last_used=last_used).filter(
        last_used__lt=now - LONGEST_LOG_IN - GRACE
    )
    old: dict[str, Any] = {
        "families": old_families,
        "codes": EnrolmentCode.objects.filter(expires_at__lt=now - GRACE),
        "counts": WrongCodes.objects.filter(since__lt=now - guessing.WINDOW),
    }
    return {name: rows.delete()[0] for name, rows in old.items()}
