from outreach.models.activities import (
    ChecklistMark,
    RamadanPeriod,
    SupervisedBusiness,
    TravelRule,
)
from outreach.models.campaigns import Campaign, CampaignMember, CampaignTarget, Partner, Stop
from outreach.models.changes import Change
from outreach.models.claims import Claim
from outreach.models.contributions import (
    ContributionLoad,
    ContributionRelief,
    ContributionRule,
    IncomeBracket,
    IncomeBracketTable,
)
from outreach.models.decisions import Decision, Disclosure
from outreach.models.detecting import (
    DetectorRule,
    FindingRemark,
    FlagRemark,
    LookedAt,
    MonthFinding,
    Watched,
)
from outreach.models.flags import Flag, PastFlag
from outreach.models.imports import Import, ImportedFile, ImportRow
from outreach.models.kader import (
    AccountChange,
    Agency,
    AssignmentLetter,
    CommunityRole,
    KaderVillage,
    StatementQuestion,
    Training,
)
from outreach.models.keys import KeyMark
from outreach.models.matching import (
    CrowdedKey,
    MatchKey,
    MatchPair,
    MatchRecord,
    PairVerdict,
)
from outreach.models.membership import HandOff, HandOffRow, HeldResult, Membership, Payment
from outreach.models.messages import KaderMessage
from outreach.models.notes import (
    Attendance,
    Lead,
    LeadDisclosure,
    LeadEvent,
    LeadRetention,
    NoteDecision,
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
from outreach.models.recontact import (
    RecontactCall,
    RecontactCase,
    RecontactSample,
    RecontactStratum,
)
from outreach.models.region_changes import ChangedDenominator, RegionChange, VillageChoice
from outreach.models.registrations import (
    ConsentNotice,
    Occupation,
    PastPlacement,
    Person,
    Registration,
    Revision,
)
from outreach.models.sessions import BrowserSession
from outreach.models.standings import (
    CampaignTally,
    Formula,
    FrozenStanding,
    Standing,
    StandingSnapshot,
    VillageOfficials,
    VillageTally,
)
from outreach.models.targets import IncentiveRule, OfficeTarget
from outreach.models.territory import OfficeTerritory, TerritoryChange

__all__ = [
    "AccountChange",
    "Agency",
    "AssignmentLetter",
    "Attendance",
    "Boundary",
    "BoundaryChange",
    "BoundarySet",
    "BrowserSession",
    "Campaign",
    "CampaignMember",
    "CampaignTally",
    "CampaignTarget",
    "Change",
    "ChangedDenominator",
    "ChecklistMark",
    "Claim",
    "CommunityRole",
    "ConsentNotice",
    "ContributionLoad",
    "ContributionRelief",
    "ContributionRule",
    "CrowdedKey",
    "Decision",
    "Denominator",
    "DetectorRule",
    "Disclosure",
    "FindingRemark",
    "Flag",
    "FlagRemark",
    "FollowedChanges",
    "Formula",
    "FrozenStanding",
    "HandOff",
    "HandOffRow",
    "HeldResult",
    "Import",
    "ImportRow",
    "ImportedFile",
    "IncentiveRule",
    "IncomeBracket",
    "IncomeBracketTable",
    "KaderMessage",
    "KaderVillage",
    "KeyMark",
    "Lead",
    "LeadDisclosure",
    "LeadEvent",
    "LeadRetention",
    "LookedAt",
    "MatchKey",
    "MatchPair",
    "MatchRecord",
    "Membership",
    "MonthFinding",
    "NoteDecision",
    "NoteVersion",
    "Occupation",
    "Office",
    "OfficeTarget",
    "OfficeTerritory",
    "PairVerdict",
    "Partner",
    "PastFlag",
    "PastPlacement",
    "Payment",
    "Person",
    "Photo",
    "RamadanPeriod",
    "RecontactCall",
    "RecontactCase",
    "RecontactSample",
    "RecontactStratum",
    "Region",
    "RegionAlias",
    "RegionChange",
    "Registration",
    "Revision",
    "Standing",
    "StandingSnapshot",
    "StatementQuestion",
    "Stop",
    "SupervisedBusiness",
    "TerritoryChange",
    "Training",
    "TravelRule",
    "User",
    "VillageChoice",
    "VillageOfficials",
    "VillageTally",
    "Watched",
]
