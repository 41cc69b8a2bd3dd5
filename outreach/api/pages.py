"""Long lists, a page at a time, newest or oldest first: a cursor holds where the last one ended."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from django.db.models import Model, Q, QuerySet
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from outreach.api.forms import AskedInteger, Form
from outreach.problems import invalid

PAGE_SIZE = 50
LARGEST_PAGE = 200

Row = TypeVar("Row", bound=Model)
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Page(NamedTuple):
    """Some rows, and the cursor of the next page or None."""

    results: list[Any]
    next: str | None

    def told(self, by: type[serializers.BaseSerializer[Any]], **context: Any) -> dict[str, Any]:
        """The page as `page_schema` says it; `context` is what the serializer needs beside."""
        return {"results": by(self.results, many=True, context=context).data, "next": self.next}


class PageForm(Form):
    """What is asked of a list: which page of it; and of those that inherit it, which rows."""

    cursor = serializers.CharField(
        max_length=200, required=False, help_text="`next` of the page before"
    )
    limit = AskedInteger(
        min_value=1,
        max_value=LARGEST_PAGE,
        default=PAGE_SIZE,
        help_text=f"rows a page, at most {LARGEST_PAGE}",
    )


def page_of(
    rows: QuerySet[Row], asked: Mapping[str, Any], by: str, *, lowest_first: bool = False
) -> Page:
    """One page of rows, the highest `by` (an instant or a number) first, equal ones by descending
    key; or the other way round. `asked` is a PageForm's.

    Raises Problem for a cursor that makes no sense.
    """
    if "cursor" in asked:
        at, key = _decoded(asked["cursor"], _type_of(rows, by), _type_of(rows, "pk"))
        rows = rows_after(rows, by, at, key, lowest_first=lowest_first)
    found = list(in_order(rows, by, lowest_first=lowest_first)[: asked["limit"] + 1])
    results = found[: asked["limit"]]
    more = len(found) > len(results)
    return Page(results, _encoded(getattr(results[-1], by), results[-1].pk) if more else None)


def in_order(rows: QuerySet[Row], by: str, *, lowest_first: bool) -> QuerySet[Row]:
    return rows.order_by(*((by, "pk") if lowest_first else (f"-{by}", "-pk")))


def rows_after(
    rows: QuerySet[Row], by: str, at: Any, key: Any, *, lowest_first: bool
) -> QuerySet[Row]:
    """The rows that come after a place in the order."""
    beyond = "gt" if lowest_first else "lt"
    return rows.filter(
        Q(**{f"{by}__{beyond}e": at}) & (Q(**{f"{by}__{beyond}": at}) | Q(**{f"pk__{beyond}": key}))
    )


def page_schema(of: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The form of a page in the OpenAPI document."""
    return inline_serializer(
        f"{of.__name__.removesuffix('Serializer')}Page",
        {"results": of(many=True), "next": serializers.CharField(allow_null=True)},
    )


_TYPES: dict[str, Any] = {"DateTimeField": Instant, "FloatField": float, "UUIDField": UUID}


def _type_of(rows: QuerySet[Row], name: str) -> Any:
    """What a cursor holds of a field."""
    meta = rows.model._meta
    field = meta.pk if name == "pk" else meta.get_field(name)
    return _TYPES.get(field.get_internal_type(), int)


def _encoded(at: datetime | float, key: UUID | int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((at, key))).rstrip(b"=").decode()


def _decoded(cursor: str, by: Any, key: Any) -> tuple[datetime | float, UUID | int]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        at, last = msgspec.json.decode(text, type=tuple[by, key])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise invalid(("/cursor", "invalid", "This is not a cursor of this list.")) from None
    return at, last
