"""The shell: small, there without signal, renewed without losing anything, fit for everybody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from outreach.models import Campaign, Occupation, Region
from sync.models import Device
from sync.tablet import views
from tests.cast import Cast
from tests.pages.accessible import faults
from tests.sync.tablet.conftest import AT_HOME, FIRST, Code, Hand, Take, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NONSENSE_IS_CACHED = """async () => {
  const { app } = await import('/tablet/main.js');
  const { change } = await import('/tablet/database.js');
  const { keep } = await import('/tablet/accounts.js');
  const { account } = app.session;
  const kinds = {
    campaign: ['name', 'type', 'starts_at', 'first_day', 'last_day', 'stops'],
    village: ['name', 'district', 'regency', 'boundary'],
    occupation: ['name_id', 'name_en'],
    notice: ['text_id', 'text_en', 'valid_from'],
  };
  const long = `Nama Panjang ${'x'.repeat(5000)}`;
  const values = [null, {}, [], [null, {}], 7, '', long];
  await change(['reference'], ({ reference }) => {
    for (const [kind, names] of Object.entries(kinds)) {
      values.forEach((value, at) => {
        const data = Object.fromEntries(names.map((name) => [name, value]));
        reference.put({ account, kind, id: `aneh-${at}`, data });
        reference.put({ account, kind, id: `lebih-aneh-${at}`, data: value });
      });
    }
  });
  const villages = [null, { name: {} }, { name: 'Desa Tanpa Angka', rank: {}, verified: [] }];
  const day = { campaigns: {}, villages, as_of: {}, district: [] };
  const hints = { is_on: true, recipe: 'nik-name-1', key: {}, filter: 7 };
  await keep(account, { day, hints, rules: { rules: 7 } });
}"""
DETECTOR = """(text) => {
  // Debian's Chromium reads no codes: this one sees the camera's pictures, and knows the text.
  globalThis.isInSight = false;
  globalThis.seen = [];
  globalThis.BarcodeDetector = class {
    async detect(video) {
      if (!video.videoWidth) throw new Error('no picture yet');
      const [track] = video.srcObject.getTracks();
      if (!seen.includes(track)) seen.push(track);
      return isInSight ? [{ rawValue: text }] : [];
    }
  };
}"""
HOSTILE = "<img src=x onerror=\"document.title='broken'\"> \u202e{{7*7}} 'quote\""
MOST_BYTES = 150_000


def test_the_shell_is_small_and_names_no_other_host() -> None:
    files = views.assets()
    assert sum(len(asset.zipped) for asset in files.values()) < MOST_BYTES
    whole = b"".join(asset.content for asset in files.values())
    assert b"http://" not in whole.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in whole


def test_every_screen_can_be_used_by_everybody(field: Cast, code: Code, take: Take) -> None:
    hand = take()
    page = hand.page
    page.goto(f"{hand.address}/tablet/")
    expect(page.locator("#code")).to_be_visible()
    assert faults(page) == []
    device, written = code()
    a_code_whose_answer_is_lost_works_again(hand, written)
    hand.enrol(written)
    hand.synced()
    assert Device.objects.get(kader=field.siti, label=device.label).state == "active"
    for language in ("Indonesia", "English"):
        assert faults(page) == []
        page.click("#register")
        expect(page.locator("#f-nik")).to_be_visible()
        assert faults(page) == []
        page.locator(".bar button[type=submit]").click()
        expect(page.locator("#wrong-full_name")).not_to_have_text("")
        expect(page.locator("#f-nik")).to_be_focused()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.fill("#f-address", "Jl. Mesjid 4")
        page.locator(".bar a").click()
        page.locator("nav a").first.click()
        expect(page.locator(".records")).to_be_visible()
        assert faults(page) == []
        page.go_back()
        page.locator("nav a").last.click()
        expect(page.locator(".row button").first).to_be_visible()
        assert faults(page) == []
        assert "10240" not in page.locator("main").inner_text()
        if language == "Indonesia":
            page.get_by_role("button", name="English").click()
            expect(page.locator("h1")).to_have_text("More")
        page.locator(".back").click()
    page.get_by_role("button", name="Lock").click()
    expect(page.locator("input[type=password]")).to_be_focused()
    assert faults(page) == []
    page.reload()
    expect(page.locator("input[type=password]")).to_be_focused()


def a_code_whose_answer_is_lost_works_again(hand: Hand, written: str) -> None:
    page, calls = hand.page, "**/sync/devices/enrol/"

    def lost(route: Route) -> None:
        assert route.fetch().status == 201
        route.abort("internetdisconnected")

    hand.context.route(calls, lost)
    page.fill("#code", written)
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator(".wrong")).to_contain_text("kode yang sama")
    hand.context.unroute(calls)
    for _ in range(2):
        page.reload()
        expect(page.locator("#code")).to_have_value(written)
        page.get_by_role("button", name="Lanjut").click()
        expect(page.locator("#pin")).to_be_visible()


def test_hostile_names_and_another_servers_qr(field: Cast, code: Code, take: Take) -> None:
    Region.objects.filter(code="99.01.01.2002").update(name=f"Sumber Rejo {HOSTILE}")
    Campaign.objects.filter(pk=field.market.pk).update(name=HOSTILE)
    Occupation.objects.filter(code="market_trader").update(name_id=HOSTILE)
    hand = take()
    hand.page.goto(f"{hand.address}/tablet/")
    expect(hand.page.locator("#code")).to_be_visible()
    said = hand.page.evaluate(
        """async () => {
          const { takeQr } = await import('/tablet/screens/enrolment.js');
          const code = document.getElementById('code');
          const own = `${location.origin}/tablet/`;
          const other = 'https://example.invalid/tablet/#ABCD-EFGH';
          const texts = [other, 'halo', own, `${own}#ABCD-EFGH-JKMN`];
          return texts.map((text) => [takeQr(text, code), code.value]);
        }"""
    )
    assert "example.invalid" in said[0][0] and said[0][1] == ""
    assert "bukan kode" in said[1][0] and "bukan kode" in said[2][0]
    assert said[3] == ["", "ABCD-EFGH-JKMN"]
    written = code()[1]
    a_qr_is_read_by_the_camera_or_the_code_typed(hand, written)
    hand.enrol(written)
    hand.synced()
    expect(hand.page.locator("main")).to_contain_text(HOSTILE.strip())
    hand.page.click("#register")
    hand.page.fill("#f-domicile_village", "sumber")
    expect(hand.page.locator(".options")).to_contain_text("<img")
    assert hand.page.locator("main img").count() == 0
    assert hand.page.title() == "Jemput Bola"
    nonsense_that_is_cached_is_told_in_words_or_left_out(hand)


def a_qr_is_read_by_the_camera_or_the_code_typed(hand: Hand, written: str) -> None:
    page = hand.page
    scan, said = page.get_by_role("button", name="Pindai QR"), page.locator(".wrong")
    page.evaluate("delete globalThis.BarcodeDetector")
    scan.click()
    expect(said).to_contain_text("ketik kodenya")
    page.evaluate(DETECTOR, f"{hand.address}/tablet/#{written}")
    scan.click()
    expect(said).to_contain_text("Kamera tidak ada atau tidak diizinkan")
    hand.context.grant_permissions(["geolocation", "camera"])
    scan.click()
    expect(page.locator("dialog video")).to_be_visible()
    page.locator("dialog button").click()
    expect(page.locator("dialog")).to_have_count(0)
    page.evaluate("globalThis.isInSight = true")
    scan.click()
    expect(page.locator("#code")).to_have_value(written)
    expect(page.locator("dialog")).to_have_count(0)
    expect(said).to_have_text("")
    assert page.evaluate("seen.length > 0 && seen.every((one) => one.readyState === 'ended')")


def nonsense_that_is_cached_is_told_in_words_or_left_out(hand: Hand) -> None:
    page = hand.page
    hand.goes_offline()
    page.evaluate(NONSENSE_IS_CACHED)
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(page, AT_HOME)
    expect(page.locator("#standings")).to_contain_text("Desa Tanpa Angka")
    expect(page.locator("main")).to_contain_text("Tanpa nama")
    makes_sense(page)
    page.click("#new-lead")
    expect(page.locator("#f-campaign")).to_contain_text("Tanpa nama")
    expect(page.locator(".notice-text")).to_contain_text("Anda belum terdaftar")
    makes_sense(page)
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(page, AT_HOME)
    page.click("#register")
    for name, value in zip(("nik", "full_name", "birth_date"), FIRST, strict=False):
        page.fill(f"#f-{name}", value)
    page.get_by_label(FIRST[3], exact=True).check()
    page.select_option("#f-occupation", index=1)
    page.fill("#f-monthly_income", "1000000")
    expect(page.locator("#quote")).to_contain_text("Iuran dihitung setelah")
    page.fill("#f-domicile_village", "nama panjang")
    expect(page.locator(".options button")).to_have_count(1)
    makes_sense(page)
    page.fill("#f-domicile_village", "sumber")
    page.locator(".options button").first.click()
    page.check("#f-consent-ticked")
    page.check("#f-working_declaration")
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#outbox")).to_contain_text("1 belum terkirim")
    expect(page.locator("#notice-failed")).to_have_count(0)


def makes_sense(page: Page) -> None:
    """Nothing is shown that is not for people, and nothing wider than the screen."""
    shown = page.locator("main").inner_text()
    for nonsense in ("[object", "undefined", "null", "NaN", "Invalid Date"):
        assert nonsense not in shown
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def assets(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has the server bring out a new version, whose style ends with a text."""

    def bring_out(text: str) -> None:
        files = dict(views.assets())
        style = views._asset("tablet.css", files["tablet.css"].content + text.encode())
        plain = {name: one.content for name, one in files.items() if name != views.WORKER}
        plain["tablet.css"] = style.content
        plain[views.WORKER] = (views.FOLDER / views.WORKER).read_bytes()
        files["tablet.css"] = style
        files[views.WORKER] = views._asset(views.WORKER, views._worker(plain))
        monkeypatch.setattr(views, "assets", lambda: files)

    return bring_out


