"""What features say together: masks, fragments, parts of one village, disputes."""

from typing import Any

import pytest
import shapely
from django.core.management import call_command

from outreach.models import Boundary
from outreach.places.boundaries.loading import Answers, load_boundaries
from outreach.places.uploads import Refused
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.places.medan import MEDAN, ORIGIN, PALUTA, load, medan, outcomes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]


def stored(code: str) -> Any:
    return shapely.from_wkb(bytes(Boundary.objects.get(region=code).wkb or b""))


def strip(column: float, row: float, width: float = 0.0003) -> list[list[list[float]]]:
    x, y = 98.6 + column * 0.009, 3.5 + row * 0.009
    return [[[x, y], [x + 0.009, y], [x + 0.009, y + width], [x, y + width], [x, y]]]


def test_parts_of_one_village_are_united(collection: WriteCollection) -> None:
    parts = feature(MEDAN[0], square(0, 0)), feature(MEDAN[0], square(4, 0))
    report = load(collection(parts[0], *medan(0, 1)[1:], parts[1]))
    assert outcomes(report) == [
        (MEDAN[0], "repaired"),
        (MEDAN[1], "matched"),
        (MEDAN[0], "repaired"),
    ]
    assert report.villages[0].why == "united of feature 1, feature 3"
    assert report.villages[2].why == "united with feature 1"
    assert shapely.equals(
        stored(MEDAN[0]),
        shapely.MultiPolygon([(ring[0], []) for ring in (square(0, 0), square(4, 0))]),
    )


def test_parts_with_different_names_are_two_villages(collection: WriteCollection) -> None:
    one, other = feature(MEDAN[0], square(0, 0)), feature(MEDAN[0], square(4, 0))
    other["properties"]["name"] = "Elsewhere"
    report = load(collection(one, other, *medan(0, 1, 2)[1:]))
    assert outcomes(report)[:2] == [(MEDAN[0], "matched"), (MEDAN[0], "unresolved")]
    assert "with different names, and another is called like" in report.villages[1].why
    assert report.villages[1].is_open
    one["properties"]["name"] = "Nowhere"
    report = load(collection(one, other, *medan(0, 1, 2)[2:], feature(PALUTA[0], square(9, 9))))
    assert outcomes(report)[:2] == [(MEDAN[0], "unresolved")] * 2
    assert all(v.is_open and v.candidates == MEDAN[:2] for v in report.villages[:2])


def test_parts_side_by_side_may_be_a_village_that_is_missing(collection: WriteCollection) -> None:
    pair = feature(MEDAN[0], square(0, 0)), feature(MEDAN[0], square(1.01, 0))
    file = collection(*pair, feature(MEDAN[2], square(2, 0)))
    report = load(file)
    assert outcomes(report)[:2] == [(MEDAN[0], "unresolved")] * 2
    assert f"lie side by side, and of 12.71 the files lack {MEDAN[1]}:" in report.villages[0].why
    assert all(village.candidates == MEDAN[:2] for village in report.villages[:2])
    assert [row.region_id for row in Boundary.objects.filter(wkb__isnull=False)] == [MEDAN[2]]

    said = Answers(confirmed={file.name: {2: MEDAN[1]}})
    assert outcomes(load_boundaries([file], ORIGIN, said))[:2] == [
        (MEDAN[0], "matched"),
        (MEDAN[1], "matched"),
    ]
    said = Answers(confirmed={file.name: {1: MEDAN[0], 2: MEDAN[0]}})
    assert outcomes(load_boundaries([file], ORIGIN, said))[:2] == [(MEDAN[0], "repaired")] * 2
    report = load(collection(*pair, *medan(0, 2, 3)[1:]))
    assert outcomes(report)[:2] == [(MEDAN[0], "repaired")] * 2


def test_a_part_that_cannot_be_used_spoils_the_village(collection: WriteCollection) -> None:
    point = feature(MEDAN[0], [98.6, 3.5], "Point")
    report = load(collection(*medan(0, 1), point))
    assert outcomes(report) == [
        (MEDAN[0], "unresolved"),
        (MEDAN[1], "matched"),
        (MEDAN[0], "dropped"),
    ]
    empty = feature(MEDAN[0], None)
    report = load(collection(empty, *medan(0, 1)))
    assert outcomes(report) == [(MEDAN[0], "dropped"), (MEDAN[0], "matched"), (MEDAN[1], "matched")]


def test_a_broken_copy_in_another_file_spoils_nothing(collection: WriteCollection) -> None:
    broken = collection(feature(MEDAN[0], [98.6, 3.5], "Point"), name="broken.geojson")
    report = load(broken, collection(*medan(0, 1)))
    assert outcomes(report) == [(MEDAN[0], "dropped"), (MEDAN[0], "matched"), (MEDAN[1], "matched")]


