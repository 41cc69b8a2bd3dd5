"""A held record in words: what was sent, and what its release will change."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

from outreach.differences import NOT_CONTENT, differences
from outreach.drafts import record_of
from outreach.masking import masked_field
from outreach.models import Occupation, Region, Registration, Stop, User
from outreach.pages.case_words import PHOTOS
from outreach.pages.typed import read_id
from outreach.scopes import campaigns_for
from outreach.templatetags.cases import shown_value, word
from sync.pages.held_form import FIELDS, GROUPS, sent_at, texts_of
from sync.releasing import VILLAGES
from sync.templatetags.held_records import choice_words, form_field, said

CODE = re.compile(r"[0-9.]{1,13}")
Names = Mapping[str, Mapping[str, str]]


class Told(NamedTuple):
    """A field as people call it, with what is in it; `before` what is in the registration now."""

    label: str
    text: str
    before: str = ""


class Stops(NamedTuple):
    """What stops are called, by id: those of a campaign, and with them others that are named."""

    offered: dict[str, str]
    named: dict[str, str]


def stops_of(campaign: UUID | None, mentioned: Sequence[Any], user: User) -> Stops:
    """The stops of a campaign that somebody sees, and those that are mentioned, in their order."""
    ids = [found for one in mentioned if isinstance(one, str) and (found := read_id(one))]
    stops = Stop.objects.filter(
        Q(campaign=campaign) | Q(pk__in=ids), campaign__in=campaigns_for(user)
    )
    named, offered = {}, {}
    for stop in stops.order_by("sequence", "starts_at", "pk"):
        first, last = timezone.localtime(stop.starts_at), timezone.localtime(stop.ends_at)
        named[str(stop.pk)] = f"{stop.name} · {date_format(first, 'j M H:i')}–{last:%H:%M}"
        if stop.campaign_id == campaign:
            offered[str(stop.pk)] = named[str(stop.pk)]
    return Stops(offered, named)


def names_for(
    contents: Sequence[Any], campaigns: Mapping[str, str], stops: Mapping[str, str]
) -> Names:
    """What codes are called, by field: all occupations, and the villages that contents name."""
    codes = {sent_at(one, name) for one in contents for name in VILLAGES}
    texts = [code for code in codes if isinstance(code, str) and CODE.fullmatch(code)]
    villages = dict(Region.objects.filter(code__in=texts).values_list("code", "name"))
    name = "name_en" if get_language() == "en" else "name_id"
    occupations = dict(Occupation.objects.order_by(name).values_list("code", name))
    of_village: Names = dict.fromkeys(VILLAGES, villages)
    return {"campaign": campaigns, "stop": stops, "occupation": occupations, **of_village}


def sent_words(content: Any, names: Names) -> list[Told]:
    """All that was sent, masked, in the form's order; what the form lacks at the end."""
    if not isinstance(content, Mapping):
        return []
    told = [Told(form_field(name), _words(name, content, names)) for name in FIELDS]
    for name, value in content.items():
        if name in GROUPS and isinstance(value, Mapping):
            inner = {f"{name}.{part}": one for part, one in value.items()}
        elif name == "photos" and isinstance(value, list):
            inner = {name: [_photo(one) for one in value]}
        else:
            inner = {name: value}
        told += [
            Told(form_field(one), shown_value(masked_field(one.rpartition(".")[2], value)))
            for one, value in inner.items()
            if one not in FIELDS and one not in NOT_CONTENT
        ]
    return [one for one in told if one.text]


def _photo(declared: Any) -> Any:
    """What a photo is of; what was declared if that is no photo."""
    kind = declared.get("kind") if isinstance(declared, Mapping) else None
    return word(kind, "photo") if isinstance(kind, str) and kind in PHOTOS else declared


def changes_to(stored: Registration, content: Any, names: Names) -> list[Told]:
    """What a release of what was sent changes in the registration that there is."""
    current = record_of(stored)
    changed = {found.field for found in differences(content, current)}
    told = [
        Told(form_field(name), _words(name, content, names), _words(name, current, names))
        for name in FIELDS
        if name.partition(".")[0] in changed
    ]
    return [one for one in told if one.text != one.before]


def _words(name: str, content: Any, names: Names) -> str:
    named = names.get(name, {})
    words = []
    for text in texts_of(name, sent_at(content, name)):
        hint = said(name, text, named)
        if name in VILLAGES and hint:
            words.append(f"{hint} ({text})")
        else:
            words.append(hint or named.get(text) or choice_words(text, name))
    return ", ".join(word for word in words if word)
