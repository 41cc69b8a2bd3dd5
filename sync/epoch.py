"""Which history of the database a tablet's cursor belongs to."""

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_KNOWN: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def epoch() -> str:
    """A string that changes when the database is restored, recreated or fails over.

    Made of the cluster's identifier, its write-ahead log's timeline (a recovery starts a new one)
    and the database's own id (a dump restored into a new database changes it). Read once for each
    connection, since a fail-over under a running process ends its connections.
    """
    connection.ensure_connection()
    session = connection.connection
    known = _KNOWN.get(session)
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT to_hex(system_identifier)"
                " || '-' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
                " || '-' || to_hex((SELECT oid::bigint FROM pg_database"
                "   WHERE datname = current_database()))"
                " FROM pg_control_system()"
            )
            [known] = cursor.fetchone()
        _KNOWN[session] = known
    return known
