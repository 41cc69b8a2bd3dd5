"""Every kind of import, by its name."""

from outreach.imports.kinds import Kind
from outreach.places import denominator_files

ALL: tuple[Kind, ...] = (denominator_files.KIND,)
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}
