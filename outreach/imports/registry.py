"""Every kind of import, by its name."""

from outreach.imports.kinds import Kind
from outreach.membership.results import HAND_OFF_RESULTS
from outreach.places import denominator_files

ALL: tuple[Kind, ...] = (HAND_OFF_RESULTS, denominator_files.KIND)
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}
