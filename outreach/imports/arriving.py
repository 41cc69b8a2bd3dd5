"""Files as they come in: known again, read once, checked, and kept for who confirms them."""

import hashlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from procrastinate.contrib.django import app

from outreach import bulk
from outreach.imports.kinds import Chunks, Finding, Kind, NumberedRow, Setting
from outreach.imports.reading import ReadRow, half_of, packed, read, unpacked
from outreach.imports.registry import KINDS
from outreach.imports.tables import Unreadable
from outreach.imports.words import failed
from outreach.models import Import, ImportedFile, ImportRow, User
from outreach.sealing import seal_bytes, unseal_bytes, unsealer

AT_ONCE = 1000
LONGEST_READING = timedelta(hours=1)
MOST_READ_AT_ONCE = 512 * 1024
MOST_UNPACKED_AT_ONCE = 8 * 1024 * 1024
"""Whoever sends more comes back for the preview."""

State = Import.State


def take(
    kind: Kind, content: bytes, file_name: str, actor: User, now: datetime
) -> tuple[Import, bool]:
    """The import that a file is, and whether it is new.

    A file that was sent before is the import that it was; unless that was confirmed it is looked at
    anew. What is large is left to a job, in the state reading.
    """
    with transaction.atomic():
        source, is_new = _known(kind, content, file_name, actor, now)
        if not is_new and source.state not in {State.REFUSED, State.READY}:
            return source, is_new
        ImportedFile.objects.update_or_create(
            of_import=source, defaults={"content": seal_bytes(content, source.pk.bytes)}
        )
        Import.objects.filter(pk=source.pk).update(state=State.READING, erased_at=None, made_at=now)
        if is_large(content):
            app.configure_task("outreach.tasks.read_import").defer(import_id=str(source.pk))
        else:
            read_import(source.pk, now)
        return Import.objects.get(pk=source.pk), is_new


def _known(
    kind: Kind, content: bytes, file_name: str, actor: User, now: datetime
) -> tuple[Import, bool]:
    """The import of this file, made and locked; whoever comes second waits for the first."""
    digest = hashlib.sha256(content).hexdigest()
    made = bulk.insert(
        Import,
        [
            {
                "id": uuid4(),
                "kind": kind.name,
                "office_id": actor.office_id,
                "actor_id": actor.pk,
                "file_name": "".join(c if c.isprintable() else "?" for c in file_name)[:200],
                "sha256": digest,
                "size": len(content),
                "state": State.READING.value,
                "columns": [],
                "row_count": 0,
                "problem_count": 0,
                "warning_count": 0,
                "made_at": now,
            }
        ],
        on_conflict="DO NOTHING",
    )
    sent = Import.objects.select_for_update(of=("self",), no_key=True)
    found = sent.exclude(state=State.UNDONE)
    return found.get(kind=kind.name, office=actor.office_id, sha256=digest), bool(made)


def is_large(content: bytes) -> bool:
    """Whether reading a file takes longer than somebody would wait for an answer."""
    if len(content) > MOST_READ_AT_ONCE:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED_AT_ONCE
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


@transaction.atomic
def read_import(import_id: UUID, now: datetime) -> None:
    """Read and check a file that waits to be; whole, or not at all."""
    source = (
        Import.objects.select_for_update(of=("self",), no_key=True)
        .select_related("office", "actor")
        .filter(pk=import_id, state=State.READING)
        .first()
    )
    if source is None:
        return
    kind = KINDS[source.kind]
    content = unseal_bytes(source.content.content, source.pk.bytes)
    ImportRow.objects.filter(of_import=source).delete()
    source.refusal = None
    try:
        with transaction.atomic():
            found = read(content, kind)
            source.columns = [
                {"heading": heading.text, "column": heading.column} for heading in found.headings
            ]
            setting = Setting(source, source.actor, source.office, now)
            _store(_checked(found.rows, kind, setting), source)
            _look_across(source, kind, setting)
    except Unreadable as error:
        source.columns = []
        source.refusal = {"code": error.code, "named": error.named}
    source.state = State.REFUSED if source.refusal else State.READY
    source.erased_at = None
    _count(source)
    source.save()
    ImportedFile.objects.filter(of_import=source).delete()


def give_up(import_id: UUID) -> None:
    """Refuse a file that we failed on, so that whoever sent it knows, and can send it again."""
    with transaction.atomic():
        if Import.objects.filter(pk=import_id, state=State.READING).update(
            state=State.REFUSED,
            refusal=failed("reading"),
            columns=[],
            row_count=0,
            problem_count=0,
            warning_count=0,
        ):
            ImportRow.objects.filter(of_import=import_id).delete()
            ImportedFile.objects.filter(of_import=import_id).delete()


def left_unread(now: datetime) -> list[UUID]:
    """Files whose reading was asked for long ago."""
    left = Import.objects.filter(state=State.READING, made_at__lt=now - LONGEST_READING)
    return list(left.values_list("pk", flat=True)[:AT_ONCE])


class Looked(NamedTuple):
    """A row with all that was found about it."""

    row: ReadRow
    content: bytes
    findings: list[dict[str, Any]]


def _checked(rows: Iterator[ReadRow], kind: Kind, setting: Setting) -> Iterator[list[Looked]]:
    """Rows with what is found about them, some thousand at a time."""
    keys: dict[Any, int] = {}
    while chunk := list(islice(rows, AT_ONCE)):
        contents = [packed(row) for row in chunk]
        whole = [
            NumberedRow(row.number, unpacked(content, kind)[0])
            for row, content in zip(chunk, contents, strict=True)
            if not row.shown
        ]
        found = {row.number: [_told(one, is_read=True) for one in row.findings] for row in chunk}
        for finding in _repeated(whole, kind, keys):
            found[finding.number].append(_told(finding, is_read=True))
        numbered = zip((row.number for row in chunk), contents, strict=True)
        for finding in (*kind.check(whole, setting), *_of_halves(numbered, kind, setting)):
            found[finding.number].append(_told(finding))
        yield [
            Looked(row, content, found[row.number])
            for row, content in zip(chunk, contents, strict=True)
        ]


