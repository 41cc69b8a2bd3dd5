import json
import logging
import sys

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.test import RequestFactory
from structlog.stdlib import ProcessorFormatter

from backend.logs import RequestLog, configuration, described

NIK = "1271014503840002"


def written(record: logging.LogRecord) -> str:
    options = configuration("INFO")["formatters"]["json"]
    formatter = ProcessorFormatter(
        foreign_pre_chain=options["foreign_pre_chain"], processors=options["processors"]
    )
    return formatter.format(record)


def test_a_line_is_json_without_long_numbers() -> None:
    record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": f"saw {NIK} today"})
    line = json.loads(written(record))
    assert line["event"] == "saw … today"


def test_an_exception_is_told_by_type_and_place_without_what_it_choked_on() -> None:
    try:
        int(f"Siti {NIK}")
    except ValueError:
        record = logging.makeLogRecord({"name": "x", "msg": "failed", "exc_info": sys.exc_info()})
    line = written(record)
    assert "Siti" not in line
    assert NIK not in line
    chain = json.loads(line)["exception"]["chain"]
    assert chain[0]["type"] == "ValueError"
    assert "test_logs.py" in chain[0]["frames"][0]


@pytest.mark.django_db
def test_a_database_error_keeps_its_state_and_loses_the_row() -> None:
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE t (name text CONSTRAINT t_name CHECK (name <> 'Siti'));"
            "INSERT INTO t VALUES ('Siti')"
        )
    assert isinstance(caught.value.__cause__, psycopg.Error)
    told = json.dumps(described(caught.value))
    assert "23514 t_name" in told
    assert "Siti" not in told


def test_a_request_is_logged_without_its_query() -> None:
    request = RequestFactory().get("/api/v1/registrations/", {"search": "Siti"})
    assert RequestLog.format_request(request) == "GET /api/v1/registrations/"