def test_one_polygon_of_two_villages_is_disputed(collection: WriteCollection) -> None:
    same = feature(MEDAN[0], square(0, 0)), feature(MEDAN[1], square(0.01, 0))
    report = load(collection(*same, feature(MEDAN[2], square(1, 0))))
    assert report.counts["matched"] == 3
    disputed = Boundary.objects.filter(is_disputed=True).values_list("region_id", flat=True)
    assert set(disputed) == set(MEDAN[:2])
    assert report.villages[0].why == f"disputed: {MEDAN[1]} has the same boundary"
    assert report.exceptions == report.villages[:2]


def test_polygons_that_many_villages_share_are_disputed_and_no_masks(
    collection: WriteCollection,
) -> None:
    report = load(collection(*[feature(code, square(0, 0)) for code in (*MEDAN, *PALUTA)]))
    assert report.counts["matched"] == Boundary.objects.filter(is_disputed=True).count() == 5


@pytest.mark.parametrize("between", ["/", "; ", " dan ", ","])
def test_a_feature_with_two_codes_is_kept_for_both(
    collection: WriteCollection, between: str
) -> None:
    area = feature(between.join(MEDAN[1:]), square(3, 0))
    report = load(collection(*medan(0, 1), area))
    assert outcomes(report) == [
        (MEDAN[0], "matched"),
        (MEDAN[1], "repaired"),
        (MEDAN[1], "repaired"),
        (MEDAN[2], "matched"),
    ]
    assert [village.name for village in report.villages[2:]] == [f"Nama {c}" for c in MEDAN[1:]]
    assert f"the list of regions calls it Nama {MEDAN[1]} and" in report.villages[3].why
    rows = dict(Boundary.objects.values_list("region_id", "is_disputed"))
    assert rows == {MEDAN[0]: False, MEDAN[1]: True, MEDAN[2]: True}
    assert stored(MEDAN[1]).area == pytest.approx(2 * stored(MEDAN[2]).area)


@pytest.mark.parametrize(
    ("properties", "is_disputed"),
    [
        ({"REMARK": "Segmen Sengketa"}, True),
        ({"STATUS": "DISPUTED"}, True),
        ({"sengketa": "ya"}, True),
        ({"is_disputed": True}, True),
        ({"REMARK": "Tidak sengketa"}, False),
        ({"REMARK": "undisputed"}, False),
        ({"sengketa": "tidak"}, False),
        ({"is_disputed": False}, False),
        ({"REMARK": "Sepakat"}, False),
    ],
)
def test_a_word_says_that_a_boundary_is_disputed(
    collection: WriteCollection, properties: dict[str, object], is_disputed: bool
) -> None:
    first, *others = medan(0, 1)
    first["properties"] |= properties
    load(collection(first, *others))
    assert Boundary.objects.get(region=MEDAN[0]).is_disputed == is_disputed
    assert not Boundary.objects.get(region=MEDAN[1]).is_disputed


def test_a_disputed_area_without_a_code_is_for_a_person(collection: WriteCollection) -> None:
    area = feature(None, square(3, 0))
    area["properties"] = {"code": None, "name": "Area Sengketa"}
    report = load(collection(*medan(0, 1), area))
    assert report.villages[2].outcome == "unresolved" and report.villages[2].is_disputed


def test_a_mask_is_no_village(collection: WriteCollection) -> None:
    whole = feature(None, square(-1, -1, 0.1))
    coded = feature(PALUTA[0], square(-1, -1, 0.2))
    report = load(collection(whole, coded, *medan(0, 1, 2), feature(PALUTA[1], square(3, 0))))
    assert outcomes(report)[:2] == [("", "dropped"), (PALUTA[0], "unresolved")]
    assert "a mask: it covers 4 of the 5 other features" in report.villages[0].why
    assert "a mask: it covers 5 of the 5 other features" in report.villages[1].why
    assert report.counts["matched"] == 4


def test_a_city_in_the_hole_of_its_regency_is_no_masked_one(collection: WriteCollection) -> None:
    ring = [square(-1, -1, 0.1)[0], square(-0.5, -0.5, 0.05)[0]]
    report = load(collection(feature(PALUTA[0], ring), *medan(0, 1, 2)))
    assert report.counts["matched"] == 4
    assert len(stored(PALUTA[0]).interiors) == 1