def _of_halves(
    contents: Iterable[tuple[int, bytes]], kind: Kind, setting: Setting
) -> Sequence[Finding]:
    """What is found about rows with unreadable cells, so that all is told at once."""
    if kind.check_half is None:
        return ()
    halves = [
        NumberedRow(number, row)
        for number, content in contents
        if (row := half_of(content, kind)) is not None
    ]
    return kind.check_half(halves, setting) if halves else ()


def _repeated(rows: Iterable[NumberedRow], kind: Kind, keys: dict[Any, int]) -> Iterator[Finding]:
    if kind.key is None:
        return
    for number, row in rows:
        key = kind.key(row)
        if key is None:
            continue
        first = keys.setdefault(hash(key), number)
        if first != number:
            yield Finding(number, "", "repeated", named={"row": first})


def _told(finding: Finding, *, is_read: bool = False) -> dict[str, Any]:
    told = {"column": finding.column, "code": finding.code, "level": finding.level}
    named = {"named": dict(finding.named)} if finding.named else {}
    return told | named | ({"read": True} if is_read else {})


def _worst(findings: Sequence[Mapping[str, Any]]) -> str:
    levels = {finding["level"] for finding in findings}
    return next((level for level in ("problem", "warning") if level in levels), "none")


def _store(chunks: Iterable[Sequence[Looked]], source: Import) -> None:
    for chunk in chunks:
        bulk.insert(
            ImportRow,
            [
                {
                    "of_import_id": source.pk,
                    "number": row.number,
                    "content": bulk.bytea(seal_bytes(content, bound_to(source, row.number))),
                    "findings": findings,
                    "worst": _worst(findings),
                }
                for row, content, findings in chunk
            ],
        )


def _look_across(source: Import, kind: Kind, setting: Setting) -> None:
    """Add to the stored rows what they say against each other."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for finding in kind.across(chunks_of(source, kind), setting) if kind.across else ():
        found[finding.number].append(_told(finding))
    told = [
        {"number": number, "findings": findings, "worst": _worst(findings)}
        for number, findings in sorted(found.items())
    ]
    for start in range(0, len(told), AT_ONCE):
        bulk.run(
            "UPDATE outreach_importrow AS old SET findings = old.findings || new.findings,"
            " worst = CASE WHEN old.worst = 'problem' THEN old.worst ELSE new.worst END"
            " FROM jsonb_to_recordset(%s::jsonb) AS new(number int, findings jsonb, worst text)"
            " WHERE old.of_import_id = %s AND old.number = new.number",
            [bulk.encode(told[start : start + AT_ONCE]), source.pk],
        )


def _count(source: Import) -> None:
    counts = dict(
        bulk.run(
            "SELECT worst, count(*) FROM outreach_importrow WHERE of_import_id = %s GROUP BY 1",
            [source.pk],
        )
    )
    source.row_count = sum(counts.values())
    source.problem_count = counts.get("problem", 0)
    source.warning_count = counts.get("warning", 0)


def bound_to(source: Import, number: int) -> bytes:
    """What a row's content is sealed with."""
    return source.pk.bytes + number.to_bytes(4, "big")


def check_again(source: Import, kind: Kind, setting: Setting) -> None:
    """Make the preview anew from the rows that were read; the caller has locked the import."""
    for stored in _stored(source):
        rows, kept = [], {}
        for number, content, findings in stored:
            kept[number] = [one for one in findings if one.get("read")]
            row = unpacked(content, kind)[0]
            if row is not None:
                rows.append(NumberedRow(number, row))
        contents = ((number, content) for number, content, _findings in stored)
        for finding in (*kind.check(rows, setting), *_of_halves(contents, kind, setting)):
            kept[finding.number].append(_told(finding))
        bulk.run(
            "UPDATE outreach_importrow SET findings = new.findings, worst = new.worst"
            " FROM jsonb_to_recordset(%s::jsonb) AS new(number int, findings jsonb, worst text)"
            " WHERE of_import_id = %s AND outreach_importrow.number = new.number"
            " AND outreach_importrow.findings <> new.findings",
            [
                bulk.encode(
                    [
                        {"number": number, "findings": found, "worst": _worst(found)}
                        for number, found in kept.items()
                    ]
                ),
                source.pk,
            ],
        )
    _look_across(source, kind, setting)
    _count(source)


def chunks_of(source: Import, kind: Kind) -> Chunks:
    """The rows of an import whose cells could all be read; to be gone through again and again."""

    def chunks() -> Iterator[list[NumberedRow]]:
        for stored in _stored(source):
            rows = [
                NumberedRow(number, unpacked(content, kind)[0]) for number, content, _ in stored
            ]
            yield [row for row in rows if row.row is not None]

    return chunks


def _stored(source: Import) -> Iterator[list[tuple[int, bytes, list[dict[str, Any]]]]]:
    """The stored rows, some thousand at a time, their contents unsealed."""
    last, unseal = 0, unsealer()
    while rows := bulk.run(
        "SELECT number, content, findings FROM outreach_importrow"
        " WHERE of_import_id = %s AND number > %s ORDER BY number LIMIT %s",
        [source.pk, last, AT_ONCE],
    ):
        yield [
            (number, unseal(bytes(content), bound_to(source, number)), findings)
            for number, content, findings in rows
        ]
        last = rows[-1][0]
