"""What goes wrong in the field: networks that lie, tablets that are killed, servers that forget."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Route, expect

from outreach.models import Photo, Registration
from sync.devices import change_state, renew_code
from sync.models import Device, HeldRecord, TokenFamily
from tests.cast import Cast, pushed
from tests.sync.tablet.conftest import PIN, Hand, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Code = Callable[..., tuple[Device, str]]
Take = Callable[..., Hand]

FIRST = ("9901014503840002", "Siti Aminah Harahap", "1984-03-05")
REGISTERING = Path(__file__).with_name("registering.js").read_text()
PATIENCE_S = 120
FOR_CALLS = 60
SECOND = ("9901010404930006", "Togar Simanjuntak", "1993-04-04", "Laki-laki")


def register_in_the_background(hand: Hand, count: int, side: int = 64) -> None:
    """Records with a photo of noise each, as the form makes them, without the typing."""
    hand.page.evaluate(REGISTERING, [count, side])


SYNC_UNTIL_ALL_IS_SENT = """async (patience_s) => {
  const { app } = await import('/tablet/main.js');
  const { photosOf } = await import('/tablet/photos.js');
  const { rows, tally } = await import('/tablet/records.js');
  for (const end = Date.now() + patience_s * 1000; ;) {
    while (app.courier.isBusy) await new Promise((resolve) => setTimeout(resolve, 50));
    await app.courier.run();
    const { account } = app.session;
    const left = [tally(await rows(account)).waiting ?? 0, (await photosOf(account)).length];
    if (left.every((one) => one === 0) || Date.now() > end) return left;
  }
}"""
HALF_IS_KEPT = """await import('/tablet/main.js').then(async ({ app }) => {
  const { entry } = await import('/tablet/records.js');
  const one = await entry(app.session, location.hash.split('/').at(-1));
  return one.content.wire.full_name === 'Diketik Setengah';
})"""
AS_IN_VERSION_1 = """async () => {
  const name = 'jemput-bola-tablet';
  const done = (asked) => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const now = await done(indexedDB.open(name));
  const rows = {}, keys = {};
  for (const one of now.objectStoreNames) {
    const store = now.transaction(one).objectStore(one);
    rows[one] = await done(store.getAll());
    keys[one] = store.keyPath;
  }
  now.close();
  const own = ({ account, record, sha256 }) => [account, record, sha256].join();
  const sealed = new Map(rows.pictures.map((one) => [own(one), one.sealed]));
  rows.photos = rows.photos.map((one) => ({ ...one, sealed: sealed.get(own(one)) }));
  for (const kind of [rows, keys]) delete kind.pictures;
  await done(indexedDB.deleteDatabase(name));
  const asked = indexedDB.open(name, 1);
  asked.onupgradeneeded = () => {
    const made = asked.result;
    for (const [one, keyPath] of Object.entries(keys)) made.createObjectStore(one, { keyPath });
  };
  const then = await done(asked);
  const change = then.transaction(Object.keys(rows), 'readwrite');
  for (const [one, all] of Object.entries(rows)) {
    for (const row of all) change.objectStore(one).put(row);
  }
  await new Promise((resolve) => { change.oncomplete = resolve; });
  then.close();
  return rows.photos.filter((one) => one.sealed).length;
}"""


def settled(hand: Hand) -> None:
    """Sync again and again until nothing waits any more, records and photos."""
    assert hand.page.evaluate(SYNC_UNTIL_ALL_IS_SENT, PATIENCE_S) == [0, 0]


class Lossy:
    """A network that for a while loses requests, loses answers, and lies, in turns."""

    def __init__(self) -> None:
        self.calls = 0
        self.lost = 0

    def __call__(self, route: Route) -> None:
        self.calls += 1
        turn = self.calls % 9 if self.calls < FOR_CALLS else 0
        self.lost += turn in {1, 3, 5, 8}
        if turn == 1:
            route.abort("connectionreset")
        elif turn == 3:
            route.fetch()
            route.abort("connectionreset")
        elif turn == 5:
            route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi hotel</h1>")
        elif turn == 8:
            route.fetch()
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
        else:
            route.continue_()


def test_forty_workers_a_killed_tablet_an_older_database_and_a_bad_network(
    field: Cast,
    code: Code,
    take_kept: Callable[..., Hand],
    photo_folder: Path,
) -> None:
    hand = take_kept()
    hand.enrol(code()[1])
    hand.synced()
    hand.controlled()
    hand.goes_offline()
    register_in_the_background(hand, 39)
    hand.page.click("#register")
    hand.page.fill("#f-full_name", "Diketik Setengah")
    until(hand.page, HALF_IS_KEPT)
    hand = take_kept(killed=hand)
    hand.goes_offline()
    hand.page.goto(f"{hand.address}/tablet/icon.svg")
    assert hand.page.evaluate(AS_IN_VERSION_1) == 39
    hand.unlock()
    expect(hand.page.locator("#outbox")).to_contain_text("39 belum terkirim")
    hand.page.click(".state.draft")
    hand.page.click(".records a")
    assert hand.page.input_value("#f-full_name") == "Diketik Setengah"
    hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()

    lossy = Lossy()
    hand.context.route("**/api/v1/**", lossy)
    hand.goes_offline(gone=False)
    settled(hand)
    hand.context.unroute("**/api/v1/**")
    hand.sync()
    assert lossy.lost > 10
    assert Registration.objects.count() == 39
    assert Registration.objects.filter(revision=1).count() == 39
    assert Photo.objects.filter(is_declared=True).count() == 39
    expect(hand.page.locator("#outbox")).to_contain_text("Semua sudah terkirim")


def test_tokens_that_ended_wait_for_a_new_code(field: Cast, code: Code, take: Take) -> None:
    device, written = code()
    hand = take()
    hand.enrol(written)
    hand.synced()
    TokenFamily.objects.all().delete()
    hand.page.evaluate(ACCESS_IS_OVER)
    hand.register(*FIRST)
    expect(hand.page.locator("#outbox")).to_contain_text("terlalu lama tidak terhubung")
    assert not Registration.objects.exists()
    other = code(field.budi)[1]
    again = renew_code(device.pk, field.rina, timezone.now())[2]
    hand.page.get_by_role("link", name="Masukkan kode baru").click()
    for typed, said in ((other, "untuk tablet lain"), ("AAAA-BBBB", "tidak berlaku")):
        hand.page.fill("#new-code", typed)
        hand.page.get_by_role("button", name="Lanjut").click()
        expect(hand.page.locator("form .wrong")).to_contain_text(said)
    hand.page.fill("#new-code", again)
    hand.page.get_by_role("button", name="Lanjut").click()
    hand.synced()
    assert Registration.objects.get().full_name == FIRST[1]

    # A new code scanned while the tablet is locked keeps what it holds.
    hand.goes_offline()
    hand.register(*SECOND)
    hand.page.get_by_role("button", name="Kunci").click()
    hand.goes_offline(gone=False)
    again = renew_code(device.pk, field.rina, timezone.now())[2]
    hand.page.goto(f"{hand.address}/tablet/#{again}")
    hand.page.get_by_role("button", name="Lanjut").click()
    expect(hand.page.locator("form")).to_contain_text("PIN yang lama")
    for pin, said in (("731946", "PIN salah"), (PIN, "")):
        hand.page.locator("input[type=password]").fill(pin)
        hand.page.get_by_role("button", name="Buka").click()
        if said:
            expect(hand.page.locator("form .wrong")).to_contain_text(said)
    hand.synced()
    assert set(Registration.objects.values_list("full_name", flat=True)) == {FIRST[1], SECOND[1]}


def test_two_kader_share_a_tablet_and_open_only_their_own(
    field: Cast, code: Code, take: Take
) -> None:
    hand = take()
    hand.enrol(code()[1])
    hand.synced()
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
    siti = hand.page.locator("form", has_text=field.siti.full_name)
    siti.locator("input").fill("731946")
    siti.get_by_role("button").click()
    expect(siti.locator(".wrong")).to_contain_text("PIN salah")
    siti.locator("input").fill(PIN)
    siti.get_by_role("button").click()
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


ACCESS_IS_OVER = """async () => {
  const { app } = await import('/tablet/main.js');
  const { keep } = await import('/tablet/accounts.js');
  const { seal } = await import('/tablet/vault.js');
  const { account, key, refresh } = app.session;
  const tokens = await seal(key, `tokens ${account}`, { access: 'over', refresh });
  await keep(account, { tokens });
  app.session.access = 'over';
}"""


def test_revoked_tablets_hand_over_and_erase_themselves(
    field: Cast, code: Code, take: Take
) -> None:
    device, written = code()
    hand = take()
    hand.enrol(written)
    hand.synced()
    hand.goes_offline()
    hand.register(*FIRST)
    hand.page.click("#register")
    hand.page.fill("#f-full_name", "Belum Selesai")
    hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()
    revoke(device, field, hand_over=True)
    hand.goes_offline(gone=False)
    # It syncs by itself as soon as there is signal.
    expect(hand.page.locator("#notices")).to_contain_text("sudah diserahkan dan dihapus")
    stored = Registration.objects.get()
    assert stored.full_name == FIRST[1]
    assert "handed_over" in stored.flags.values_list("code", flat=True)
    assert HeldRecord.objects.count() == 1
    assert hand.page.evaluate(ROWS_LEFT) == [0, 0, 0, 0, 0]
    device.refresh_from_db()
    assert device.handed_over_at

    # A stolen one erases itself at its first call.
    device, written = code()
    hand.enrol(written)
    hand.synced()
    hand.goes_offline()
    hand.register(*SECOND)
    revoke(device, field, hand_over=False)
    hand.goes_offline(gone=False)
    expect(hand.page.locator("#notices")).to_contain_text("dihapus atas perintah kantor")
    assert hand.page.evaluate(ROWS_LEFT) == [0, 0, 0, 0, 0]
    assert Registration.objects.get().full_name == FIRST[1]

    # One that hears of it when all is sent, and only what became of it is still to be asked.
    device, written = code()
    hand.enrol(written)
    hand.synced()
    hand.context.route("**/sync/receipts/", lambda route: route.abort("internetdisconnected"))
    register_in_the_background(hand, 1)
    hand.page.click("#sync")
    expect(hand.page.locator("#sync-text")).to_contain_text("Tidak ada sinyal")
    revoke(device, field, hand_over=True)
    hand.context.unroute("**/sync/receipts/")
    hand.page.click("#sync")
    expect(hand.page.locator("#notices")).to_contain_text("dihapus atas perintah kantor")
    assert hand.page.evaluate(ROWS_LEFT) == [0, 0, 0, 0, 0]
    assert (Registration.objects.count(), Photo.objects.count()) == (2, 1)


ROWS_LEFT = """async () => {
  const { read } = await import('/tablet/database.js');
  const names = ['accounts', 'records', 'photos', 'pictures', 'reference'];
  return Promise.all(names.map((name) => read(name, (store) => store.count())));
}"""


def revoke(device: Device, field: Cast, *, hand_over: bool) -> None:
    state = Device.State.REVOKED
    change_state(device.pk, state, "Hilang", field.rina, timezone.now(), hand_over=hand_over)


def test_a_server_restored_from_a_backup_gets_again_what_it_forgot(
    field: Cast, code: Code, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = take()
    hand.enrol(code()[1])
    hand.synced()
    empty = empty_tables()
    hand.register(*FIRST)
    hand.synced()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(empty)}")
    monkeypatch.setattr("sync.pulling.epoch", lambda: "another-history")
    assert not Registration.objects.exists()
    hand.sync()
    again = Registration.objects.get()
    assert (again.full_name, again.revision) == (FIRST[1], 1)


def empty_tables() -> list[str]:
    """Our own tables that are to be emptied to bring this moment back."""
    with connection.cursor() as cursor:
        names = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("outreach_", "sync_"))
        ]
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}' WHERE NOT EXISTS (SELECT FROM {name})" for name in names
            )
        )
        return [name for (name,) in cursor.fetchall()]


TOO_LARGE_FOR_A_PROXY = 3
NONSENSE = """async () => {
  const { app } = await import('/tablet/main.js');
  const { change } = await import('/tablet/database.js');
  const account = app.session.account;
  await change(['records'], ({ records }) => void records.add({ account, id: 'nonsense' }));
}"""


def test_proxies_that_refuse_and_a_damaged_database_stop_nobody(
    field: Cast, code: Code, take: Take
) -> None:
    hand = take()
    hand.enrol(code()[1])
    hand.synced()
    hand.goes_offline()
    register_in_the_background(hand, TOO_LARGE_FOR_A_PROXY + 1)
    hand.page.evaluate(NONSENSE)

    refused: list[int] = []

    def at_a_proxy(route: Route) -> None:
        sent = route.request.post_data_buffer or b""
        content = gzip.decompress(sent) if sent[:2] == b"\x1f\x8b" else sent
        number = len(json.loads(content)["registrations"])
        if number >= TOO_LARGE_FOR_A_PROXY:
            refused.append(number)
            route.fulfill(status=413, content_type="text/html", body="<h1>Too large</h1>")
        elif len(refused) == 1:
            refused.append(0)
            route.fulfill(status=204)
        else:
            route.continue_()

    hand.context.route("**/sync/push/", at_a_proxy)
    hand.goes_offline(gone=False)
    hand.page.evaluate(SYNC_UNTIL_ALL_IS_SENT, PATIENCE_S)
    assert refused[:2] == [TOO_LARGE_FOR_A_PROXY + 1, 0]
    assert Registration.objects.count() == TOO_LARGE_FOR_A_PROXY + 1

    hand.page.evaluate("location.assign('/tablet/')")
    hand.unlock()
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".records")).to_contain_text("rusak")
    hand.faults.clear()


def test_what_was_altered_on_the_tablet_is_told_and_the_rest_goes_on(
    field: Cast, code: Code, take: Take
) -> None:
    hand = take()
    hand.enrol(code()[1])
    hand.synced()
    hand.goes_offline()
    hand.register(*FIRST)
    hand.page.evaluate(
        """async () => {
          const { change, answer } = await import('/tablet/database.js');
          await change(['records'], async ({ records }) => {
            const [row] = await answer(records.getAll());
            new Uint8Array(row.sealed.data)[5] ^= 1;
            records.put(row);
          });
        }"""
    )
    hand.register(*SECOND)
    hand.goes_offline(gone=False)
    hand.page.click("#sync")
    expect(hand.page.locator(".state.accepted")).to_contain_text("1")
    assert Registration.objects.get().full_name == SECOND[1]
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".records")).to_contain_text("tidak dapat dibaca")
