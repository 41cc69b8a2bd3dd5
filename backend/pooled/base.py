"""Django's PostgreSQL, with a pool that forgets all dead connections once it meets one.

The pool's own check takes dead connections out one request at a time and sleeps in between: after
a restart of the database, with more than two in the pool, it gives up, again and again.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """For a pool without checks of its own (CONN_HEALTH_CHECKS)."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that answered just now, or where it did not a fresh one."""
        taken = super().get_new_connection(conn_params)
        try:
            ConnectionPool.check_connection(taken)
        except psycopg.Error:
            self.pool.putconn(taken)
            self.pool.check()
            taken = super().get_new_connection(conn_params)
        return taken