SYNCS_NOTHING_ITSELF = """async () => {
  const { app } = await import('/tablet/main.js');
  app.courier.run = async () => undefined;
}"""
NOTHING_IS_INSTALLED = """await navigator.serviceWorker.getRegistration().then(
  (found) => found.installing === null && found.waiting === null)"""


def test_a_new_version_is_used_in_all_windows_and_nothing_unsent_is_lost(
    field: Cast,
    code: Code,
    take: Take,
    assets: Callable[[str], None],
    photo_folder: Path,
) -> None:
    hand = take(worker=True)
    hand.enrol(code()[1])
    hand.synced()
    page = hand.page
    hand.controlled()
    portal = "**/tablet/tablet.css"
    hand.context.route(portal, lambda route: route.fulfill(status=200, body="<h1>Wi-Fi</h1>"))
    page.click("#register")
    page.fill("#f-full_name", "Siti Setengah Jalan")
    assets("body { outline: 0 solid #123456; }")
    renew = "navigator.serviceWorker.getRegistration().then((r) => r.update()).catch(() => null)"
    page.evaluate(renew)
    until(page, NOTHING_IS_INSTALLED)
    assert page.locator("#notice-version").count() == 0
    hand.context.unroute(portal)
    page.evaluate(renew)
    expect(page.locator("#notice-version")).to_contain_text("Versi baru")
    hand.page = hand.another_window()
    hand.unlock()
    page.fill("#f-address", "Jl. Mesjid 4")
    hand.page.get_by_role("button", name="Pakai sekarang").click()
    for window in (page, hand.page):
        expect(window.locator("input[type=password]")).to_be_visible()
    hand.goes_offline()
    hand.page, other = page, hand.page
    hand.unlock()
    assert "123456" in page.evaluate("fetch('/tablet/tablet.css').then((a) => a.text())")
    page.click(".state.draft")
    page.click(".records a")
    assert page.input_value("#f-full_name") == "Siti Setengah Jalan"
    assert page.input_value("#f-address") == "Jl. Mesjid 4"

    # One window a record.
    hand.page = other
    hand.unlock()
    other.goto(page.url)
    expect(other.locator("main")).to_contain_text("jendela lain")
    page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(page, AT_HOME)
    other.get_by_role("link", name="Kembali").click()
    until(other, AT_HOME)
    other.click(".state.draft")
    other.click(".records a")
    assert other.input_value("#f-full_name") == "Siti Setengah Jalan"
    other.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(other, AT_HOME)
    hand.page = page
    photos_are_waited_for_and_all_windows_know_what_was_sent(hand, other)


def photos_are_waited_for_and_all_windows_know_what_was_sent(hand: Hand, other: Page) -> None:
    other.evaluate(SYNCS_NOTHING_ITSELF)
    hand.register_in_the_background(1)
    before = hand.page.locator("#outbox").get_attribute("data-synced")
    photos = "**/sync/photos/**"
    hand.context.route(photos, lambda route: route.abort("internetdisconnected"))
    hand.goes_offline(gone=False)
    for window in (hand.page, other):
        expect(window.locator("#outbox")).to_contain_text("1 foto belum terkirim")
        expect(window.locator("#outbox")).not_to_contain_text("1 belum terkirim")
    assert hand.page.locator("#outbox").get_attribute("data-synced") != before
    hand.page.get_by_role("button", name="Kunci").click()
    expect(hand.page.locator("form")).to_contain_text("1 foto belum terkirim")
    hand.context.unroute(photos)
    hand.unlock()
    for window in (hand.page, other):
        expect(window.locator("#outbox")).to_contain_text("Semua sudah terkirim")
