"""The wire contract's push: bodies in, typed captures or problems out."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from outreach.drafts import Capture, Draft, FieldProblem, Instant, captured
from outreach.pointers import explained
from outreach.problems import invalid

S = TypeVar("S", bound=Struct)

MAX_RECORDS = 500
MAX_RECEIPTS = 1000
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 16
MAX_REVISION = 2**31 - 1
EARLIEST_YEAR = 2000
LATEST_YEAR = 2100
WIDEST_OFFSET = timedelta(hours=14)
EARLIEST_BIRTH = date(1900, 1, 1)
REQUIRED_PROGRAMMES = {"JKK", "JKM"}


class Batch(Struct, frozen=True):
    """A push's envelope; its records and notes are looked at one by one."""

    batch_id: UUID
    sent_at: Instant
    registrations: list[Any]
    leads: list[Any] | UnsetType = UNSET
    attendance: list[Any] | UnsetType = UNSET
    flag_answers: list[Any] | UnsetType = UNSET


class ReceiptsAsked(Struct, frozen=True):
    """Which records a tablet asks about."""

    ids: Annotated[list[UUID], Meta(max_length=MAX_RECEIPTS)]
    leads: Annotated[list[UUID], Meta(max_length=MAX_RECEIPTS)] | UnsetType = UNSET
    attendance: Annotated[list[UUID], Meta(max_length=MAX_RECEIPTS)] | UnsetType = UNSET


class Received(Struct, frozen=True):
    """One record of a batch as it came: a capture, or what is wrong with it.

    `key` is the id that its receipt and held copy go by, derived from the content where the record
    has no usable id; `sent_id` is what the answer names it by. `campaign` is the one it names,
    whether there is such a campaign or not.
    """

    key: UUID
    sent_id: Any
    digest: bytes
    content: bytes
    capture: Capture | None
    problems: tuple[FieldProblem, ...] = ()
    campaign: UUID | None = None

    @property
    def receipt_key(self) -> tuple[UUID, bytes]:
        return self.key, self.digest


def refused(record: Received, *problems: FieldProblem) -> Received:
    """The record with a reason why it cannot be stored."""
    return msgspec.structs.replace(record, capture=None, problems=problems)


def canonical(record: Any) -> bytes:
    """The record as JSON with sorted keys: equal content, equal bytes.

    A base revision is no content, as long as it is one: what is wrong with a record stays in it.
    """
    content = record
    if isinstance(record, dict) and _is_revision(record.get("base_revision")):
        content = record.copy()
        del content["base_revision"]
    try:
        return _sorted.encode(content)
    except (msgspec.MsgspecError, UnicodeEncodeError, OverflowError, ValueError, TypeError):
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _is_revision(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_REVISION


_sorted = msgspec.json.Encoder(order="sorted")


def receive(record: Any, kader_id: int) -> Received:
    """Look at one record of a batch; never raises, whatever it is."""
    content = canonical(record)
    digest = sha256(content).digest()
    problems = unstorable(record, content)
    if not problems:
        try:
            draft = msgspec.convert(record, Draft)
        except msgspec.ValidationError:
            problems = list(type_problems(record, Draft))
        else:
            problems = _rule_problems(draft)
            if not problems:
                capture = captured(draft, record, content, digest)
                return Received(
                    draft.id, record["id"], digest, content, capture, campaign=draft.campaign
                )
    key, sent_id, campaign = named_by(record, digest, kader_id)
    return Received(key, sent_id, digest, content, None, tuple(problems), campaign)


def named_by(record: Any, digest: bytes, kader_id: int) -> tuple[UUID, Any, UUID | None]:
    """What a faulty record goes by, what the answer calls it, and the campaign it names."""
    fields = record if isinstance(record, dict) else {}
    return (
        _uuid(fields.get("id")) or _key(digest, kader_id),
        _echo(fields.get("id")),
        _uuid(fields.get("campaign")),
    )


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError):
        return None


def _key(digest: bytes, kader_id: int) -> UUID:
    """What a record without a usable id goes by: its sender and content."""
    return UUID(bytes=sha256(b"%d\0%s" % (kader_id, digest)).digest()[:16], version=5)


