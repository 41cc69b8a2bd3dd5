"""What the types of campaigns are called: on pages, and in spreadsheets that people send."""

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

NAMES = {
    "market_drive": _("market drive"),
    "mobile_car": _("service car"),
    "trade_center_drive": _("trade centre drive"),
    "kader_penggerak": _("kader in their neighbourhood"),
    "awareness_session": _("awareness session"),
    "aware_village": _("aware village drive"),
    "service_counter": _("service counter"),
    "agency_drive": _("drive with a local agency"),
    "monev": _("monitoring meeting"),
    "benefit_handover": _("handing over a benefit"),
}
_INDONESIAN = {
    "gerebek pasar": "market_drive",
    "mobil keliling": "mobile_car",
    "jemput bola pusat perdagangan": "trade_center_drive",
    "kader penggerak": "kader_penggerak",
    "sosialisasi": "awareness_session",
    "gerakan desa sadar": "aware_village",
    "konter layanan": "service_counter",
    "kegiatan opd binaan": "agency_drive",
    "rapat monev": "monev",
    "penyerahan santunan": "benefit_handover",
}
_ALSO = {
    "mobil layanan": "mobile_car",
    "gerebek pusat perdagangan": "trade_center_drive",
    "desa sadar": "aware_village",
    "loket layanan": "service_counter",
    "kegiatan bersama dinas": "agency_drive",
    "monev": "monev",
    "market drive": "market_drive",
    "service car": "mobile_car",
    "trade centre drive": "trade_center_drive",
    "kader in their neighbourhood": "kader_penggerak",
    "awareness session": "awareness_session",
    "aware village drive": "aware_village",
    "service counter": "service_counter",
    "drive with a local agency": "agency_drive",
    "monitoring meeting": "monev",
    "handing over a benefit": "benefit_handover",
}
WORDS = _INDONESIAN | _ALSO | {kind.replace("_", " "): kind for kind in NAMES}
"""What may be written for a type; first what pages in Indonesian call it."""


def type_name(kind: str) -> str:
    """A type at the beginning of a line, in the reader's language; another text as it is."""
    return str(capfirst(NAMES[kind])) if kind in NAMES else kind
