"""The pages about people without a browser: who is found, who is joined, split and shown."""

from datetime import timedelta

import pytest
from django.test import Client

from outreach import finding_people
from outreach.models import Disclosure, Person, Registration
from outreach.pages.briefly import MOST_KEPT
from outreach.sealing import unseal
from tests.cast import Cast, pushed
from tests.counting import Counting
from tests.outreach.matching.asked import STRANGER, elsewhere, merge, person_of, twins
from tests.pages.test_tablets import signed_in, told

NIK = "9901014503840002"


def found(cast: Cast, text: str, village: str = "") -> set[str]:
    """The names on the page that a search gives."""
    answer = signed_in(cast.rina).post("/people/", {"q": text, "village": village}, follow=True)
    assert answer.status_code == 200
    assert not any(part in str(answer.redirect_chain) for part in ("99010", "+62", "890"))
    return {row.main.full_name for row in answer.context.get("rows", ())}


@pytest.fixture
def two(cast: Cast) -> tuple[Registration, Registration]:
    """One of Siti's, and another worker in another village."""
    return pushed(cast), pushed(cast, **STRANGER, domicile_village=cast.villages[1].code)


def test_people_are_found_by_what_is_remembered(
    cast: Cast, two: tuple[Registration, Registration]
) -> None:
    one, other = (registration.full_name for registration in two)
    elsewhere(cast, full_name="Painem Jauh", nik="9901016412710009")
    phone = unseal(two[0].phone or b"", two[0].pk)
    for text, names in {
        NIK: {one},
        "9901 0145 0384 0002": {one},
        "990101••••••0002": {one},
        "990101******0001": {other},
        "99*0003": set(),
        phone: {one},
        phone.replace("+62", "0"): {one},
        phone[-4:]: {one},
        f"amin {phone[-4:]}": {one},
        f"painem {phone[-4:]}": set(),
        "PAINEM": {other},
        f"{one.split()[-1][:4]} {one.split()[0].lower()}": {one},
        one[1:4]: set(),
        "painem jauh": set(),
        "%": set(),
        "a\0%_\\'": {one},
        "x": set(),
        "": set(),
    }.items():
        assert found(cast, text) == names, text
    village = cast.villages[1]
    assert found(cast, "", village.name.upper()[:5]) == {other}
    assert found(cast, "", village.code) == {other}
    assert found(cast, one, village.code) == set()
    assert found(cast, "", "tidak ada") == set()


def test_a_number_is_not_read_from_an_address(cast: Cast) -> None:
    pushed(cast)
    for text in (NIK, "990101••••••0002", "7890"):
        answer = signed_in(cast.rina).get("/people/", {"q": text}, follow=True)
        assert "rows" not in answer.context and text not in answer.content.decode()
    assert "<script>" not in told(cast.rina, "/people/", {"q": "<script>alert(1)"})
    assert "Siti" in told(cast.rina, "/people/?q=siti&cursor=x&with=x&village=")
    client = signed_in(cast.rina)
    results = client.post("/people/", {"q": NIK})["Location"]
    for _ in range(2):
        assert client.get(results).context["rows"], "come back to as often as one likes"
    assert NIK not in str(dict(client.session)), "it is sealed there"
    elsewhere = signed_in(cast.rina).get(results, follow=True)
    assert "rows" not in elsewhere.context and "cari sekali lagi" in elsewhere.content.decode()
    others = [client.post("/people/", {"q": NIK})["Location"] for _ in range(MOST_KEPT)]
    assert client.get(results).status_code == 302 and client.get(others[0]).status_code == 200


