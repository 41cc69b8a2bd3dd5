from outreach.models.campaigns import Campaign, CampaignMember, CampaignTarget, Partner, Stop
from outreach.models.changes import Change
from outreach.models.imports import Import, ImportedFile, ImportRow
from outreach.models.keys import KeyMark
from outreach.models.matching import (
    CrowdedKey,
    MatchKey,
    MatchPair,
    MatchRecord,
    PairVerdict,
)
from outreach.models.membership import HandOff, HandOffRow, HeldResult, Membership, Payment
from outreach.models.notes import (
    Attendance,
    Lead,
    LeadDisclosure,
    LeadEvent,
    LeadRetention,
    NoteVersion,
)
from outreach.models.people import Office, User
from outreach.models.photos import FollowedChanges, Photo
from outreach.models.places import (
    Boundary,
    BoundaryChange,
    BoundarySet,
    Denominator,
    Region,
    RegionAlias,
)
from outreach.models.registrations import (
    ConsentNotice,
    Decision,
    Disclosure,
    Flag,
    Occupation,
    PastFlag,
    PastPlacement,
    Person,
    Registration,
    Revision,
)
from outreach.models.standings import CampaignTally, Formula, Standing, VillageTally

__all__ = [
    "Attendance",
    "Boundary",
    "BoundaryChange",
    "BoundarySet",
    "Campaign",
    "CampaignMember",
    "CampaignTally",
    "CampaignTarget",
    "Change",
    "ConsentNotice",
    "CrowdedKey",
    "Decision",
    "Denominator",
    "Disclosure",
    "Flag",
    "FollowedChanges",
    "Formula",
    "HandOff",
    "HandOffRow",
    "HeldResult",
    "Import",
    "ImportRow",
    "ImportedFile",
    "KeyMark",
    "Lead",
    "LeadDisclosure",
    "LeadEvent",
    "LeadRetention",
    "MatchKey",
    "MatchPair",
    "MatchRecord",
    "Membership",
    "NoteVersion",
    "Occupation",
    "Office",
    "PairVerdict",
    "Partner",
    "PastFlag",
    "PastPlacement",
    "Payment",
    "Person",
    "Photo",
    "Region",
    "RegionAlias",
    "Registration",
    "Revision",
    "Standing",
    "Stop",
    "User",
    "VillageTally",
]
