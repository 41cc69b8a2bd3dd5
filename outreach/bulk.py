"""Whole batches in one statement: rows travel as one JSON parameter."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from django.db import connection, models

JSONB = 3802
"""PostgreSQL's type number."""


def insert(
    model: type[models.Model],
    rows: Sequence[Any],
    *,
    on_conflict: str = "",
    order_by: str = "",
) -> int:
    """Insert rows, dicts or structs keyed by column name; gives how many were written.

    `order_by` makes concurrent batches take their row locks in one order. In `on_conflict` the
    stored row is named `old`.
    """
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_insertion(model, rows, on_conflict, order_by), [encode(rows)])
        return int(cursor.rowcount)


def insert_returning(
    model: type[models.Model],
    rows: Sequence[Any],
    returning: str,
    *,
    on_conflict: str = "",
    order_by: str = "",
) -> list[tuple[Any, ...]]:
    """Insert rows and give what `returning` names of each row written."""
    if not rows:
        return []
    return run(
        f"{_insertion(model, rows, on_conflict, order_by)} RETURNING {returning}", [encode(rows)]
    )


def _insertion(
    model: type[models.Model], rows: Sequence[Any], on_conflict: str, order_by: str
) -> str:
    columns = _columns(rows[0])
    return (
        f"INSERT INTO {model._meta.db_table} AS old ({', '.join(columns)})"
        f" SELECT {', '.join(columns)} FROM {recordset(model, columns)}"
        + (f" ORDER BY {order_by}" if order_by else "")
        + (f" ON CONFLICT {on_conflict}" if on_conflict else "")
    )


def update(model: type[models.Model], rows: Sequence[Any], *, key: str = "id") -> None:
    """Set every other column of each row to its value, where `key` matches."""
    if not rows:
        return
    columns = _columns(rows[0])
    sets = [f"{name} = new.{name}" for name in columns if name != key]
    run(
        f"UPDATE {model._meta.db_table} AS old SET {', '.join(sets)}"
        f" FROM {recordset(model, columns)} WHERE old.{key} = new.{key}",
        [encode(rows)],
    )


def recordset(model: type[models.Model], columns: Iterable[str]) -> str:
    """SQL that reads one JSON parameter as rows named `new` with the model's column types."""
    types = _column_types(model)
    typed = ", ".join(f"{name} {types[name]}" for name in columns)
    return f"jsonb_to_recordset(%s::jsonb) AS new({typed})"


def run(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and fetch its rows, if it has any; jsonb columns come decoded."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        if not cursor.description:
            return []
        documents = {
            place for place, column in enumerate(cursor.description) if column.type_code == JSONB
        }
        rows = cursor.fetchall()
        return [_decoded(row, documents) for row in rows] if documents else rows


def _decoded(row: tuple[Any, ...], documents: set[int]) -> tuple[Any, ...]:
    return tuple(
        msgspec.json.decode(value) if place in documents and value is not None else value
        for place, value in enumerate(row)
    )


def encode(rows: Sequence[Any]) -> str:
    """Rows as JSON; bytes as PostgreSQL reads them into bytea."""
    return _encoder.encode(rows).decode()


def array(values: Iterable[object]) -> str:
    """Numbers or UUIDs as a PostgreSQL array, to be cast: psycopg takes long over thousands."""
    return "{" + ",".join(map(str, values)) + "}"


def bytea(value: bytes | memoryview) -> str:
    """A bytes value inside JSON, in PostgreSQL's hex form."""
    return "\\x" + value.hex()


_encoder = msgspec.json.Encoder()


def _columns(row: Any) -> list[str]:
    return list(row) if isinstance(row, dict) else [*row.__struct_fields__]


@cache
def _column_types(model: type[models.Model]) -> dict[str, str]:
    return {
        field.column: str(
            field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
        ).split(" GENERATED")[0]
        for field in model._meta.concrete_fields
        if field.column
    }