def _echo(sent_id: Any) -> Any:
    """An unusable id as the answer can name it: short text or number, else null."""
    if isinstance(sent_id, str):
        return sent_id[:64].encode("utf-8", "replace").decode()
    return sent_id if isinstance(sent_id, int) and abs(sent_id) < 2**53 else None


def unstorable(record: Any, content: bytes) -> list[FieldProblem]:
    """What no database column and no other tablet could hold."""
    if not isinstance(record, dict):
        return [FieldProblem("", "not_an_object")]
    if content.count(b"[") + content.count(b"{") > MAX_DEPTH and _depth(record) > MAX_DEPTH:
        return [FieldProblem("", "too_deep")]
    if b"\\u" not in content:
        return []
    return [
        FieldProblem(pointer, "bad_text")
        for pointer, text in _texts(record)
        if "\0" in text or not _is_text(text)
    ]


def _depth(value: Any, level: int = 1) -> int:
    if level > MAX_DEPTH or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(item, level + 1) for item in inner), default=level)


def _texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the record, keys too, with a pointer to where it is."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield pointer, key
            name = key.encode("utf-8", "replace").decode().replace("\0", "?")
            yield from _texts(item, f"{pointer}/{_escape(name)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}")


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def type_problems(record: dict[str, Any], struct: type[Struct]) -> Iterator[FieldProblem]:
    """Every field that is missing or of the wrong form, not only the first."""
    for field in msgspec.structs.fields(struct):
        if field.encode_name not in record:
            if field.required:
                yield FieldProblem(f"/{field.encode_name}", "missing")
            continue
        try:
            msgspec.convert(record[field.encode_name], field.type)
        except msgspec.ValidationError as error:
            pointer, detail = _explained(error)
            inner = re.search(r"missing required field `(\w+)`", detail)
            yield (
                FieldProblem(f"/{field.encode_name}{pointer}/{inner[1]}", "missing")
                if inner
                else FieldProblem(f"/{field.encode_name}{pointer}", "invalid")
            )


def typed(value: Any, struct: type[S]) -> S:
    """The value as this struct. Raises Problem `invalid`, which says where it is not."""
    try:
        return msgspec.convert(value, struct)
    except msgspec.ValidationError as error:
        pointer, detail = _explained(error)
        raise invalid((pointer, "invalid", detail)) from None
    except UnicodeEncodeError:
        raise invalid(("", "bad_text", "Holds half of a character.")) from None


def _explained(error: msgspec.ValidationError) -> tuple[str, str]:
    """An RFC 6901 pointer and words."""
    steps, detail = explained(error)
    return "".join(f"/{step}" for step in steps), detail


def _rule_problems(draft: Draft) -> list[FieldProblem]:
    """What every field's own type cannot say."""
    found: list[FieldProblem] = []
    if draft.nik is None and not draft.nik_missing_reason:
        found.append(FieldProblem("/nik", "missing"))
    if draft.location is None and not draft.location_missing_reason:
        found.append(FieldProblem("/location", "missing"))
    programmes = set(draft.programmes)
    if not programmes >= REQUIRED_PROGRAMMES:
        found.append(FieldProblem("/programmes", "programmes_minimum"))
    if draft.is_employer and "JHT" not in programmes:
        found.append(FieldProblem("/programmes", "jht_required"))
    if len(programmes) < len(draft.programmes):
        found.append(FieldProblem("/programmes", "repeated"))
    if draft.birth_date < EARLIEST_BIRTH or draft.birth_date.year > LATEST_YEAR:
        found.append(FieldProblem("/birth_date", "out_of_range"))
    found += out_of_range(_instants(draft))
    return found


def out_of_range(instants: Iterable[tuple[str, datetime]]) -> list[FieldProblem]:
    """Instants, by pointer, at which nothing can have been captured."""
    return [
        FieldProblem(pointer, "out_of_range")
        for pointer, instant in instants
        if not EARLIEST_YEAR <= instant.year < LATEST_YEAR
        or abs(instant.utcoffset() or timedelta()) > WIDEST_OFFSET
    ]


def _instants(draft: Draft) -> Iterator[tuple[str, datetime]]:
    yield "/captured_at", draft.captured_at
    yield "/consent/at", draft.consent.at
    if draft.location and draft.location.fixed_at:
        yield "/location/fixed_at", draft.location.fixed_at
