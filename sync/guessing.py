"""How often one address may try a wrong enrolment code.

A right code is always taken: behind one address may be a carrier with thousands of honest tablets,
and one that guesses must not lock them out.
"""

from datetime import datetime, timedelta

from django.db import connection

# A code has 80 bits, so that nobody guesses one however often they try: 10,000 guesses at 1,000
# open codes succeed once in 10^17 times. This bounds what guessing costs us, and says when to stop.
MOST_WRONG = 50
WINDOW = timedelta(minutes=10)


def wait_s(address: str, now: datetime) -> int:
    """Seconds until the address may try again; 0 when it may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT since FROM sync_wrongcodes WHERE address = %s AND count >= %s AND since > %s",
            [address, MOST_WRONG, now - WINDOW],
        )
        row = cursor.fetchone()
    return 1 + int((row[0] + WINDOW - now).total_seconds()) if row else 0


def note_wrong(address: str, now: datetime) -> None:
    """Count a wrong code; forget what was counted before the window."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sync_wrongcodes WHERE address IN (SELECT address FROM sync_wrongcodes"
            " WHERE since <= %s FOR UPDATE SKIP LOCKED)",
            [now - WINDOW],
        )
        cursor.execute(
            "INSERT INTO sync_wrongcodes AS known (address, since, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (address) DO UPDATE SET count = known.count + 1",
            [address, now],
        )