def test_slivers_of_a_neighbour_are_not_its_villages(collection: WriteCollection) -> None:
    sliver = feature(PALUTA[0], strip(0, 1))
    report = load(collection(*medan(0, 1, 2), sliver))
    assert outcomes(report)[3] == (PALUTA[0], "dropped")
    assert "only slivers of 12.20" in report.villages[3].why
    assert [regency.code for regency in report.regencies] == ["12.71"]
    torn = [feature(PALUTA[0], strip(column, 1)) for column in (0, 2, 4)]
    assert load(collection(*medan(0, 1, 2), *torn)).counts["dropped"] == 3
    whole = load(collection(*medan(0, 1, 2), feature(PALUTA[0], square(0, 1))))
    assert whole.counts["matched"] == 4
    alone = load(collection(sliver))
    assert alone.counts["matched"] == 1


def test_a_neighbour_that_ends_at_the_edge_of_the_file_is_told(
    collection: WriteCollection,
) -> None:
    x, y = 98.6, 3.509
    cut = [[[x, y], [x + 0.02, y], [x + 0.03, y + 0.004], [x + 0.03, y + 0.009], [x, y]]]
    report = load(collection(*medan(0, 1, 2), feature(PALUTA[0], cut)))
    assert outcomes(report)[3] == (PALUTA[0], "matched")
    assert "ends straight at the edge" in report.villages[3].why
    slanted = [[[x, y], [x + 0.02, y], [x + 0.03, y + 0.004], [x + 0.029, y + 0.009], [x, y]]]
    assert not load(collection(*medan(0, 1, 2), feature(PALUTA[0], slanted))).exceptions


def test_a_file_that_is_cut_out_of_another_is_told(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    whole_ones = [feature(MEDAN[0], _leaf(0)), feature(MEDAN[1], _leaf(1))]
    assert load(collection(*whole_ones)).files[0].clipped == []
    cut = shapely.box(98.6, 3.5, 98.7, 3.5045)
    for each in whole_ones:
        part = shapely.intersection(shapely.Polygon(each["geometry"]["coordinates"][0]), cut)
        each["geometry"] = shapely.geometry.mapping(part)
    file = collection(*whole_ones)
    assert load(file).files[0].clipped == [1, 2]
    given = {"source": "S", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
    call_command("load_boundaries", file, **given)
    assert "2 villages end on one straight line" in capsys.readouterr().out


def _leaf(column: float) -> list[list[list[float]]]:
    x, y = 98.6 + column * 0.009, 3.5
    corners = [(0.001, 0), (0.009, 0.003), (0.007, 0.009 + column / 1e4), (0, 0.006)]
    return [[[x + right, y + up] for right, up in [*corners, corners[0]]]]


def test_a_sliver_in_one_file_does_not_spoil_the_village_in_another(
    collection: WriteCollection,
) -> None:
    city = collection(*medan(0, 1, 2), feature(PALUTA[0], strip(0, 1)), name="city.geojson")
    regency = collection(
        feature(PALUTA[0], square(0, 1)), feature(PALUTA[1], square(1, 1)), name="reg.geojson"
    )
    report = load(city, regency)
    assert (report.counts["matched"], report.counts["dropped"]) == (5, 1)
    assert stored(PALUTA[0]).area == pytest.approx(0.009**2)
    assert not report.absent


def test_villages_that_no_file_has_are_listed(collection: WriteCollection) -> None:
    report = load(collection(*medan(0, 1)))
    assert [(v.code, v.name) for v in report.absent] == [(MEDAN[2], f"Nama {MEDAN[2]}")]


def test_the_mess_of_a_layer_is_measured(collection: WriteCollection) -> None:
    report = load(collection(*medan(0, 0.5, 2)))
    mess = report.mess["12.71"]
    assert mess.overlap_km2 == pytest.approx(0.4972, abs=0.01) and mess.large_overlaps == 1
    assert mess.worst_overlaps[0].villages == MEDAN[:2]
    assert mess.worst_overlaps[0].ha == pytest.approx(49.72, abs=1)
    assert mess.overlap_share == pytest.approx(1 / 6, abs=0.001)
    assert (mess.gap_km2, mess.holes) == (0, 0)


def test_polygons_that_all_lie_over_one_another_are_no_layer(collection: WriteCollection) -> None:
    pile = [feature(None, square(n / 1000, 0)) for n in range(700)]
    with pytest.raises(Refused, match="lie over one another"):
        load(collection(*medan(0, 1, 2), *pile))


def test_a_village_of_many_islands_is_one(collection: WriteCollection) -> None:
    islands = [feature(MEDAN[0], square(n % 40, n // 40, 0.001)) for n in range(1200)]
    report = load(collection(*islands))
    assert report.counts["repaired"] == 1200 and Boundary.objects.count() == 1
    assert report.villages[0].why.endswith("feature 5 and 1195 more")
    assert len(stored(MEDAN[0]).geoms) == 1200
