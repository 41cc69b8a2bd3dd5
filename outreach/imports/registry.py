"""Every kind of import, by its name."""

from outreach.imports.kinds import Kind
from outreach.membership.results import HAND_OFF_RESULTS

ALL: tuple[Kind, ...] = (HAND_OFF_RESULTS,)
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}