def test_parts_of_numbers_are_sought_among_few(
    cast: Cast, two: tuple[Registration, Registration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_people, "MOST_UNSEALED", 1)
    assert "Terlalu banyak" in told(cast.rina, "/people/", {"q": "0002"})
    assert found(cast, "99*0001", cast.villages[1].code) == {two[1].full_name}


def test_a_person_is_told_with_masked_numbers_and_what_happened(cast: Cast) -> None:
    one, other, _question = twins(cast)
    merged = merge(cast.rina, person_of(one), person_of(other), reason="satu <kartu>")
    assert merged.status_code == 200
    text = told(cast.rina, f"/people/{person_of(one)}/")
    assert "990101••••••0002" in text and NIK not in text
    assert "satu &lt;kartu&gt;" in text and "Rina Wulandari" in text and "Digabung<" in text
    assert "mendapat kredit" in text and "WIB" in text
    for user, status in ((cast.outsider_coordinator, 404), (cast.andi, 200)):
        assert signed_in(user).get(f"/people/{person_of(one)}/").status_code == status
    assert 'name="reason"' not in told(cast.andi, f"/people/{person_of(one)}/")


def test_two_are_joined_after_a_look_at_what_changes_and_taken_apart_again(cast: Cast) -> None:
    one, other, _question = twins(cast)
    first, second = person_of(one), person_of(other)
    address = f"/people/{first}/merge/{second}/"
    beside = told(cast.rina, f"/people/?with={first}&q=Aminah")
    assert address in beside and "orang itu sendiri" in beside
    preview = signed_in(cast.rina).get(address)
    before, after = preview.context["before"], preview.context["after"]
    assert len(before) == 2 and len(after) == 1 and after[0].registrations == 2
    assert after[0].credited == min((one, other), key=lambda r: (r.corrected_at, r.pk))
    assert preview.context["evidence"] and not preview.context["is_unlike"]
    man = pushed(cast, **STRANGER, sex="male")
    unlike = signed_in(cast.rina).get(f"/people/{first}/merge/{man.person_id}/")
    assert "dua orang yang berbeda" in unlike.content.decode()
    assert {line.field for line in unlike.context["lines"] if line.differs} > {"sex", "birth_year"}
    assert [line.left for line in unlike.context["lines"] if line.field == "full_name"] == [
        one.full_name
    ]
    assert "tuliskan alasannya" in told(cast.rina, address, {"reason": "x"})
    assert Person.objects.count() == 3
    text = told(cast.rina, address, {"reason": "kartu yang sama"})
    assert "kini satu orang" in text and person_of(one) == person_of(other)
    again = told(cast.rina, address, {"reason": "kartu yang sama"})
    assert "milik orang ini" in again
    decision = one.decisions.filter(kind="merge").first() or other.decisions.get(kind="merge")
    undo = {"decision": str(decision.pk), "reason": "ternyata kembar"}
    take_back = f"/people/{person_of(one)}/take-back/"
    assert "tuliskan alasannya" in told(cast.rina, take_back, undo | {"reason": " "})
    assert "sudah dibatalkan" in told(cast.rina, take_back, undo)
    assert person_of(one) != person_of(other)
    text = told(cast.rina, f"/people/{person_of(one)}/take-back/", undo)
    assert "taken back already" not in text and "sudah" in text


def test_what_is_anothers_is_split_off_and_never_all_of_it(cast: Cast) -> None:
    one, again = pushed(cast), pushed(cast, cast.budi)
    assert person_of(one) == person_of(again)
    address = f"/people/{person_of(one)}/split/"
    chosen = {"registration": str(again.pk)}
    preview = signed_in(cast.rina).get(address, chosen)
    assert [part.registrations for part in preview.context["after"]] == [1, 1]
    everything = {"registration": [str(one.pk), str(again.pk)], "reason": "semua"}
    for refused in ({}, {"registration": "x"}, everything):
        assert "sisakan paling sedikit satu" in told(cast.rina, address, refused)
    text = told(cast.rina, address, chosen | {"reason": "kakak beradik"})
    assert "Kini menjadi dua orang" in text and "kakak beradik" in text
    assert person_of(one) != person_of(again)
    text = told(cast.rina, f"/people/{person_of(one)}/merge/{person_of(again)}/", {"reason": "eh?"})
    assert "orang yang berbeda" in text and "kakak beradik" in text


def test_personal_data_is_shown_for_a_reason_and_kept_on_record(cast: Cast) -> None:
    registration = pushed(cast)
    address = f"/people/{person_of(registration)}/disclose/"
    form = {"registration": str(registration.pk), "fields": ["nik", "phone"], "reason": "menelepon"}
    for missing in ({"reason": ""}, {"fields": ["x"]}, {"registration": "x"}):
        assert "Tidak ada yang ditampilkan" in told(cast.rina, address, form | missing)
    assert not Disclosure.objects.exists()
    client = signed_in(cast.rina)
    once = client.post(address, form)["Location"]
    assert client.head(once)["Location"] == f"/people/{person_of(registration)}/"
    stolen = signed_in(cast.rina).get(once)
    assert stolen["Location"] == f"/people/{person_of(registration)}/", "it is this browser's alone"
    assert NIK not in str(dict(client.session)) and NIK not in once
    answer = client.get(once)
    assert NIK in answer.content.decode() and "no-store" in answer["Cache-Control"]
    masked = client.get(once, follow=True)
    assert masked.redirect_chain == [(f"/people/{person_of(registration)}/", 302)]
    assert NIK not in masked.content.decode() and "sudah ditampilkan" in masked.content.decode()
    kept = Disclosure.objects.get()
    assert (kept.user, kept.fields, kept.reason) == (cast.rina, ["nik", "phone"], "menelepon")
    assert NIK not in told(cast.rina, f"/people/{person_of(registration)}/")


def test_a_long_list_goes_on_by_its_cursor(cast: Cast) -> None:
    registration = pushed(cast)
    row = Registration.objects.filter(pk=registration.pk).values().get()
    seen_at = registration.received_at
    for number in range(55):
        person = Person.objects.create(state="none", created_at=seen_at + timedelta(seconds=number))
        row |= {"id": person.pk, "person_id": person.pk, "nik": None, "nik_index": None}
        row |= {"nik_missing_reason": "lost", "phone": None, "phone_index": None}
        Registration.objects.create(**row)
    client: Client = signed_in(cast.rina)
    first = client.get("/people/?q=siti")
    assert len(first.context["rows"]) == 50
    rest = client.get(first.context["next"])
    assert len(rest.context["rows"]) == 6 and rest.context["next"] is None


def test_numbers_of_statements_do_not_grow_with_the_people(
    cast: Cast, count_queries: Counting
) -> None:
    client = signed_in(cast.rina)
    one = pushed(cast)
    for number in range(4):
        pushed(cast, cast.budi)
        pushed(cast, **STRANGER | {"nik": f"990101641271000{number}"})
    other = Registration.objects.filter(full_name="Painem").first()
    assert other
    for name, address in {
        "found by name": "/people/?q=a",
        "one": f"/people/{person_of(one)}/",
        "merge": f"/people/{person_of(one)}/merge/{person_of(other)}/",
        "split": f"/people/{person_of(one)}/split/?registration={one.pk}",
    }.items():
        client.get(address)
        with count_queries(f"GET people/ page: {name}"):
            client.get(address)
