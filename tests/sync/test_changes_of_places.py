"""Villages, outlines, occupations and notices that change reach the tablets they concern."""

from pathlib import Path
from typing import Any

import pytest

from fixtures.reference import load_reference
from outreach.models import BoundaryChange, Change, ConsentNotice, Occupation
from outreach.places.boundaries.switching import make_current, switch, undo
from outreach.places.regions.loading import load_regions
from outreach.places.showing.outlines import refresh_pending_outlines
from tests.cast import Cast
from tests.outreach.places.squares import square, stored_set
from tests.sync.pulling import Puller, anew, get
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db

LIST = """code,name
99,Nusa Rekaan
99.01,{regency}
99.01.01,Hulu Kota
99.01.01.1001,Pasar Lama
99.01.01.2002,{village}
99.01.01.2003,Tanjung Baru
99.02,Kabupaten Hilir
99.02.01,Hilir Kota
99.02.01.1001,Muara
99.02.01.2002,Kampung Laut
{more}"""


def load(folder: Path, **names: str) -> None:
    file = folder / "regions.csv"
    given = {"regency": "Kabupaten Hulu", "village": "Sumber Rejo", "more": ""} | names
    file.write_text(LIST.format(**given))
    load_regions(file)


def test_new_and_renamed_villages(cast: Cast, tablet: Tablet, tmp_path: Path) -> None:
    load(tmp_path)
    puller, outsider = Puller(tablet), Puller(tablet_of(cast.outsider_kader))
    puller.pull()
    others = dict(outsider.pull())

    load(tmp_path, village="Sumber Makmur", more="99.01.01.2004,Karang Anyar\n")
    puller.pull()

    assert puller.of("village")["99.01.01.2002"]["name"] == "Sumber Makmur"
    assert puller.of("village")["99.01.01.2004"]["name"] == "Karang Anyar"
    assert puller.held == anew(tablet)
    assert outsider.pull() == others


def test_a_renamed_regency_is_told_with_its_villages(tablet: Tablet, tmp_path: Path) -> None:
    load(tmp_path)
    puller = Puller(tablet)
    puller.pull()

    load(tmp_path, regency="Kabupaten Hulu Raya")
    puller.pull()

    regencies = {village["regency"] for village in puller.of("village").values()}
    assert len(regencies) == 1
    assert puller.held == anew(tablet)


def test_loading_what_is_known_changes_nothing(tablet: Tablet, tmp_path: Path) -> None:
    load(tmp_path)
    load_reference()
    newest = Change.objects.latest("seq").seq

    load(tmp_path)
    load_reference()

    assert Change.objects.latest("seq").seq == newest


def test_occupations_and_notices(tablet: Tablet) -> None:
    puller = Puller(tablet)
    puller.pull()
    Occupation.objects.filter(code="market_trader").update(name_en="Hawker")
    Occupation.objects.filter(code="farmer").delete()
    ConsentNotice.objects.all().delete()

    load_reference()
    changed = Change.objects.order_by("-seq").values_list("kind", "object_id")[:3]
    puller.pull()

    assert set(changed) == {
        ("occupation", "market_trader"),
        ("occupation", "farmer"),
        ("notice", "2026-01"),
    }
    assert puller.held == anew(tablet)


def drawn(puller: Puller) -> dict[str, Any]:
    """What a tablet's map shows: the eastern border of each village that has an outline."""
    return {
        code: max(x for x, _ in village["boundary"]["coordinates"][0])
        for code, village in puller.of("village").items()
        if village["boundary"]
    }


def test_outlines_come_to_those_who_ask_and_follow_every_switch(tablet: Tablet) -> None:
    old = stored_set({"99.01.01.1001": square(0, 0), "99.01.01.2002": square(1, 0)})
    new = stored_set({"99.01.01.1001": square(0, 0, 0.8), "99.01.01.2002": square(0.8, 0, 1.2)})
    make_current(old.pk, ["99.01"], BoundaryChange.Kind.LOAD)
    plain, puller = Puller(tablet), Puller(tablet, boundaries=True)
    plain.pull()
    puller.pull()
    before = drawn(puller)
    assert set(before) == {"99.01.01.1001", "99.01.01.2002"}
    assert puller.of("village")["99.01.01.2003"]["boundary"] is None
    assert "boundary" not in plain.of("village")["99.01.01.1001"]

    refresh_pending_outlines()
    puller.pull()
    assert puller.held == anew(tablet, boundaries=True)
    change = switch(new.pk, ["99.01"], reason="newer")
    assert change
    puller.pull()
    assert drawn(puller)["99.01.01.1001"] < before["99.01.01.1001"]
    assert puller.held == anew(tablet, boundaries=True)
    refresh_pending_outlines()
    puller.pull()
    assert puller.held == anew(tablet, boundaries=True)
    undo(change.pk, reason="wrong file")
    puller.pull()
    assert drawn(puller)["99.01.01.1001"] == pytest.approx(before["99.01.01.1001"])
    assert puller.held == anew(tablet, boundaries=True)

    pages = plain.pages
    assert not plain.step()
    assert plain.pages == pages + 1


def test_whoever_wants_outlines_later_starts_anew(tablet: Tablet) -> None:
    plain = Puller(tablet)
    plain.pull()

    answer = get(tablet, "sync/changes/", {"cursor": plain.cursor, "boundaries": "1"})

    assert answer.status_code == 410
    assert answer.json()["reason"] == "scope"
    without = Puller(tablet, boundaries=True)
    without.step()
    assert get(tablet, "sync/changes/", {"cursor": without.cursor}).status_code == 200
