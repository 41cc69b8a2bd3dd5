"""What loads of boundaries said of villages, in the reader's language.

Loads report in English, in files and on terminals. Their sentences are recognised here, so that
reports stored long ago can be read too; what is not recognised stays as it is.
"""

import re
from collections.abc import Callable
from functools import cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_noop

SENTENCES = (
    # Which village a feature is.
    gettext_noop("recoded from %(code)s"),
    gettext_noop("the list of regions calls it %(name)s"),
    gettext_noop("confirmed"),
    gettext_noop("it has no code, and its names fit no village or several"),
    gettext_noop("it has no property `%(name)s`"),
    gettext_noop("it has no property `%(name)s` and is named like water or forest"),
    gettext_noop("no one village is sure to be %(code)s of the %(system)s codes"),
    gettext_noop("its code is not in the list of regions"),
    gettext_noop("%(text)s is not a village's BPS code"),
    gettext_noop("%(code)s is not a village's code"),
    gettext_noop("%(text)s is not a dotted Kemendagri code"),
    gettext_noop("%(text)s is not a region code: %(part)s has lost a zero"),
    gettext_noop("%(text)s is not a region code (PP, PP.KK, PP.KK.CC or PP.KK.CC.DDDD)"),
    # What features say together.
    gettext_noop("a fragment: the file has only slivers of %(code)s"),
    gettext_noop("it ends straight at the edge of the file: is it cut off?"),
    gettext_noop("a mask: it covers %(covered)s of the %(all)s other features"),
    gettext_noop("another feature of this village has no usable boundary: %(reason)s"),
    gettext_noop("its code is there twice"),
    gettext_noop("the same boundary as %(parts)s"),
    gettext_noop(
        "%(count)s features have its code and lie side by side, and of %(code)s the files lack"
        " %(codes)s: parts of one village, or two villages?"
    ),
    gettext_noop("%(count)s features have its code, with different names"),
    gettext_noop(
        "%(count)s features have its code, with different names, and another is called like the"
        " village"
    ),
    gettext_noop("%(count)s features have its code, with different boundaries that overlap"),
    gettext_noop("united of %(parts)s"),
    gettext_noop("united with %(parts)s"),
    gettext_noop("part of it is disputed"),
    gettext_noop("disputed: %(code)s has the same boundary"),
    # Its polygon.
    gettext_noop("the source has no geometry"),
    gettext_noop("it lies outside Indonesia"),
    gettext_noop(
        "its axes are swapped, unlike the rest of the file's: exchange latitude and longitude of"
        " this feature in the file, and load it again"
    ),
    gettext_noop("closed a ring"),
    gettext_noop("closed a ring across %(metres)s m, far longer than any of its lines"),
    gettext_noop("left out a ring without an area"),
    gettext_noop("made a hole outside its shell a part"),
    gettext_noop("made valid (%(reason)s)"),
    gettext_noop("left out %(reason)s"),
    gettext_noop("kept %(reason)s, too much of it to leave out"),
    gettext_noop("%(count)s speck of %(area)s m²"),
    gettext_noop("%(count)s specks of %(area)s m²"),
    gettext_noop("it is only a speck of %(area)s m²"),
    gettext_noop("it has no ring with an area"),
    gettext_noop("%(reason)s: making it valid would change %(share)s of its area"),
    gettext_noop("its lines meet about %(count)s times, too often"),
    gettext_noop("%(reason)s: its lines meet about %(count)s times, too often"),
    gettext_noop("it has too many holes for so long a border, no village's"),
    # What GEOS says is wrong with a polygon.
    gettext_noop("self-intersection"),
    gettext_noop("ring self-intersection"),
    gettext_noop("nested shells"),
    gettext_noop("holes are nested"),
    gettext_noop("hole lies outside shell"),
    gettext_noop("interior is disconnected"),
    gettext_noop("duplicate rings"),
)
_NUMBERS = {"count", "covered", "all", "metres", "area"}
_PLACE = re.compile(r"%\((\w+)\)s")


def reasons(why: str) -> SafeString:
    """A load's reasons, translated; what cannot be is marked as English."""
    return format_html_join("; ", "{}", ((_marked(reason),) for reason in why.split("; ")))


def _marked(reason: str) -> str | SafeString:
    told = _translated(reason)
    if told is None and reason and not (get_language() or "").startswith("en"):
        return format_html('<span lang="en">{}</span>', reason)
    return told or reason


def _translated(reason: str) -> str | None:
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(reason):
            values = {
                name: _VALUES.get(name, str)(text) for name, text in found.groupdict().items()
            }
            return gettext(sentence) % values
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each sentence and what it looks like, those with the most fixed text first."""
    by_text = sorted(SENTENCES, key=lambda sentence: -len(_PLACE.sub("", sentence)))
    return [(sentence, _pattern(sentence)) for sentence in by_text]


def _pattern(sentence: str) -> re.Pattern[str]:
    fixed = _PLACE.split(sentence)
    return re.compile(
        "".join(
            f"(?P<{text}>{'[0-9.,]+' if text in _NUMBERS else '.+?'})"
            if place % 2
            else re.escape(text)
            for place, text in enumerate(fixed)
        )
    )


def _part(text: str) -> str:
    """One of the features that something is united of."""
    return re.sub(
        r"\bfeature (\d+)", lambda found: gettext("feature %(number)s") % {"number": found[1]}, text
    )


def _and_more(text: str) -> str:
    """A list that may end in `and 3 more`."""
    return re.sub(
        r"\band (\d+) more$",
        lambda found: gettext("and %(number)s more") % {"number": found[1]},
        text,
    )


_VALUES: dict[str, Callable[[str], str]] = {
    "reason": lambda text: _translated(text) or text,
    "parts": lambda text: _part(_and_more(text)),
    "codes": _and_more,
    "share": lambda text: gettext("all") if text == "all" else text,
}
