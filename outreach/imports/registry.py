"""Every kind of import, by its name."""

from outreach.activities.plan_file import PLANS
from outreach.imports.kinds import Kind
from outreach.kader.kader_files import KADER
from outreach.membership.results import HAND_OFF_RESULTS
from outreach.offices.target_file import TARGETS
from outreach.places.denominator_files import DENOMINATORS
from outreach.standings.officials import VILLAGE_OFFICIALS

ALL: tuple[Kind, ...] = (HAND_OFF_RESULTS, TARGETS, VILLAGE_OFFICIALS, DENOMINATORS, KADER, PLANS)
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}
