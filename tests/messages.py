"""The Indonesian catalogue: `python -m tests.messages` brings it up to date with the sources.

What is new gets an empty translation to fill in; run it again afterwards to compile.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from outreach.dedup.reasons import WORDS

PROJECT = Path(__file__).resolve().parent.parent
PO = PROJECT / "outreach" / "locale" / "id" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
PACKAGES = ("backend", "outreach", "sync")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def fresh_catalogue() -> Catalog:
    """The committed translations for what the sources say now."""
    found = Catalog(charset="utf-8")
    for message, context in _messages():
        found.add(message, context=context)
    with PO.open("rb") as file:
        catalogue = read_po(file, locale="id", domain="django")
    catalogue.update(found, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.project, catalogue.version, catalogue.header_comment = "jemput-bola", "1", ""
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "-"
    # The same sources give the same file, whenever it is made.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 11, 1, tzinfo=UTC)
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    return [
        str(message.id) for message in catalogue if message.id and not _is_whole(message.string)
    ]


def _is_whole(translation: Any) -> bool:
    return all(translation) if isinstance(translation, tuple) else bool(translation)


def _messages() -> Iterator[tuple[Any, str | None]]:
    from django.utils.translation.template import templatize

    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                source = path.read_text()
            elif path.suffix == ".html":
                python = templatize(path.read_text())
                source = "\n".join(line.strip() for line in python.splitlines())
            else:
                continue
            for _line, message, _comments, context in extract(
                "python", BytesIO(source.encode()), keywords=KEYWORDS
            ):
                yield message, context
    # The engine is pure and marks nothing; outreach.matching.words translates these.
    for text in WORDS.values():
        yield text, None


def main() -> None:
    settings.configure(USE_I18N=True)
    catalogue = fresh_catalogue()
    with PO.open("wb") as file:
        write_po(file, catalogue, width=100, no_location=True, sort_output=True)
    MO.write_bytes(compiled(catalogue))
    for text in untranslated(catalogue):
        sys.stdout.write(f"not translated: {text}\n")


if __name__ == "__main__":
    main()
