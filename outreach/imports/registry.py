"""Every kind of import, by its name."""

from outreach.imports.kinds import Kind

ALL: tuple[Kind, ...] = ()
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}
