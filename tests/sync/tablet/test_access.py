"""Who opens a tablet, and for how long: ended tokens, a shared one, revoked ones."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from outreach.models import Campaign, CampaignMember, Photo, Registration
from sync.devices import change_state, renew_code
from sync.models import Device, HeldRecord
from tests.cast import Cast, pushed
from tests.pages.accessible import faults
from tests.sync.tablet.conftest import (
    AT_HOME,
    CLOCK,
    FIRST,
    IS_SYNCED,
    PIN,
    SECOND,
    Code,
    Hand,
    Take,
    until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEEKS = timedelta(days=40)
HOUR_MS = 3600_000
ROWS_LEFT = """async () => {
  const { read } = await import('/tablet/database.js');
  const names = ['accounts', 'records', 'photos', 'pictures', 'reference'];
  return Promise.all(names.map((name) => read(name, (store) => store.count())));
}"""


RUNS_ON = """async () => {
  const clock = await import('/tablet/clock.js');
  const { setClock } = await import('/tablet/accounts.js');
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    const { skew_ms } = clock.known();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await setClock();
    if (clock.known().skew_ms === skew_ms) return true;
  }
  return false;
}"""
AS_IF_REVOKED = """async () => {
  const { app } = await import('/tablet/main.js');
  const { keep } = await import('/tablet/accounts.js');
  const lost = { records: 1, photos: 0 };
  await keep(app.session.account, { leaving: 'hand_over', why: 'Hilang', handed_over: 3, lost });
}"""
TOLD = """async () => {
  const { app } = await import('/tablet/main.js');
  const { account } = await import('/tablet/accounts.js');
  const { leaving, why, handed_over, lost } = await account(app.session.account);
  return [leaving, why, handed_over, lost ?? null];
}"""
TAKE_A_PHOTO = """async () => {
  const { app } = await import('/tablet/main.js');
  const { entry, save } = await import('/tablet/records.js');
  const { encoded, keepPhoto } = await import('/tablet/photos.js');
  await app.save();
  const id = location.hash.split('/').at(-1);
  const { content } = await entry(app.session, id);
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
  const picture = await encoded(canvas, 'image/jpeg', 0.8);
  const photos = [await keepPhoto(app.session, id, 'workplace', picture)];
  await save(app.session, id, { ...content.wire, photos });
}"""
DAMAGED = """async () => {
  const { change, answer } = await import('/tablet/database.js');
  const { app } = await import('/tablet/main.js');
  const { entries, rows } = await import('/tablet/records.js');
  const all = await entries(app.session, await rows(app.session.account));
  const { row } = all.find((one) => one.content.wire.full_name === 'Pekerja Nomor 0');
  await change(['records'], ({ records }) => {
    new Uint8Array(row.sealed.data)[5] ^= 1;
    records.put(row);
  });
}"""


def weeks_later(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clocks of the server and of the tablet."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + WEEKS

    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + WEEKS)
    monkeypatch.setattr(
        "rest_framework_simplejwt.tokens.aware_utcnow", lambda: datetime.now(UTC) + WEEKS
    )
    monkeypatch.setattr("jwt.api_jwt.datetime", Later)
    hand.page.evaluate("(ms) => { globalThis.aheadMs = ms; }", WEEKS / timedelta(milliseconds=1))


def test_tokens_that_ended_wait_for_a_new_code(
    field: Cast, code: Code, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = timezone.now() + 2 * WEEKS
    Campaign.objects.filter(pk=field.market.pk).update(ends_at=over)
    CampaignMember.objects.filter(campaign=field.market).update(last_day=over.date())
    device, written = code()
    hand = take()
    hand.page.add_init_script(CLOCK % 0)
    hand.enrol(written)
    hand.synced()
    hand.goes_offline()
    hand.register(*FIRST)
    weeks_later(hand, monkeypatch)
    hand.goes_offline(gone=False)
    expect(hand.page.locator("#outbox")).to_contain_text("terlalu lama tidak terhubung")
    assert hand.page.locator("#outbox").inner_text().count("terlalu lama") == 1
    assert not Registration.objects.exists()
    other = code(field.budi)[1]
    again = renew_code(device.pk, field.rina, timezone.now())[2]
    hand.page.get_by_role("link", name="Masukkan kode baru").click()
    for typed, said in ((other, "untuk kader lain"), ("AAAA-BBBB", "tidak berlaku")):
        hand.page.fill("#new-code", typed)
        hand.page.get_by_role("button", name="Lanjut").click()
        expect(hand.page.locator("form .wrong")).to_contain_text(said)
    hand.page.fill("#new-code", again)
    hand.page.get_by_role("button", name="Lanjut").click()
    hand.synced()
    stored = Registration.objects.get()
    assert stored.full_name == FIRST[1]
    assert stored.received_at - stored.captured_at > WEEKS - timedelta(hours=1)
    expect(hand.page.locator("#notice-clock")).to_have_count(0)

    a_code_scanned_while_locked_keeps_what_is_here(hand, code, device)


def a_code_scanned_while_locked_keeps_what_is_here(hand: Hand, code: Code, device: Device) -> None:
    """Of further tablets: once the PIN is forgotten, then it is remembered."""
    hand.goes_offline()
    hand.register(*SECOND)
    hand.page.get_by_role("button", name="Kunci").click()
    hand.goes_offline(gone=False)
    hand.page.goto(f"{hand.address}/tablet/#{code()[1]}")
    hand.page.get_by_role("button", name="Lanjut").click()
    expect(hand.page.locator("form")).to_contain_text("PIN yang lama. 1 belum terkirim")
    hand.page.get_by_role("button", name="Lupa PIN").click()
    for name in ("#pin", "#pin-again"):
        hand.page.fill(name, "731946")
    hand.page.get_by_role("button", name="Lanjut").click()
    hand.synced()
    hand.page.get_by_role("button", name="Kunci").click()
    assert Registration.objects.count() == 1
    third, written = code()
    hand.page.goto(f"{hand.address}/tablet/#{written}")
    hand.page.get_by_role("button", name="Lanjut").click()
    own = hand.page.locator("form", has_text="1 belum terkirim")
    for pin, said in (("731946", "PIN salah"), (PIN, "")):
        own.locator("input[type=password]").fill(pin)
        own.get_by_role("button", name="Buka").click()
        if said:
            expect(own.locator(".wrong")).to_contain_text(said)
    hand.synced()
    for one in (device, third):
        one.refresh_from_db()
    assert third.pushed_at and third.enrolled_at
    # As the tablet that it was before it holds nothing any more, which that one says.
    last = device.last_report
    assert last and last.received_at > third.enrolled_at and last.unsynced_registrations == 0
    hand.page.get_by_role("button", name="Kunci").click()
    expect(hand.page.locator("form")).to_have_count(2)
    assert Device.objects.filter(installation_id=third.installation_id).count() == 4
    assert set(Registration.objects.values_list("full_name", flat=True)) == {FIRST[1], SECOND[1]}


def test_two_kader_share_a_tablet_and_open_only_their_own(
    field: Cast, code: Code, hand: Hand
) -> None:
    hand.register(*FIRST)
    hand.synced()
    hand.page.get_by_role("button", name="Kunci").click()
    from_another_tablet = pushed(field, field.budi)
    hand.enrol(code(field.budi)[1], pin="731946")
    hand.synced()
    hand.register(*SECOND)
    hand.synced()
    expect(hand.page.locator(".figure")).to_have_text("1")
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".records li")).to_have_count(2)
    assert set(Registration.objects.values_list("kader", "full_name")) == {
        (field.siti.pk, FIRST[1]),
        (field.budi.pk, from_another_tablet.full_name),
        (field.budi.pk, SECOND[1]),
    }
    hand.page.get_by_role("link", name="Kembali").click()
    hand.page.get_by_role("button", name="Kunci").click()
    hand.goes_offline()
    siti = hand.page.locator("form", has_text=field.siti.full_name)
    siti.locator("input").fill("731946")
    siti.get_by_role("button").click()
    expect(siti.locator(".wrong")).to_contain_text("PIN salah")
    siti.locator("input").fill(PIN)
    siti.get_by_role("button").click()
    until(hand.page, AT_HOME)
    in_touch = hand.page.locator("#outbox").get_attribute("data-synced")
    # The clock is set back to before what the server said last, which was to the other kader.
    hand.page.evaluate(f"() => {{ {CLOCK % -HOUR_MS} }}")
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator("#notice-clock")).to_contain_text("mundur")
    assert hand.page.evaluate(RUNS_ON)
    hand.page.get_by_role("link", name="Kembali").click()
    expect(hand.page.locator("#outbox")).to_have_attribute("data-synced", in_touch or "")
    hand.page.evaluate("globalThis.aheadMs = 0")
    hand.goes_offline(gone=False)
    hand.synced()
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".records li")).to_have_count(1)
    expect(hand.page.locator(".records")).to_contain_text(FIRST[1])

    hand.page.get_by_role("link", name="Kembali").click()
    hand.page.get_by_role("button", name="Kunci").click()
    for _ in range(4):
        siti.locator("input").fill("111222")
        siti.get_by_role("button").click()
        expect(siti.locator(".wrong")).to_contain_text("PIN salah")
        expect(siti.get_by_role("button")).to_be_enabled()
    expect(siti.locator(".wrong")).to_contain_text("Coba lagi dalam 5 detik")
    siti.locator("input").fill(PIN)
    siti.get_by_role("button").click()
    expect(siti.locator(".wrong")).to_contain_text("Terlalu banyak")


def test_revoked_tablets_hand_over_and_erase_themselves(
    field: Cast, code: Code, take: Take
) -> None:
    hand = take()
    hand.page.add_init_script(CLOCK % 0)
    one_with_a_damaged_record_hands_over_what_can_be_read(hand, field, code)
    a_stolen_one_erases_itself_at_its_first_call(hand, field, code)
    one_that_has_sent_all_only_asks_what_became_of_it(hand, field, code)
    a_former_tablet_erases_nothing_of_the_new_one(hand, field, code)


def one_with_a_damaged_record_hands_over_what_can_be_read(
    hand: Hand, field: Cast, code: Code
) -> None:
    device, written = code()
    hand.enrol(written)
    hand.synced()
    hand.goes_offline()
    hand.register(*FIRST)
    for nothing_entered in ("#register", "#new-lead"):
        hand.page.click(nothing_entered)
        hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()
        until(hand.page, AT_HOME)
        expect(hand.page.locator(".state.draft")).to_have_count(0)
    assert hand.page.evaluate(ROWS_LEFT)[1] == 1
    hand.page.click("#register")
    hand.page.fill("#f-full_name", "Belum Selesai")
    hand.page.evaluate(TAKE_A_PHOTO)
    hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()
    hand.register_in_the_background(1)
    hand.page.evaluate(DAMAGED)
    revoke(device, field, hand_over=True)
    hand.goes_offline(gone=False)
    damaged_records_are_given_up_only_when_asked(hand)
    stored = Registration.objects.get()
    assert stored.full_name == FIRST[1]
    assert "handed_over" in stored.flags.values_list("code", flat=True)
    assert HeldRecord.objects.count() == 1
    assert hand.page.evaluate(ROWS_LEFT) == [0, 0, 0, 0, 0]
    device.refresh_from_db()
    assert device.handed_over_at


def damaged_records_are_given_up_only_when_asked(hand: Hand) -> None:
    # It syncs by itself as soon as there is signal, and is held up by what cannot be read.
    stuck = hand.page.locator("#notice-stuck")
    expect(stuck).to_contain_text("1 catatan dan 1 foto")
    expect(hand.page.locator("#notice-leaving")).to_contain_text("Alasan: Hilang")
    expect(hand.page.locator("#notice-leaving")).not_to_contain_text("Sambungkan")
    expect(hand.page.locator("#register")).to_have_count(0)
    assert faults(hand.page) == []
    hand.page.once("dialog", lambda asked: asked.dismiss())
    with hand.page.expect_event("dialog"):
        stuck.get_by_role("button").click()
    expect(stuck).to_contain_text("1 catatan dan 1 foto")
    hand.page.once("dialog", lambda asked: asked.accept())
    with hand.page.expect_event("dialog"):
        stuck.get_by_role("button").click()
    expect(hand.page.locator("#notices")).to_contain_text("sudah diserahkan dan dihapus")
    expect(hand.page.locator("#notices")).to_contain_text("1 catatan dan 1 foto rusak dan hilang")
    expect(hand.page.locator("#notices")).to_contain_text("Alasan: Hilang")


def a_stolen_one_erases_itself_at_its_first_call(hand: Hand, field: Cast, code: Code) -> None:
    device, written = code()
    hand.enrol(written)
    hand.synced()
    hand.goes_offline()
    hand.register(*SECOND)
    revoke(device, field, hand_over=False)
    # It comes back when what it signs in with is over.
    hand.page.evaluate("(ms) => { globalThis.aheadMs = ms; }", HOUR_MS)
    hand.goes_offline(gone=False)
    expect(hand.page.locator("#notices")).to_contain_text("dihapus atas perintah kantor")
    hand.page.evaluate("globalThis.aheadMs = 0")
    assert hand.page.evaluate(ROWS_LEFT) == [0, 0, 0, 0, 0]
    assert Registration.objects.get().full_name == FIRST[1]


def one_that_has_sent_all_only_asks_what_became_of_it(hand: Hand, field: Cast, code: Code) -> None:
    device, written = code()
    hand.enrol(written)
    hand.synced()
    hand.context.route("**/sync/receipts/", lambda route: route.abort("internetdisconnected"))
    hand.register_in_the_background(1)
    hand.page.click("#sync")
    expect(hand.page.locator("#sync-text")).to_contain_text("Tidak ada sinyal")
    revoke(device, field, hand_over=True)
    hand.context.unroute("**/sync/receipts/")
    hand.page.click("#sync")
    expect(hand.page.locator("#notices")).to_contain_text("dihapus atas perintah kantor")
    assert hand.page.evaluate(ROWS_LEFT) == [0, 0, 0, 0, 0]
    assert (Registration.objects.count(), Photo.objects.count()) == (2, 2)


def a_former_tablet_erases_nothing_of_the_new_one(hand: Hand, field: Cast, code: Code) -> None:
    """The code of another tablet is opened beside a window that is still the former one."""
    former, written = code()
    hand.enrol(written)
    hand.synced()
    hand.page.route("**/api/**", lambda route: route.abort("internetdisconnected"))
    revoke(former, field, hand_over=True)
    hand.page.evaluate(AS_IF_REVOKED)
    device, written = code()
    window = hand.another_window()
    window.goto(f"{hand.address}/tablet/#{written}")
    window.get_by_role("button", name="Lanjut").click()
    window.locator("input[type=password]").fill(PIN)
    window.get_by_role("button", name="Buka").click()
    until(window, AT_HOME)
    until(window, IS_SYNCED)
    assert window.evaluate(TOLD) == [None, "", 0, None]
    former.refresh_from_db()
    assert former.handed_over_at
    window.close()
    hand.page.click("#register")
    hand.page.fill("#f-full_name", SECOND[1])
    hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(hand.page, AT_HOME)
    hand.page.unroute("**/api/**")
    hand.sync()
    expect(hand.page.locator(".state.draft")).to_have_count(1)
    assert hand.page.evaluate(ROWS_LEFT)[0] == 1
    device.refresh_from_db()
    assert device.last_report
    assert device.last_report.unsynced_registrations == 1


def revoke(device: Device, field: Cast, *, hand_over: bool) -> None:
    state = Device.State.REVOKED
    change_state(device.pk, state, "Hilang", field.rina, timezone.now(), hand_over=hand_over)
