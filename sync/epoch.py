"""Which history of the database a tablet's cursor belongs to."""

from outreach import bulk


def epoch() -> str:
    """A string that changes when the database is restored, recreated or fails over.

    Made of the cluster's identifier, its write-ahead log's timeline (a recovery starts a new one),
    and the ids of the database and of the change log's table (a dump restored into a new database
    changes the one, into the old one the other). Read each time: tables may be replaced under a
    connection.
    """
    [(text,)] = bulk.run(
        "SELECT to_hex(system_identifier)"
        " || '-' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
        " || '-' || to_hex((SELECT oid::bigint FROM pg_database"
        "   WHERE datname = current_database()))"
        " || '-' || to_hex('outreach_change'::regclass::oid::bigint)"
        " FROM pg_control_system()"
    )
    return str(text)
