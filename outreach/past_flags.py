"""Flags that do not hold any more: kept with when they were raised and taken back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from outreach import bulk


def take_back(gone: Sequence[tuple[UUID, str]], now: datetime) -> None:
    """Take back flags, by registration and code. One statement."""
    bulk.run(
        "WITH taken AS (DELETE FROM outreach_flag"
        " USING unnest(%s::uuid[], %s::text[]) AS gone(registration, flag)"
        " WHERE registration_id = gone.registration AND code = gone.flag"
        " RETURNING registration_id, code, evidence, raised_at)"
        " INSERT INTO outreach_pastflag"
        " (registration_id, code, evidence, raised_at, taken_back_at)"
        " SELECT taken.*, %s FROM taken",
        [[registration for registration, _ in gone], [code for _, code in gone], now],
    )
