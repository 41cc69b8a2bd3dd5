"""The canonical form of an Indonesian personal name."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Words around a name: honorifics, and the links of a patronymic or a marga. They are dropped as
# long as another word remains, so a person named only "Haji" keeps the name.
_HONORIFICS = frozenset(
    re.findall(
        r"\w+",
        """h hj haji hajjah hajah hajji ir drs dra dr drg drh prof profesor dokter kh kyai kiai ust
    ustad ustadz ustaz ustazah ustadzah tgk bapak bpk ibu sdr sdri tn tuan ny nyonya nn nona mr mrs
    bin binti bint bt bte boru br""",
    )
)
# Degrees that no one bears as a name even without their full stops.
_DEGREES = frozenset(
    re.findall(
        r"\w+",
        """sh ssi ssos sag spd spdi skom sip skm skep sked spsi ssn shut spt spi stp sth sstp sst
    strkeb sfarm shum amd amdkeb amk mm msi mpd mpdi mkom mh mt mkes mba mag msc mhum mkn mhi phd
    lc bsc ners apt ssy""",
    )
)
# Degrees that read as names or initials unless they are written with full stops.
_DOTTED_DEGREES = frozenset(
    re.findall(r"\w+", "se st sp ma ba map mars ama amak ak ns stt sei shi")
)
_TITLES = _HONORIFICS | _DEGREES
_DOTTED_TITLES = _TITLES | _DOTTED_DEGREES
_LONGEST_DOTTED_TITLE = 4

_ABBREVIATIONS = {
    "m": "muhamad",
    "md": "muhamad",
    "mhd": "muhamad",
    "mhmd": "muhamad",
    "moh": "muhamad",
    "mohd": "muhamad",
    "moch": "muhamad",
    "mochd": "muhamad",
    "muh": "muhamad",
    "muhd": "muhamad",
    "muhamd": "muhamad",
    "much": "muhamad",
    "mukh": "muhamad",
    "ach": "ahmad",
    "achm": "ahmad",
    "ahm": "ahmad",
    "ahmat": "ahmad",
    "abd": "abdul",
    "abdl": "abdul",
    "st": "siti",
    # Mandailing and Batak marga as they are written on forms.
    "hrp": "harahap",
    "nst": "nasution",
    "srg": "siregar",
    "lbs": "lubis",
    "hsb": "hasibuan",
    "dly": "daulay",
    "rkt": "rangkuti",
    "mnrg": "manurung",
    "smjtk": "simanjuntak",
    "gtg": "ginting",
    "trg": "tarigan",
}
_MUHAMMAD = re.compile(r"m[uo]h?am+[ae][dt]")

# Letters that are one sound, or one letter before and after the spelling reforms of 1947 and
# 1972. f, v and p are one sound to most speakers of Sundanese, Batak, Madurese and Bugis, and z
# is said and written j; both swaps are everyday on identity cards and forms.
_SOUNDS = {
    "oe": "u",
    "oo": "u",
    "hoer": "hair",
    "jaja": "jaya",
    "hj": "hy",
    "dj": "j",
    "jh": "j",
    "tj": "c",
    "sj": "s",
    "sy": "s",
    "sh": "s",
    "nj": "ny",
    "chr": "kr",
    "ck": "k",
    "kh": "h",
    "ch": "h",
    "dh": "d",
    "th": "t",
    "gh": "g",
    "bh": "b",
    "ph": "p",
    "dz": "j",
    "ts": "s",
    "f": "p",
    "v": "p",
    "z": "j",
    "q": "k",
    "x": "ks",
    "ie": "i",
    "ae": "ai",
    "oi": "ai",
    "ei": "ai",
    "ao": "au",
    "iy": "i",
    "uw": "u",
}
_FINALS = {"y": "i", "z": "s", "c": "k"}
# Chandra is Candra, but Chairul is Khairul.
_SANSKRIT_CH = re.compile(r"^ch(?!air|oir|olil|olis|olid|alid|alil|r)")
_ONLY_BEFORE = {
    "sy": "(?=[aeiou])",
    "sj": "(?=[aeiou])",
    "iy": "(?=[aeou])",
    "uw": "(?=[aeio])",
    "ao": "(?!e)",
}
_SOUND = re.compile(
    "|".join(
        sound + _ONLY_BEFORE.get(sound, "") for sound in sorted(_SOUNDS, key=len, reverse=True)
    )
)
_DOUBLED = re.compile(r"([a-z])\1+")
# Written together or apart by the same family: Nurhayati, Nur Hayati; Abdurrahman, Abdul Rahman.
_JOINED = re.compile(r"(nurul|nur|siti|abdul)([a-z]{4,})")
_ASSIMILATED = re.compile(r"abdu([rs])\1?(?=[aeiou][a-z]{2})|abd(?:ul)?(?=rah[mi])")

_NO_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u02bc\u02bb`\u00b4"))
_SEPARATORS = re.compile(r"[^\w.]+|_+")
_SPACE_AFTER_STOP = re.compile(r"\.\s+")
_LONGEST_FOLDED = 64
_LONGEST_CACHED = 40


def is_title(word: str) -> bool:
    """Whether a folded word is a title, which a name keeps only where it has nothing else."""
    return word in _TITLES


def is_written_alike(one: str, other: str) -> bool:
    """Whether two names have the same words without their being respelled: case, accents,
    punctuation, order and titles make no difference."""
    return _written(one) == _written(other)


def _written(full_name: str) -> list[str]:
    return sorted(
        word for chunk in _chunks(full_name) for word, is_title in _words_in(chunk) if not is_title
    )


def _chunks(full_name: str) -> list[str]:
    """The pieces of a name between spaces, titles with full stops in one piece."""
    if "." in full_name:
        full_name = _SPACE_AFTER_STOP.sub(".", full_name)
    return full_name.split()


def name_words(full_name: str) -> list[str]:
    """The words of a name in canonical form, in the order in which they were written.

    Case, accents, punctuation, spacing, titles, degrees, `bin` and `boru`, the variants of
    Muhammad, old spelling and letters of one sound make no difference. Any text has words, but one
    that decomposes to no letter or digit; in canonical form they stay as they are.
    """
    kept: list[str] = []
    titles: list[str] = []
    for chunk in _chunks(full_name):
        read = _read if len(chunk) <= _LONGEST_CACHED else _read.__wrapped__
        chunk_kept, chunk_titles = read(chunk)
        kept += chunk_kept
        titles += chunk_titles
    if not kept and titles:
        return [max(titles, key=lambda title: (len(title), title))]
    return kept


@lru_cache(maxsize=65_536)
def _read(chunk: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The name's words and the titles in a piece of text without spaces."""
    kept: list[str] = []
    titles: list[str] = []
    for written, is_title in _words_in(chunk):
        for word in [written] if is_title else _folded(written):
            (titles if word in _TITLES or is_title else kept).append(word)
    return tuple(kept), tuple(titles)


