"""JSON logs without personal data.

Requests appear by method and path, never with their query, address, user or body. Exceptions
appear by type and place: messages are cut down, because databases and parsers quote the data they
choke on.
"""

import re
import sys
import traceback
from typing import Any

import structlog
from django.db import Error as DjangoDatabaseError
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware
from psycopg import Error as DatabaseError
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

# NIKs, phone numbers and the like; times, ids and line numbers are shorter or have separators.
LONG_NUMBER = re.compile(r"\+?\d[\d •.-]{7,}\d")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)")


class RequestLog(RequestMiddleware):
    """One line for each request."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


def described(error: BaseException) -> dict[str, Any]:
    """An exception chain by type, place and a message without data."""
    chain: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < 8:
        frames = [
            f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(current.__traceback__)
        ]
        chain.append(
            {"type": type(current).__qualname__, "message": _message(current), "frames": frames}
        )
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return {"chain": chain}


def _message(error: BaseException) -> str:
    if isinstance(error, DatabaseError):
        return " ".join(filter(None, [error.sqlstate, error.diag.constraint_name]))
    if isinstance(error, DjangoDatabaseError):
        return ""
    return QUOTED.sub("…", LONG_NUMBER.sub("…", str(error)))[:200]


def _exceptions(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    del logger, name
    info: ExcInfo | bool | None = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()  # type: ignore[assignment]  # wider than what loggers give
    if isinstance(info, BaseException):
        event["exception"] = described(info)
    elif isinstance(info, tuple) and info[1] is not None:
        event["exception"] = described(info[1])
    return event


def _numbers(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    del logger, name
    text = event.get("event")
    if isinstance(text, str):
        event["event"] = LONG_NUMBER.sub("…", text)
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _numbers,
    _exceptions,
]


def configuration(level: str) -> dict[str, Any]:
    """Django's LOGGING; sets structlog up as well."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The request log has each failure once, with its request.
            "django.request": {"level": "CRITICAL"},
            # These name people and addresses.
            "axes": {"level": "CRITICAL"},
            "django.security": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "procrastinate": {"level": "WARNING"},
            # While the database is down it repeats itself; the requests' own lines say enough.
            "psycopg.pool": {"level": "ERROR"},
            # It warns of every HEAD request: Django leaves dropping the body to the server.
            "gunicorn.http.wsgi": {"level": "ERROR"},
        },
    }
