"""What is noted beside registrations: leads, attendance, and answers to what the server doubts."""

import json
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Geolocation, Page, Route, expect

from outreach.flag_remarks import remark
from outreach.kader.messages import withdraw, write
from outreach.leads.following_up import follow_up
from outreach.models import Attendance, FlagRemark, Lead, Registration
from outreach.notes.drafts import note_of
from tests.cast import Cast
from tests.pages.accessible import faults
from tests.sync.tablet.conftest import FIRST, PIN, Code, Hand, Take
from tests.tablet import tablet_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VERY_FAR: Geolocation = {"latitude": -6.2, "longitude": 106.8, "accuracy": 15}
FAR: Geolocation = {"latitude": 3.7902, "longitude": 98.8703, "accuracy": 14}
HOSTILE = '<img src=x onerror="document.title=1">'

OUTLINED = """async () => {
  const { change, answer } = await import('/tablet/database.js');
  const [west, east, south, north] = [98.86, 98.88, 3.78, 3.8];
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  const boundary = { type: 'Polygon', coordinates: [ring] };
  await change(['reference'], async ({ reference }) => {
    for (const row of await answer(reference.getAll())) {
      if (row.kind === 'village') reference.put({ ...row, data: { ...row.data, boundary } });
    }
  });
}"""

FORGET_THE_CHECKS = """async (name) => {
  const { app } = await import('/tablet/main.js');
  const records = await import('/tablet/records.js');
  const all = await records.entries(app.session, await records.rows(app.session.account));
  const { row, content } = all.find((one) => one.content.wire.full_name === name);
  await records.save(app.session, row.id, { ...content.wire, segment: 'ASN' });
  await records.finish(app.session, row.id);
}"""


IS_KEPT = """async (name) => {
  const { app } = await import('/tablet/main.js');
  const records = await import('/tablet/records.js');
  for (;;) {
    const all = await records.entries(app.session, await records.rows(app.session.account));
    if (all.some((one) => one.content.wire.full_name === name)) return;
  }
}"""