def _words_in(chunk: str) -> Iterator[tuple[str, bool]]:
    """The words in a piece of text without spaces as they are written, and which are titles."""
    for piece in _SEPARATORS.split(_plain(chunk)):
        words = [word for word in piece.split(".") if word]
        at = 0
        while at < len(words):
            length = _title_length(words[at : at + _LONGEST_DOTTED_TITLE])
            yield "".join(words[at : at + max(length, 1)]), length > 0
            at += max(length, 1)


def _title_length(words: list[str]) -> int:
    """How many words, with full stops between them, make up a title at the beginning."""
    for length in range(len(words), 1, -1):
        if "".join(words[:length]) in _DOTTED_TITLES:
            return length
    return 1 if words[0] in _TITLES else 0


def _plain(text: str) -> str:
    """Lower case without accents and apostrophes."""
    text = text.translate(_NO_APOSTROPHES)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    # Some letters fall apart into an apostrophe and a letter.
    text = text.translate(_NO_APOSTROPHES)
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _folded(word: str) -> list[str]:
    """The word in canonical spelling, taken apart where names are written together."""
    if len(word) > _LONGEST_FOLDED:
        return [word]
    pending, done = [word], []
    while pending:
        current = pending.pop()
        step = _respelled(current)
        if step == current:
            done.append(current)
        else:
            pending += reversed(step.split())
    return done


def _respelled(word: str) -> str:
    """One step of folding; with a space where the word falls apart. Titles stay as they are."""
    if word in _TITLES:
        return word
    if word in _ABBREVIATIONS:
        return _ABBREVIATIONS[word]
    if len(word) == 1:
        return _SOUNDS.get(word, word)[0]
    word = _ASSIMILATED.sub(lambda match: f"abdul {match[1] or ''}", word, count=1)
    word = _JOINED.sub(r"\1 \2", word) if _JOINED.fullmatch(word) else word
    if " " in word:
        return word
    word = _SANSKRIT_CH.sub("c", word)
    if len(word) > 2:
        word = word[:-1] + _FINALS.get(word[-1], word[-1])
    word = _SOUND.sub(lambda match: _SOUNDS[match[0]], word)
    if len(word) > 3:
        word = _DOUBLED.sub(r"\1", word)
    if len(word) > 2 and word.endswith("h"):
        word = word.rstrip("h")
    return "muhamad" if _MUHAMMAD.fullmatch(word) else word
