"""What migrations left in the tables, put back between tests that commit.

Django's flush makes the files of every table anew, then the content types, permissions and lists
of reference: the most of what a small test of this kind takes. Deleting few rows takes a tenth.
"""

from django.db import connection

LEFT_ALONE = ("django_migrations", "django_content_type", "auth_permission")


def remembered() -> str:
    """The SQL that gives all tables the rows that they have now, of which it keeps a copy."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY 1",
            [list(LEFT_ALONE)],
        )
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute("DROP SCHEMA IF EXISTS remembered CASCADE")
        cursor.execute("CREATE SCHEMA remembered")
    return "; ".join([*_emptying(tables), *filter(None, map(_filling, tables))])


def _emptying(tables: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() != (True,):
            return [f"TRUNCATE {', '.join(tables)}"]
    return [
        # What a thread that outlives its test still writes is waited for, as TRUNCATE does.
        f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE",
        # Rows go in any order, and nothing looks for those that referred to them.
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in tables),
    ]


def _filling(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
        if cursor.fetchone() != (True,):
            return ""
        cursor.execute(f"CREATE TABLE remembered.{table} AS TABLE {table}")
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid ="
            " %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        [columns] = cursor.fetchone() or [""]
    return (
        f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
        f" SELECT {columns} FROM remembered.{table}"
    )
