"""Every kind of import, by its name."""

from outreach.imports.kinds import Kind
from outreach.membership.results import HAND_OFF_RESULTS
from outreach.standings.officials import VILLAGE_OFFICIALS

ALL: tuple[Kind, ...] = (HAND_OFF_RESULTS, VILLAGE_OFFICIALS)
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}
