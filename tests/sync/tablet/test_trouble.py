"""What goes wrong in the field: networks that lie, tablets that are killed, servers that forget."""

import gzip
import json
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Route, expect

from outreach.models import Photo, Registration
from sync.models import Device
from tests.cast import Cast
from tests.sync.tablet.conftest import AT_HOME, FIRST, SECOND, Code, Hand, Take, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOR_CALLS = 60
TOO_LARGE_FOR_A_PROXY = 3
HALF_IS_KEPT = """await import('/tablet/main.js').then(async ({ app }) => {
  const { entry } = await import('/tablet/records.js');
  const one = await entry(app.session, location.hash.split('/').at(-1));
  const { taking, wire } = one.content;
  return wire.full_name === 'Diketik Setengah' && taking === 'workplace';
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
NONSENSE = """async () => {
  const { app } = await import('/tablet/main.js');
  const { change } = await import('/tablet/database.js');
  const account = app.session.account;
  await change(['records'], ({ records }) => void records.add({ account, id: 'nonsense' }));
}"""
ALTERED = """async () => {
  const { change, answer } = await import('/tablet/database.js');
  await change(['records'], async ({ records }) => {
    const [row] = await answer(records.getAll());
    new Uint8Array(row.sealed.data)[5] ^= 1;
    records.put(row);
  });
}"""

GONE = """async () => {
  const { app } = await import('/tablet/main.js');
  const { change } = await import('/tablet/database.js');
  const key = [app.session.account, location.hash.split('/').at(-1)];
  await change(['records'], ({ records }) => void records.delete(key));
}"""
NO_SUCH_STATE = """async () => {
  const { change, answer } = await import('/tablet/database.js');
  await change(['records'], async ({ records }) => {
    const [one, other] = await answer(records.getAll());
    delete one.state;
    records.put(one);
    records.put({ ...other, state: 'bogus' });
  });
}"""


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
    take_kept: Take,
    photo_folder: Path,
) -> None:
    hand = take_kept()
    hand.enrol(code()[1])
    hand.synced()
    hand.controlled()
    hand.goes_offline()
    hand.register_in_the_background(39)
    hand.page.click("#register")
    hand.page.fill("#f-full_name", "Diketik Setengah")
    with hand.page.expect_file_chooser():
        hand.page.click("label[for=f-photo_workplace]")
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
    expect(hand.page.locator("#note-photo_workplace")).to_contain_text("Ambil lagi")
    hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()
    until(hand.page, AT_HOME)
    # Whoever went on has been told.
    hand.page.click(".state.draft")
    hand.page.click(".records a")
    expect(hand.page.locator("#f-full_name")).to_have_value("Diketik Setengah")
    expect(hand.page.locator("#note-photo_workplace")).to_have_text("")
    hand.page.get_by_role("link", name="Simpan, lanjut nanti").click()

    lossy = Lossy()
    hand.context.route("**/api/v1/**", lossy)
    hand.goes_offline(gone=False)
    assert hand.sync_until_all_is_sent() == [0, 0]
    hand.context.unroute("**/api/v1/**")
    hand.sync()
    assert lossy.lost > 10
    assert Registration.objects.count() == 39
    assert Registration.objects.filter(revision=1).count() == 39
    assert Photo.objects.filter(is_declared=True).count() == 39
    expect(hand.page.locator("#outbox")).to_contain_text("Semua sudah terkirim")


def test_a_server_restored_from_a_backup_gets_again_what_it_forgot(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_proxies_that_refuse_and_a_damaged_database_stop_nobody(hand: Hand) -> None:
    hand.goes_offline()
    hand.register_in_the_background(TOO_LARGE_FOR_A_PROXY + 1)
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
    hand.sync_until_all_is_sent()
    device = Device.objects.get(label="Tablet 7")
    assert device.last_report and device.last_report.unsynced_registrations == 1
    assert device.last_report.oldest_unsynced_at is None
    assert refused[:2] == [TOO_LARGE_FOR_A_PROXY + 1, 0]
    assert Registration.objects.count() == TOO_LARGE_FOR_A_PROXY + 1

    hand.unlock()
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".records")).to_contain_text("rusak")


def test_what_was_altered_on_the_tablet_is_told_and_the_rest_goes_on(hand: Hand) -> None:
    hand.goes_offline()
    hand.register(*FIRST)
    hand.page.evaluate(ALTERED)
    hand.register(*SECOND)
    hand.page.evaluate(NO_SUCH_STATE)
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".state.damaged", has_text="Rusak")).to_have_count(2)
    expect(hand.page.locator("main")).not_to_contain_text("bogus")
    hand.page.get_by_role("link", name=SECOND[1]).click()
    expect(hand.page.locator("main")).to_contain_text("tekan Selesai")
    hand.page.get_by_role("button", name="Ubah").click()
    hand.page.get_by_role("button", name="Selesai").click()
    until(hand.page, AT_HOME)
    hand.goes_offline(gone=False)
    hand.page.click("#sync")
    expect(hand.page.locator(".state.accepted")).to_contain_text("1")
    assert Registration.objects.get().full_name == SECOND[1]
    hand.page.get_by_role("link", name="Catatan saya").click()
    expect(hand.page.locator(".records")).to_contain_text("tidak dapat dibaca")
    what_is_gone_is_not_said_to_be_kept(hand)


def what_is_gone_is_not_said_to_be_kept(hand: Hand) -> None:
    hand.page.get_by_role("link", name="Kembali").click()
    hand.page.click("#register")
    hand.fill(*FIRST)
    hand.page.check("#f-consent-ticked")
    hand.page.check("#f-working_declaration")
    hand.page.evaluate(GONE)
    hand.page.get_by_role("button", name="Selesai").click()
    expect(hand.page.locator("#notice-failed")).to_contain_text("tidak ada lagi")
    expect(hand.page.locator("#f-full_name")).to_have_value(FIRST[1])
    expect(hand.page.locator("#notice-saved")).to_have_count(0)
    hand.faults[:] = [fault for fault in hand.faults if "tidak ada lagi" not in fault]