class OneAtATime:
    """A server that takes one record a batch, and whose first answer is lost."""

    def __init__(self) -> None:
        self.refused = self.lost = 0

    def __call__(self, route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        number = sum(len(part) for part in body.values() if isinstance(part, list))
        if number > 1:
            self.refused += 1
            route.fulfill(
                status=413, content_type="application/problem+json", body='{"code": "too_large"}'
            )
        elif not self.lost:
            self.lost += 1
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()


def note_lead(page: Page, name: str, segment: str) -> None:
    page.click("#new-lead")
    page.get_by_label(segment).check()
    page.fill("#f-full_name", name)


def open_listed(hand: Hand, name: str) -> None:
    hand.page.goto(f"{hand.address}/tablet/#/list/")
    hand.page.locator(".records a", has_text=name).click()


def fill_in_a_lead(page: Page, follow_up_on: str) -> None:
    note_lead(page, "Parulian Sitorus", "Jasa konstruksi (JAKON)")
    page.fill("#f-phone", "0813")
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#wrong-phone")).to_contain_text("tidak lengkap")
    expect(page.locator("#wrong-consent")).to_contain_text("Harus diisi")
    assert faults(page) == []
    page.fill("#f-phone", "081377788899")
    page.fill("#f-employer", "Proyek jembatan Hulu")
    page.fill("#f-village", "sumber rejo")
    page.get_by_role("button", name="Sumber Rejo").click()
    page.fill("#f-follow_up_on", follow_up_on)
    page.get_by_label("Setuju secara lisan").check()
    page.get_by_role("button", name="Selesai").click()


def count_who_came(page: Page) -> None:
    page.click("#new-attendance")
    page.fill("#f-session", HOSTILE)
    page.fill("#f-female", "25")
    page.fill("#f-male", "15")
    expect(page.locator("#note-heads")).to_have_text("40 orang hadir")
    page.fill("#f-BPU", "41")
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#wrong-segments")).to_contain_text("Lebih banyak")
    assert faults(page) == []
    page.fill("#f-BPU", "30")
    page.get_by_role("button", name="Selesai").click()


def test_leads_and_attendance_come_through_whatever_happens(
    field: Cast, code: Code, take_kept: Take
) -> None:
    hand = take_kept()
    hand.enrol(code()[1])
    hand.synced()
    hand.controlled()
    hand.goes_offline()
    page = hand.page
    today = timezone.localdate().isoformat()
    fill_in_a_lead(page, today)
    count_who_came(page)
    note_lead(page, "Diketik Setengah", "Penerima upah (PU)")
    page.evaluate(IS_KEPT, "Diketik Setengah")
    hand = take_kept(killed=hand)
    page = hand.page
    hand.goes_offline()
    hand.unlock()
    expect(page.locator("#outbox")).to_contain_text("2 belum terkirim")
    expect(page.locator("main")).to_contain_text("Prospek yang perlu dihubungi hari ini: 1")
    page.click(".state.draft")
    page.click(".records a")
    assert page.input_value("#f-full_name") == "Diketik Setengah"
    page.get_by_label("Kontak usaha").check()
    page.get_by_role("button", name="Selesai").click()
    narrow = OneAtATime()
    hand.context.route("**/api/v1/sync/push/", narrow)
    hand.goes_offline(gone=False)
    page.click("#sync")
    hand.synced()
    assert narrow.refused and narrow.lost
    assert {(one.full_name, one.segment, one.revision) for one in Lead.objects.all()} == {
        ("Parulian Sitorus", "JAKON", 1),
        ("Diketik Setengah", "PU", 1),
    }
    counted = Attendance.objects.get()
    assert (counted.session, counted.female, counted.bpu, counted.revision) == (HOSTILE, 25, 30, 1)
    hand.context.unroute("**/api/v1/sync/push/")

    lead = Lead.objects.get(segment="JAKON")
    assert (str(lead.follow_up_on), lead.village_code) == (today, "99.01.01.2002")
    follow_up(lead.pk, field.rina, "contacted", "Ditelepon", timezone.now())
    put_a_refused_lead_right(hand)
    settle_a_conflict(hand, field, lead)
    open_listed(hand, HOSTILE)
    expect(page.locator("h1")).to_have_text(HOSTILE)
    assert page.title() != "1"


def put_a_refused_lead_right(hand: Hand) -> None:
    page = hand.page
    note_lead(page, "Salah Segmen", "Pekerja migran (PMI)")
    page.get_by_label("Kontak usaha").check()
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    expect(page.locator("h1")).to_contain_text("Halo")
    page.evaluate(FORGET_THE_CHECKS, "Salah Segmen")
    hand.sync()
    page.get_by_role("link", name="Prospek", exact=True).click()
    expect(page.locator(".records a").first).to_contain_text("Sudah dihubungi")
    assert faults(page) == []
    page.locator(".records a", has_text="Salah Segmen").click()
    page.get_by_role("button", name="Perbaiki sekarang").click()
    expect(page.locator("#wrong-segment")).not_to_have_text("")
    page.get_by_label("Pekerja migran (PMI)").check()
    page.get_by_role("button", name="Selesai").click()
    hand.synced()
    assert Lead.objects.filter(segment="PMI", revision=1).count() == 1


def settle_a_conflict(hand: Hand, field: Cast, lead: Lead) -> None:
    """Two tablets of one kader change one lead; what the other one wrote is taken."""
    page = hand.page
    hand.goes_offline()
    open_listed(hand, lead.full_name)
    page.get_by_role("button", name="Ubah").click()
    page.fill("#f-employer", "CV Maju Hulu")
    page.get_by_role("button", name="Selesai").click()
    copy = note_of(lead) | {"employer": "PT Sana"}
    [result] = tablet_of(field.siti).push(leads=[copy])["leads"]
    assert result["revision"] == 2
    hand.goes_offline(gone=False)
    hand.sync()
    page.click(".state.fix")
    page.click(".records a")
    both = page.locator(".call tr", has_text="Perusahaan atau proyek")
    expect(both).to_contain_text("CV Maju Hulu")
    expect(both).to_contain_text("PT Sana")
    expect(page.locator(".call tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Pakai yang di server").click()
    lead.refresh_from_db()
    assert lead.employer == "PT Sana"
    expect(page.locator(".state.fix")).to_have_count(0)


def test_a_doubt_is_answered_and_the_office_writes_back(
    field: Cast, code: Code, take: Take
) -> None:
    hand = take()
    now = timezone.now()
    message = write(field.rina, uuid4(), field.market, f"Kumpul {HOSTILE}", now.date(), now)
    hand.enrol(code()[1])
    hand.synced()
    a_position_is_refused_or_far_from_every_village(hand)
    hand.register(*FIRST)
    hand.synced()
    stored = Registration.objects.get()
    a_doubt_is_answered_without_signal(hand, stored)
    hand.page.goto(f"{hand.address}/tablet/#/day")
    hand.goes_offline(gone=False)
    hand.sync()
    the_answer_has_arrived(hand, field)
    accept = FlagRemark.Kind.ACCEPT
    remark(stored.pk, "outside_venue", accept, field.rina, "Kios sudah dilihat", timezone.now())
    hand.page.goto(f"{hand.address}/tablet/#/day")
    hand.sync()
    what_the_office_wrote_is_read_without_signal(hand, field)
    hand.goes_offline(gone=False)
    withdraw(field.rina, message.pk, timezone.now())
    hand.sync()
    written = hand.page.locator("#messages")
    expect(written.locator(".message")).to_have_count(1)
    written.get_by_role("link", name="Lihat catatannya").click()
    expect(hand.page.locator("h1")).to_have_text(FIRST[1])
    assert hand.page.title() != "1"


def a_position_is_refused_or_far_from_every_village(hand: Hand) -> None:
    page = hand.page
    page.evaluate(OUTLINED)
    hand.context.clear_permissions()
    page.click("#register")
    expect(page.locator("#note-location")).to_contain_text("Izin lokasi tidak diberikan")
    near = page.get_by_role("button", name="Terdekat dari sini")
    near.click()
    expect(page.locator(".options")).to_contain_text("Lokasi tablet belum ada")
    hand.context.set_geolocation(VERY_FAR)
    hand.context.grant_permissions(["geolocation"])
    expect(page.locator("#note-location")).to_contain_text("ketelitian 15 m")
    near.click()
    expect(page.locator(".options")).to_contain_text("jauh dari semua desa")
    hand.context.set_geolocation(FAR)
    expect(page.locator("#note-location")).to_contain_text("ketelitian 14 m")
    near.click()
    expect(page.locator(".options button").first).to_contain_text(" km")
    page.get_by_role("link", name="Simpan, lanjut nanti").click()


def a_doubt_is_answered_without_signal(hand: Hand, stored: Registration) -> None:
    page = hand.page
    codes = stored.flags.values_list("code", flat=True)
    assert "outside_venue" in codes
    doubts = len(codes)
    hand.goes_offline()
    page.goto(f"{hand.address}/tablet/#/list/")
    expect(page.locator(".records")).to_contain_text(f"Ada pertanyaan: {doubts}")
    open_listed(hand, FIRST[1])
    doubt = page.locator(".flag", has_text="lokasi").first
    doubt.get_by_role("button", name="Jawab").click()
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#wrong-text")).to_contain_text("Harus diisi")
    page.fill("#f-text", f"Kios di seberang jalan {HOSTILE}")
    assert faults(page) == []
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("blockquote")).to_contain_text("Menunggu sinyal")
    assert not FlagRemark.objects.exists()
    page.goto(f"{hand.address}/tablet/#/list/")
    told = page.locator(".records a", has_text=FIRST[1])
    expect(told).to_contain_text("Diterima")
    if doubts > 1:
        expect(told).to_contain_text(f"Ada pertanyaan: {doubts - 1}")
    else:
        expect(told).not_to_contain_text("Ada pertanyaan")


def the_answer_has_arrived(hand: Hand, field: Cast) -> None:
    open_listed(hand, FIRST[1])
    answer = hand.page.locator("blockquote")
    expect(answer).to_contain_text("Terkirim")
    expect(answer).to_contain_text(HOSTILE)
    assert faults(hand.page) == []
    said = FlagRemark.objects.get()
    assert (said.by, said.text) == (field.siti, f"Kios di seberang jalan {HOSTILE}")


def what_the_office_wrote_is_read_without_signal(hand: Hand, field: Cast) -> None:
    page = hand.page
    hand.goes_offline()
    page.get_by_role("button", name="Kunci").click()
    page.locator("input[type=password]").fill(PIN)
    page.get_by_role("button", name="Buka").click()
    written = page.locator("#messages")
    expect(written.locator("h2")).to_contain_text("2 baru")
    for words in (f"Kumpul {HOSTILE}", field.rina.full_name, field.market.name, "Berlaku sampai"):
        expect(written).to_contain_text(words)
    expect(written).to_contain_text("Penjelasan Anda diterima")
    assert faults(page) == []
    written.get_by_role("button", name="Sudah dibaca").click()
    expect(written.locator("h2")).to_have_text("Pesan")
