"""Plans from a spreadsheet: previewed, confirmed once, refused with reasons."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override

from outreach.activities.plan_file import PLANS
from outreach.activities.type_words import type_name
from outreach.models import Campaign
from tests.cast import Cast
from tests.outreach.imports.workbooks import xlsx
from tests.pages.test_tablets import signed_in

HEADINGS = (
    "Jenis",
    "Nama Kegiatan",
    "Tanggal Mulai",
    "Jam Mulai",
    "Tanggal Selesai",
    "Jam Selesai",
    "Zona Waktu",
    "Desa",
    "Tim",
    "Lintang",
    "Bujur",
    "Target BPU",
    "Kantor",
)


def row(**changes: Any) -> list[Any]:
    values: dict[str, Any] = {
        "type": "Gerebek Pasar",
        "name": "Pasar <b>Subuh",
        "first_day": "1-12-2026",
        "opens": "8.00",
        "last_day": "2-12-2026",
        "closes": "16:00",
        "zone": "WIB",
        "villages": "pasar lama; 99.01.01.2002",
        "team": "siti;Budi",
        "lat": "3,59",
        "lon": "98,67",
        "target": 40,
        "office": "",
    }
    return list((values | changes).values())


def sent(client: Any, *rows: list[Any]) -> Any:
    """The preview of a file."""
    file = SimpleUploadedFile("rencana.xlsx", xlsx([HEADINGS, *rows]))
    return client.post("/campaigns/imports/", {"file": file}, follow=True)


def test_a_file_is_looked_at_and_planned_once(cast: Cast) -> None:
    client = signed_in(cast.rina)
    page = sent(client, row(), row(name="Mobil", type="mobile car", opens=0.25, team=""))
    assert page.context["may_confirm"] and "Pasar &lt;b&gt;Subuh" in page.content.decode()
    assert not Campaign.objects.filter(name="Mobil").exists()
    confirm = f"/campaigns/imports/{page.context['source'].pk}/confirm/"
    for _ in range(2):
        assert client.post(confirm).status_code == 302
    one = Campaign.objects.get(name="Pasar <b>Subuh")
    assert one.starts_at.isoformat() == "2026-12-01T01:00:00+00:00"
    assert (one.members.count(), one.villages.count(), one.venue_radius_m) == (2, 2, 300)
    assert one.targets.get().number == 40 and one.office == cast.branch
    Campaign.objects.filter(pk=one.pk).update(name="Pasar Lain")
    again = sent(client, row(), row(name="Baru"))
    [found] = again.context["rows"][0]["findings"]
    assert (found["code"], found["level"]) == ("said_before", "warning")
    client.post(f"/campaigns/imports/{again.context['source'].pk}/confirm/")
    assert Campaign.objects.filter(office=cast.branch).count() == 4
    other = signed_in(cast.outsider_coordinator)
    assert other.get(f"/campaigns/imports/{page.context['source'].pk}/").status_code == 404
    assert other.post(confirm).status_code == 404


def test_words_of_the_console_are_read_and_shown_and_the_example_can_be_planned(
    cast: Cast,
) -> None:
    client = signed_in(cast.rina)
    for language in ("id", "en"):
        with override(language):
            words = list(map(type_name, Campaign.Type.values))
        for kind, word in zip(Campaign.Type.values, words, strict=True):
            assert PLANS.column_of["type"].read(word) == kind
    written = {"type": "Mobil keliling", "zone": "Asia/Jakarta", "first_day": "Selasa, 1 Des 2026"}
    page = sent(client, row(**written, last_day="2 Desember 2026"), row(type="pesta"))
    first, second = (one["cells"] for one in page.context["rows"])
    assert [first[place] for place in (0, 2, 4, 6)] == [
        "Mobil keliling",
        "1 Des 2026",
        "2 Des 2026",
        "WIB",
    ]
    assert second[:2] == ["pesta", "Pasar <b>Subuh"]
    for form in ("xlsx", "csv"):
        example = client.get(f"/campaigns/imports/example.{form}").content
        file = SimpleUploadedFile(f"contoh.{form}", example)
        page = client.post("/campaigns/imports/", {"file": file}, follow=True)
        assert page.context["may_confirm"] and page.context["rows"][0]["findings"] == []
    assert client.get("/campaigns/imports/example.exe").status_code == 404


def test_what_is_wrong_is_told_at_its_row_and_nothing_is_planned(cast: Cast) -> None:
    client = signed_in(cast.rina)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"last_day": "30-11-2026"}, "before_start"),
        ({"villages": "Atlantis"}, "no_village"),
        ({"villages": "99.02.01.1001"}, "no_village"),
        ({"team": "joko"}, "no_kader"),
        ({"opens": "pagi"}, "no_clock"),
        ({"lat": "utara"}, "no_degrees"),
        ({"lat": ""}, "venue_incomplete"),
        ({"type": "pesta"}, "no_choice"),
        ({"zone": "jam 8"}, "no_choice"),
    ]
    several = row(
        type="pesta", villages="Atlantis", team="joko", first_day="3-12-2026", office="Kantor Lain"
    )
    rows = [row(name=f"N{n}", **changes) for n, (changes, _) in enumerate(wrong)]
    page = sent(client, *rows, several)
    codes = [[found["code"] for found in one["findings"]] for one in page.context["rows"]]
    all_of_it = ["no_choice", "before_start", "no_office", "no_village", "no_kader"]
    assert codes == [*([code] for _, code in wrong), all_of_it]
    assert "Asia/Pontianak, WIB, WIT, WITA" in page.content.decode()
    assert not page.context["may_confirm"]
    client.post(f"/campaigns/imports/{page.context['source'].pk}/confirm/")
    assert Campaign.objects.count() == 2
    file = SimpleUploadedFile("x.xlsx", b"no workbook at all")
    text = client.post("/campaigns/imports/", {"file": file}, follow=True).content.decode()
    assert 'class="wrong"' in text
    assert client.post("/campaigns/imports/", {}, follow=True).status_code == 200


class Endless(io.RawIOBase):
    """A form whose file does not end, and how much of it was read."""

    def __init__(self, fields: bytes) -> None:
        self.fields = io.BytesIO(fields)
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        piece = self.fields.read(size) or b"a" * size
        self.count += len(piece)
        return piece


def test_a_form_that_is_too_large_is_told_before_it_is_read(cast: Cast) -> None:
    client: Any = Client(enforce_csrf_checks=True)
    client.force_login(cast.rina, "backend.accounts.AccountBackend")
    token = str(client.get("/campaigns/imports/").context["csrf_token"])
    name = b'--x\r\nContent-Disposition: form-data; name="%s"'
    body = Endless(
        name % b"csrfmiddlewaretoken" + b"\r\n\r\n" + token.encode() + b"\r\n"
        + name % b"file" + b'; filename="a.csv"\r\n\r\n'
    )  # fmt: skip
    length = {"CONTENT_LENGTH": str(10**9), "wsgi.input": body}
    kind = "multipart/form-data; boundary=x"
    answer = client.post("/campaigns/imports/", b"-", content_type=kind, **length)
    assert answer.status_code == 302 and 0 < body.count < 10**6
    assert "20 MiB" in client.get("/campaigns/imports/").content.decode()
