"""Which PostgreSQL we talk to, and how.

Without DATABASE_URL it is an embedded one (backend.embedded) whose address follows from the data
folder alone, so every process of one installation finds the same database.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

ROLE = NAME = "jemput_bola"
SOCKET_FILE = ".s.PGSQL.5432"
# The shortest limit of the platforms for a socket's path (macOS), without its closing NUL.
SOCKET_PATH_LIMIT = 103
OLDEST_VERSION = 15

SERVING_OPTIONS = (
    "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s "
    "-c jit=off"
)


def cluster_folder(home: Path) -> Path:
    return home / "database"


def socket_folder(home: Path) -> Path:
    """Where the embedded server's socket lies: beside its data unless that path is too long."""
    data = cluster_folder(home) / "data"
    if len(bytes(data / SOCKET_FILE)) <= SOCKET_PATH_LIMIT:
        return data
    digest = hashlib.sha256(bytes(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"jemput-bola-{digest}"


def address(home: Path) -> str:
    """The connection URL of the embedded database of this data folder."""
    host = quote(str(socket_folder(home)), safe="")
    return f"postgresql://{ROLE}@/{NAME}?host={host}&port=5432"


def django_settings(url: str, *, serving: bool, threads: int) -> dict[str, Any]:
    """An entry of DATABASES for a libpq connection URL.

    `serving` is for processes that answer requests with `threads` threads: they share a pool and
    give up slow statements. Raises psycopg.ProgrammingError for a text libpq cannot read and
    ValueError for one that names no database.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    name = parts.pop("dbname", "")
    if not name:
        raise ValueError("names no database: add /name after the host")
    entry: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {
            "connect_timeout": "5",
            "application_name": "jemput-bola",
            # A batch's rows are one large parameter: not worth quoting into the statement's text.
            "server_side_binding": True,
            **parts,
        },
    }
    if serving:
        options = entry["OPTIONS"]
        options["options"] = f"{options.get('options', '')} {SERVING_OPTIONS}".strip()
        # Every thread can have a connection, so that waiting for one means the database is down.
        options["pool"] = {
            "min_size": 1,
            "max_size": threads + 2,
            "timeout": 2,
            "reconnect_timeout": 2,
        }
        entry["ENGINE"] = "backend.pooled"
    return entry


def problems(settings: dict[str, Any]) -> list[str]:
    """What keeps the database of a DATABASES entry from being used: one line each."""
    parts = {key.lower(): settings[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    django_only = {"pool", "server_side_binding"}
    options = {key: value for key, value in settings["OPTIONS"].items() if key not in django_only}
    place = f"{parts['host'] or 'the local socket'}:{parts['port'] or 5432}/{settings['NAME']}"
    try:
        with psycopg.connect(
            dbname=settings["NAME"], **{k: v for k, v in parts.items() if v}, **options
        ) as connection:
            return _server_problems(connection)
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return [f"cannot use the database {place}: {reason}; check DATABASE_URL"]


def _server_problems(connection: psycopg.Connection) -> list[str]:
    found = []
    major = connection.info.server_version // 10_000
    if major < OLDEST_VERSION:
        found.append(f"the database is PostgreSQL {major}; {OLDEST_VERSION} or newer is needed")
    row = connection.execute("SELECT current_setting('synchronous_commit')").fetchone()
    if row == ("off",):
        found.append(
            "the database runs with synchronous_commit=off, which loses acknowledged records: "
            "set it to on"
        )
    row = connection.execute(
        "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    if row != ("UTF8",):
        found.append("the database is not encoded in UTF8: create it with ENCODING 'UTF8'")
    return found
