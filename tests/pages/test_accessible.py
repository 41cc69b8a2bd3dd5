"""Each rule of `faults` finds what it is there for, and leaves a sound page alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.accessible import faults

pytestmark = pytest.mark.browser

SOUND = """<!doctype html><html lang="id"><title>Judul</title>
<style>body {{ margin: 0; font: 16px/1.5 sans-serif; color: #17262b; background: #fff }}
:focus-visible {{ outline: 3px solid #0f5f94 }}
.tiny {{ width: 12px; height: 12px; padding: 0 }}</style>
<body><a class="skip" href="#page">Lewati</a>
<header><nav aria-label="Halaman"><a href="/">Awal</a></nav></header>
<main id="page"><h1>Judul</h1>{}</main></body></html>"""


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize(
    "part",
    [
        '<label>Nama <input></label><label for="a">Desa</label><select id="a"></select>',
        '<p>Kalimat dengan <a href="/x">tautan</a> di dalamnya.</p>',
        '<button><svg aria-hidden="true"></svg><span>Kirim</span></button>',
        '<button aria-label="Tutup">×</button><input type="submit" value="Kirim">',
        '<img alt="" src="data:,"><svg role="img"><title>Peta</title><text>Hulu</text></svg>',
        '<h2>Satu</h2><h3>Dua</h3><h2>Tiga</h2><p lang="en">Three</p>',
        '<table><tr><th scope="col">A</th></tr><tr><td>1</td></tr></table>',
        '<svg><a href="/x"><title>Hulu</title><path d="M0 0h40v40z"/></a></svg>',
        "<dl><div><dt>A</dt><dd>1</dd></div></dl><ul><li>1</li></ul>",
        "<fieldset><legend>A</legend><label><input type=radio name=r> Ya</label></fieldset>",
        '<p style="background: #0b5c4f; color: #fff">Jelas</p>',
        '<div hidden><input><p id="x">x</p><h4>Belum</h4></div>',
        '<a href="/x" style="display: block; font-size: 10px; line-height: 1; margin: 20px">x</a>',
        '<nav aria-label="Wilayah"></nav>',
    ],
)
def test_a_sound_page_has_no_faults(blank: Page, part: str) -> None:
    blank.set_content(SOUND.format(part))
    assert faults(blank) == []


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("no name", '<input placeholder="Nama">'),
        ("no name", '<label for="b">Nama</label><input id="a"><i id="b">x</i>'),
        ("no name", "<select></select>"),
        ("no name", "<textarea></textarea>"),
        ("no name", '<button><svg aria-hidden="true"><text>x</text></svg></button>'),
        ("no name", '<a href="/x"><img alt="" src="data:,"></a>'),
        ("no name", '<svg role="img"></svg>'),
        ("no name", '<progress value="0.3"></progress>'),
        ("no alt", '<img src="data:,">'),
        ("id used 2 times", '<p id="x">1</p><p id="x">2</p>'),
        ("aria-describedby refers to nothing", '<button aria-describedby="no">Ya</button>'),
        ("for refers to nothing", '<label for="no">Nama</label>'),
        ("leads nowhere", '<p>Ke <a href="#no">bawah</a></p>'),
        ("h1: 2", "<h1>Lagi</h1>"),
        ("heading skips a level", "<h3>Tiga</h3>"),
        ("empty heading", "<h2></h2>"),
        ("no language", '<p lang="">x</p>'),
        ("main: 2", "<main></main>"),
        ("nav not told apart", "<nav></nav>"),
        ("outside of landmarks", "</main><p>Tersesat</p>"),
        ("table without headers", "<table><tr><td>1</td></tr></table>"),
        ("header without scope", "<table><tr><th>1</th></tr></table>"),
        ("empty header", '<table><tr><th scope="col"></th></tr></table>'),
        ("not a list item", "<ul><p>1</p></ul>"),
        ("not in dl", "<dl><p>1</p></dl>"),
        ("item of no list", "<li>1</li>"),
        ("no legend", "<fieldset><label>A <input></label></fieldset>"),
        ("no such state as aria-labeledby", '<p aria-labeledby="page">x</p>'),
        ("tabindex above 0", '<button tabindex="2">Ya</button>'),
        ("hidden, yet focusable", '<p aria-hidden="true"><button aria-label="x">x</button></p>'),
        ("control in a control", '<a href="/x">x <span tabindex="0">y</span></a>'),
        (
            "too small to touch",
            '<button class="tiny">a</button><button class="tiny">b</button>',
        ),
        ("faint", '<p style="color: #999">Pucat</p>'),
        ("faint", '<p style="color: #0006">Pucat</p>'),
        ("faint", '<p style="opacity: .5">Pucat</p>'),
        ("faint", '<div style="background: #0b5c4f">Gelap</div>'),
        ("faint", '<label>Nama <input value="Pucat" style="color: #aaa"></label>'),
        ("focus not seen", '<button style="outline: none">Ya</button>'),
        ("focus faint", '<button style="outline-color: #ddd">Ya</button>'),
    ],
)
def test_each_fault_is_found(blank: Page, rule: str, part: str) -> None:
    blank.set_content(SOUND.format(part))
    assert any(fault.startswith(rule) for fault in faults(blank)), faults(blank)


def test_what_concerns_the_whole_page_is_found(blank: Page) -> None:
    blank.set_content(
        '<html><meta name="viewport" content="user-scalable=no">'
        '<meta http-equiv="refresh" content="900"><body><p>x</p></body></html>'
    )
    found = " ".join(faults(blank))
    for rule in ("h1: 0", "no language", "no title", "no zoom", "reloads by itself", "main: 0"):
        assert rule in found
