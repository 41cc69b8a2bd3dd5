"""The Indonesian catalogue covers every text and is compiled."""

import re

from tests.messages import MO, compiled, fresh_catalogue, untranslated

REMEDY = "run: python -m tests.messages"


def test_every_text_is_translated() -> None:
    assert untranslated(fresh_catalogue()) == [], REMEDY


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert MO.read_bytes() == compiled(fresh_catalogue()), REMEDY


def test_placeholders_survive_translation() -> None:
    for message in fresh_catalogue():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for text in texts if message.id else ():
            named = [sorted(re.findall(r"%\(\w+\)[sd]|%%", t)) for t in (source, str(text))]
            assert named[0] == named[1], source
