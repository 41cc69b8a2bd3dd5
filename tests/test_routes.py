"""Every route with what each role gets: a route that is not in the table fails.

Rows are `METHOD route` → statuses for, in this order, nobody, a kader, a coordinator, a supervisor,
an officer, an administrator, and a coordinator of an office that has nothing to do with it.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from outreach.imports.registry import KINDS
from outreach.membership.handing_off import hand_off
from outreach.models import (
    Decision,
    HeldResult,
    Payment,
    RecontactCase,
    Registration,
    StatementQuestion,
)
from outreach.offices.territory import ZONE
from tests.cast import PASSWORD, Cast, client_of, edited, held, held_lead, led, pushed
from tests.outreach.detecting.work import finding
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import HEADINGS, NOTICES, csv_of
from tests.outreach.kader.entries import new_entry, noted, route_kind
from tests.outreach.matching.asked import TWIN, person_of, question_about
from tests.outreach.recontact.samples import asked, drawn, verified
from tests.outreach.region_changes.changing import split_of
from tests.records import NOW, batch, record

ABOUT_KADER = {
    f"{method} api/v1/users/<int:user_id>/{kind}/{'<int:entry_id>/' * (method == 'PATCH')}": gets
    for kind in ("letters", "trainings", "agencies", "villages", "roles")
    for method, gets in (
        ("GET", "401 200 200 403 403 200 404"),
        ("POST", "401 403 201 403 403 201 404"),
        ("PATCH", "401 403 200 403 403 200 404"),
    )
}
API = ABOUT_KADER | {
    "GET api/schema/": "200 200 200 200 200 200 200",
    "POST api/v1/auth/token/": "200 200 200 200 200 200 200",
    "POST api/v1/auth/token/refresh/": "401 401 401 401 401 401 401",
    "GET api/v1/sync/devices/": "401 403 200 403 403 200 200",
    "POST api/v1/sync/devices/": "401 403 201 403 403 201 400",
    "POST api/v1/sync/devices/enrol/": "403 403 403 403 403 403 403",
    "POST api/v1/sync/devices/report/": "401 403 403 403 403 403 403",
    "GET api/v1/sync/devices/<uuid:device_id>/": "401 403 200 403 403 200 404",
    "PATCH api/v1/sync/devices/<uuid:device_id>/": "401 403 200 403 403 200 404",
    "POST api/v1/sync/devices/<uuid:device_id>/code/": "401 403 201 403 403 201 404",
    "POST api/v1/sync/devices/<uuid:device_id>/state/": "401 403 200 403 403 200 404",
    "GET api/v1/sync/clients/": "401 403 403 403 403 200 403",
    "PUT api/v1/sync/clients/<slug:client>/": "401 403 403 403 403 200 403",
    "DELETE api/v1/sync/clients/<slug:client>/": "401 403 403 403 403 204 403",
    "POST api/v1/sync/push/": "401 200 403 403 403 403 403",
    "POST api/v1/sync/receipts/": "401 200 403 403 403 403 403",
    "GET api/v1/sync/changes/": "401 200 403 403 403 403 403",
    "GET api/v1/sync/digest/": "401 200 403 403 403 403 403",
    "GET api/v1/sync/day/": "401 200 403 403 403 403 403",
    "GET api/v1/sync/hints/": "401 403 403 403 403 403 403",
    "GET api/v1/sync/limits/": "401 200 200 200 200 200 200",
    "POST api/v1/sync/photos/": "401 412 403 403 403 403 403",
    "POST api/v1/sync/photos/<uuid:upload_id>/": "401 412 403 403 403 403 403",
    "PATCH api/v1/sync/photos/<uuid:upload_id>/": "401 412 403 403 403 403 403",
    "DELETE api/v1/sync/photos/<uuid:upload_id>/": "401 412 403 403 403 403 403",
    "GET api/v1/held-records/": "401 403 200 403 403 200 200",
    "GET api/v1/held-records/<int:held_id>/": "401 403 200 403 403 200 404",
    "POST api/v1/held-records/<int:held_id>/release/": "401 403 200 403 403 403 404",
    "POST api/v1/held-records/<int:held_id>/dismiss/": "401 403 200 403 403 403 404",
    "POST api/v1/held-records/<int:held_id>/reopen/": "401 403 409 403 403 403 404",
    "POST api/v1/held-records/<int:held_id>/disclose/": "401 403 200 403 403 403 404",
    "GET api/v1/campaigns/": "401 200 200 200 200 200 200",
    "POST api/v1/campaigns/": "401 403 201 403 403 201 400",
    "GET api/v1/campaigns/<uuid:campaign_id>/": "401 200 200 200 200 200 404",
    "PATCH api/v1/campaigns/<uuid:campaign_id>/": "401 403 200 403 403 200 404",
    "GET api/v1/campaigns/<uuid:campaign_id>/days/": "401 200 200 200 200 200 404",
    "GET api/v1/campaigns/<uuid:campaign_id>/route/": "401 200 200 200 200 200 404",
    "GET api/v1/campaigns/<uuid:campaign_id>/businesses/": "401 200 200 200 200 200 404",
    "POST api/v1/campaigns/<uuid:campaign_id>/businesses/": "401 403 400 403 403 400 404",
    "PATCH api/v1/campaigns/<uuid:campaign_id>/businesses/<uuid:business_id>/": (
        "401 404 404 403 403 404 404"
    ),
    "GET api/v1/campaigns/<uuid:campaign_id>/checklist/": "401 200 200 200 200 200 404",
    "POST api/v1/campaigns/<uuid:campaign_id>/checklist/": "401 200 200 403 403 200 404",
    "GET api/v1/campaigns/<uuid:campaign_id>/attendance/": "401 200 200 200 200 200 404",
    "GET api/v1/boards/campaigns/": "401 403 200 200 200 200 200",
    "GET api/v1/held-notes/": "401 403 200 403 403 200 200",
    "POST api/v1/held-notes/<slug:note_kind>/<uuid:note_id>/release/": (
        "401 403 200 403 403 403 404"
    ),
    "POST api/v1/held-notes/<slug:note_kind>/<uuid:note_id>/dismiss/": (
        "401 403 200 403 403 403 404"
    ),
    "POST api/v1/held-notes/<slug:note_kind>/<uuid:note_id>/reopen/": (
        "401 403 409 403 403 403 404"
    ),
    "GET api/v1/lead-retention/": "401 403 403 403 403 200 403",
    "POST api/v1/lead-retention/": "401 403 403 403 403 201 403",
    "GET api/v1/leads/": "401 200 200 403 200 200 200",
    "GET api/v1/leads/<uuid:lead_id>/": "401 200 200 403 200 200 404",
    "POST api/v1/leads/<uuid:lead_id>/follow-up/": "401 200 200 403 200 403 404",
    "POST api/v1/leads/<uuid:lead_id>/link/": "401 403 200 403 200 403 404",
    "POST api/v1/leads/<uuid:lead_id>/unlink/": "401 403 409 403 409 403 404",
    "POST api/v1/leads/<uuid:lead_id>/erase/": "401 403 200 403 403 200 404",
    "POST api/v1/leads/<uuid:lead_id>/disclose/": "401 403 200 403 200 403 404",
    "GET api/v1/registrations/": "401 200 200 403 200 200 200",
    "POST api/v1/registrations/search/": "401 200 200 403 200 200 200",
    "POST api/v1/registrations/verify/": "401 403 200 403 403 403 200",
    "GET api/v1/registrations/<uuid:registration_id>/": "401 200 200 403 200 200 404",
    "POST api/v1/registrations/<uuid:registration_id>/disclose/": "401 403 200 403 200 403 404",
    "POST api/v1/registrations/<uuid:registration_id>/verify/": "401 403 200 403 403 403 404",
    "POST api/v1/registrations/<uuid:registration_id>/reject/": "401 403 200 403 403 403 404",
    "POST api/v1/registrations/<uuid:registration_id>/request-correction/": (
        "401 403 409 403 403 403 404"
    ),
    "POST api/v1/registrations/<uuid:registration_id>/reassign/": "401 403 200 403 403 403 404",
    "GET api/v1/registrations/<uuid:registration_id>/revisions/": "401 403 200 403 403 200 404",
    "POST api/v1/registrations/<uuid:registration_id>/revisions/<int:revision_id>/restore/": (
        "401 403 200 403 403 403 404"
    ),
    "POST api/v1/registrations/<uuid:registration_id>/revisions/<int:revision_id>/disclose/": (
        "401 403 200 403 403 403 404"
    ),
    "POST api/v1/decisions/<uuid:decision_id>/undo/": "401 403 200 403 403 403 404",
    "GET api/v1/reviews/": "401 403 200 403 403 200 200",
    "GET api/v1/reviews/<uuid:review_id>/": "401 403 200 403 403 200 404",
    "POST api/v1/reviews/<uuid:review_id>/same-person/": "401 403 200 403 403 403 404",
    "POST api/v1/reviews/<uuid:review_id>/different-people/": "401 403 200 403 403 403 404",
    "GET api/v1/people/<uuid:person_id>/": "401 403 200 403 403 200 404",
    "POST api/v1/people/<uuid:person_id>/merge/": "401 403 200 403 403 403 404",
    "POST api/v1/people/<uuid:person_id>/split/": "401 403 200 403 403 403 404",
    "GET api/v1/photos/<str:link>/": "404 404 404 404 404 404 404",
    "GET api/v1/imports/": "401 403 200 403 200 200 200",
    "GET api/v1/imports/kinds/": "401 403 200 403 200 200 200",
    "GET api/v1/imports/<uuid:import_id>/": "401 403 200 403 200 404 404",
    "GET api/v1/imports/<uuid:import_id>/rows/": "401 403 200 403 200 404 404",
    "POST api/v1/imports/<uuid:import_id>/confirm/": "401 403 200 403 200 404 404",
    "POST api/v1/imports/<uuid:import_id>/undo/": "401 403 409 403 409 404 404",
    "POST api/v1/imports/<slug:kind>/": "401 403 201 403 201 403 201",
    "POST api/v1/registrations/<uuid:registration_id>/withdraw/": "401 403 200 403 200 403 404",
    "GET api/v1/registrations/<uuid:registration_id>/membership/": "401 200 200 403 200 200 404",
    "POST api/v1/payments/<int:payment_id>/undo/": "401 403 403 403 200 403 403",
    "POST api/v1/held-results/apply/": "401 403 400 403 400 403 400",
    "GET api/v1/hand-offs/": "401 403 200 403 200 200 200",
    "POST api/v1/hand-offs/": "401 403 403 403 201 403 403",
    "GET api/v1/hand-offs/waiting/": "401 403 200 403 200 200 200",
    "GET api/v1/hand-offs/<uuid:hand_off_id>/": "401 403 200 403 200 200 404",
    "GET api/v1/hand-offs/<uuid:hand_off_id>/file/": "401 403 403 403 200 403 403",
    "POST api/v1/hand-offs/<uuid:hand_off_id>/take-back/": "401 403 403 403 200 403 403",
    "GET api/v1/follow-ups/": "401 200 200 403 200 200 200",
    "GET api/v1/held-results/": "401 403 200 403 200 200 200",
    "POST api/v1/held-results/<uuid:held_id>/apply/": "401 403 200 403 200 403 404",
    "POST api/v1/held-results/<uuid:held_id>/dismiss/": "401 403 200 403 200 403 404",
    "GET api/v1/users/": "401 403 200 403 403 200 200",
    "POST api/v1/users/": "401 403 403 403 403 201 403",
    "GET api/v1/offices/": "401 403 200 200 200 200 200",
    "POST api/v1/offices/": "401 403 403 403 403 201 403",
    "GET api/v1/offices/<int:office_id>/territory/": "401 403 200 200 200 200 404",
    "POST api/v1/offices/<int:office_id>/territory/": "401 403 403 403 403 201 403",
    "GET api/v1/kader/me/statement/": "401 200 403 403 403 403 403",
    "GET api/v1/kader/me/statement/questions/": "401 200 403 403 403 403 403",
    "POST api/v1/kader/me/statement/questions/": "401 201 403 403 403 403 403",
    "GET api/v1/users/<int:user_id>/statement/": "401 403 200 403 403 200 404",
    "GET api/v1/registrations/<uuid:registration_id>/flags/": "401 200 200 403 200 200 404",
    "POST api/v1/registrations/<uuid:registration_id>/flags/<slug:code>/answer/": (
        "401 200 403 403 403 403 403"
    ),
    "POST api/v1/registrations/<uuid:registration_id>/flags/<slug:code>/accept/": (
        "401 403 200 403 403 403 404"
    ),
    "POST api/v1/registrations/<uuid:registration_id>/flags/<slug:code>/uphold/": (
        "401 403 200 403 403 403 404"
    ),
    "POST api/v1/registrations/<uuid:registration_id>/flags/<slug:code>/reopen/": (
        "401 403 409 403 403 403 404"
    ),
    "GET api/v1/findings/": "401 200 200 403 403 200 200",
    "GET api/v1/findings/totals/": "401 403 200 200 403 200 200",
    "GET api/v1/findings/<int:finding_id>/": "401 200 200 403 403 200 404",
    "POST api/v1/findings/<int:finding_id>/answer/": "401 200 200 403 403 403 404",
    "POST api/v1/findings/<int:finding_id>/accept/": "401 403 200 403 403 200 404",
    "POST api/v1/findings/<int:finding_id>/uphold/": "401 403 200 403 403 200 404",
    "POST api/v1/findings/<int:finding_id>/reopen/": "401 403 409 403 403 409 404",
    "GET api/v1/recontact-samples/": "401 403 200 200 200 200 200",
    "POST api/v1/recontact-samples/": "401 403 201 403 403 403 400",
    "GET api/v1/recontact-samples/<uuid:sample_id>/": "401 403 200 200 200 200 404",
    "GET api/v1/recontact-samples/<uuid:sample_id>/cases/": "401 403 200 403 200 403 404",
    "POST api/v1/recontact-samples/<uuid:sample_id>/close/": "401 403 200 403 403 403 404",
    "GET api/v1/recontact-samples/<uuid:sample_id>/result/": "401 403 409 409 403 409 404",
    "POST api/v1/recontact-cases/<uuid:case_id>/show/": "401 403 200 403 200 403 404",
    "POST api/v1/recontact-cases/<uuid:case_id>/outcome/": "401 403 409 403 409 403 404",
    "GET api/v1/statement-questions/": "401 403 200 403 403 200 200",
    "POST api/v1/statement-questions/<uuid:question_id>/answer/": "401 403 200 403 403 403 404",
    "GET api/v1/targets/": "401 403 200 200 200 404 200",
    "PUT api/v1/targets/": "401 403 403 403 403 201 403",
    "GET api/v1/kader/me/": "401 200 403 403 403 403 403",
    "GET api/v1/kader/warnings/": "401 403 200 403 403 200 200",
    "GET api/v1/users/<int:user_id>/": "401 200 200 403 403 200 404",
    "PATCH api/v1/users/<int:user_id>/": "401 403 200 403 403 200 404",
    "GET api/v1/users/<int:user_id>/changes/": "401 403 200 403 403 200 404",
    "GET api/v1/incentives/": "401 200 200 200 200 200 200",
    "POST api/v1/incentives/": "401 403 403 403 403 201 403",
    "GET api/v1/regions/": "401 200 200 200 200 200 200",
    "GET api/v1/regions/locate/": "401 200 200 200 200 200 200",
    "GET api/v1/regions/<str:code>/": "401 200 200 200 200 200 200",
    "GET api/v1/regions/<str:code>/boundary/": "401 404 404 404 404 404 404",
    "GET api/v1/regions/<str:code>/denominators/": "401 403 200 200 200 200 200",
    "POST api/v1/contributions/quote/": "401 200 200 200 200 200 200",
    "GET api/v1/contributions/rules/": "401 200 200 200 200 200 200",
    "GET api/v1/region-changes/": "401 403 200 200 200 200 200",
    "GET api/v1/region-changes/<int:change_id>/": "401 403 200 200 200 200 200",
    "GET api/v1/region-changes/<int:change_id>/registrations/": "401 403 200 403 403 200 200",
    "POST api/v1/region-changes/<int:change_id>/choose/": "401 403 200 403 403 200 200",
    "GET api/v1/monitoring/<str:code>/": "401 403 200 200 200 200 200",
    "GET api/v1/standings/": "401 403 200 200 200 200 200",
    "GET api/v1/formulas/": "401 403 200 200 200 200 200",
    "POST api/v1/formulas/": "401 403 403 403 403 201 403",
    "GET api/v1/formulas/<str:version>/": "401 403 200 200 200 200 200",
    "PATCH api/v1/formulas/<str:version>/": "401 403 403 403 403 409 403",
    "DELETE api/v1/formulas/<str:version>/": "401 403 403 403 403 409 403",
    "GET api/v1/standings/revisions/": "401 403 200 200 200 200 200",
    "POST api/v1/standings/simulate/": "401 403 403 200 403 200 403",
    "GET api/v1/standings/<str:code>/why/": "401 403 200 200 200 200 200",
    "GET api/v1/standings/<str:code>/": "401 403 200 200 200 200 200",
}
PAGES = {
    "GET ": "302 403 302 302 302 302 302",
    "GET health/": "503 503 503 503 503 503 503",
    "GET metrics": "200 200 200 200 200 200 200",
    "GET tablet/": "200 200 200 200 200 200 200",
    "GET tablet/<path:name>": "200 200 200 200 200 200 200",
    "GET sign-in/": "200 302 302 302 302 302 302",
    "POST sign-out/": "302 302 302 302 302 302 302",
    "POST language/": "302 302 302 302 302 302 302",
    "GET monitoring/": "302 403 200 200 200 200 200",
    "GET monitoring/<str:code>/": "302 403 200 200 200 200 200",
    "GET monitoring/<str:code>/pack.<str:form>": "302 403 200 200 200 200 200",
    "GET held/": "302 403 200 403 403 200 200",
    "GET held/<int:held_id>/": "302 403 200 403 403 200 404",
    "POST held/<int:held_id>/release/": "302 403 200 403 403 403 404",
    "POST held/<int:held_id>/dismiss/": "302 403 302 403 403 403 404",
    "POST held/<int:held_id>/reopen/": "302 403 302 403 403 403 404",
    "POST held/<int:held_id>/disclose/": "302 403 200 403 403 403 404",
    "POST held/<int:held_id>/take-over/": "302 403 302 403 403 403 404",
    "GET boards/": "302 403 200 200 200 200 200",
    "GET boards/campaigns/": "302 403 200 200 200 200 200",
    "GET boards/kader/": "302 403 200 200 200 200 200",
    "GET campaigns/": "302 403 200 403 403 200 200",
    "GET campaigns/new/": "302 403 200 403 403 200 200",
    "POST campaigns/new/": "302 403 404 403 403 404 404",
    "GET campaigns/<uuid:campaign_id>/edit/": "302 403 200 403 403 200 404",
    "POST campaigns/<uuid:campaign_id>/edit/": "302 403 422 403 403 422 404",
    "GET campaigns/imports/": "302 403 200 403 403 200 200",
    "POST campaigns/imports/": "302 403 302 403 403 302 302",
    "GET campaigns/imports/<uuid:import_id>/": "302 403 404 403 403 404 404",
    "POST campaigns/imports/<uuid:import_id>/confirm/": "302 403 404 403 403 404 404",
    "GET campaigns/<uuid:campaign_id>/": "302 403 200 403 403 200 404",
    "GET campaigns/<uuid:campaign_id>/day/": "302 403 200 403 403 200 404",
    "GET queue/": "302 403 200 403 403 200 200",
    "GET queue/accept/": "302 403 200 403 403 403 200",
    "POST queue/accept/": "302 403 302 403 403 403 302",
    "GET queue/accepted/": "302 403 200 403 403 403 200",
    "POST queue/accepted/": "302 403 302 403 403 403 302",
    "GET queue/questions/<uuid:review_id>/": "302 403 200 403 403 200 404",
    "POST queue/questions/<uuid:review_id>/answer/": "302 403 302 403 403 403 404",
    "GET queue/registrations/<uuid:registration_id>/": "302 403 200 403 403 200 404",
    "POST queue/registrations/<uuid:registration_id>/decide/": "302 403 302 403 403 403 404",
    "POST queue/registrations/<uuid:registration_id>/flags/<slug:code>/": (
        "302 403 302 403 403 403 404"
    ),
    "GET queue/registrations/<uuid:registration_id>/disclose/": "302 403 302 403 403 403 302",
    "POST queue/registrations/<uuid:registration_id>/disclose/": "302 403 302 403 403 403 302",
    "POST queue/decisions/<uuid:decision_id>/undo/": "302 403 302 403 403 403 404",
    "POST queue/claims/<uuid:subject>/": "302 403 302 403 403 403 404",
    "GET regions/": "302 403 200 200 200 200 200",
    "GET regions/<str:code>/": "302 403 200 200 200 200 200",
    "GET standings/": "302 403 200 200 200 200 200",
    "GET standings/own/": "302 403 302 302 302 302 302",
    "GET standings/<str:code>/": "302 403 200 200 200 200 200",
    "GET account/": "302 200 200 200 200 200 200",
    "POST account/password/": "302 200 200 200 200 200 200",
    "POST account/sessions/": "302 302 302 302 302 302 302",
    "GET crew/": "302 403 200 403 403 200 200",
    "GET crew/new/": "302 403 200 403 403 200 200",
    "POST crew/new/": "302 403 200 403 403 200 200",
    "GET crew/<int:user_id>/": "302 403 200 403 403 200 404",
    "POST crew/<int:user_id>/": "302 403 302 403 403 302 404",
    "GET people/": "302 403 200 403 403 200 200",
    "POST people/": "302 403 302 403 403 302 302",
    "GET people/<uuid:person_id>/": "302 403 200 403 403 200 404",
    "POST people/<uuid:person_id>/disclose/": "302 403 302 403 403 403 404",
    "GET people/<uuid:person_id>/merge/<uuid:other_id>/": "302 403 200 403 403 403 404",
    "POST people/<uuid:person_id>/merge/<uuid:other_id>/": "302 403 302 403 403 403 404",
    "GET people/<uuid:person_id>/split/": "302 403 302 403 403 403 404",
    "POST people/<uuid:person_id>/split/": "302 403 302 403 403 403 404",
    "POST people/<uuid:person_id>/take-back/": "302 403 404 403 403 403 404",
    "GET tablets/": "302 403 200 403 403 200 200",
    "GET tablets/new/": "302 403 200 403 403 200 200",
    "POST tablets/new/": "302 403 200 403 403 200 200",
    "GET tablets/<uuid:device_id>/": "302 403 200 403 403 200 404",
    "GET tablets/<uuid:device_id>/revoke/": "302 403 200 403 403 200 404",
    "POST tablets/<uuid:device_id>/code/": "302 403 200 403 403 200 404",
    "POST tablets/<uuid:device_id>/state/": "302 403 302 403 403 302 404",
    "POST tablets/<uuid:device_id>/label/": "302 403 302 403 403 302 404",
    "GET standings/<str:code>/map/": "302 403 200 200 200 200 200",
}
TABLE = API | PAGES
QUERIES = {
    "GET api/v1/regions/locate/": {"lat": "3.59", "lon": "98.67", "accuracy_m": "20"},
    "GET api/v1/follow-ups/": {"list": "unpaid_7_days"},
    "GET api/v1/standings/": {"within": "99.01"},
}

NOTICES_FILE = csv_of([HEADINGS[:2], ("v1", "20-11-2026")])


def test_the_table_names_every_route_and_method_and_no_other() -> None:
    assert set(TABLE) == set(_routes(get_resolver().url_patterns))


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE)
def test_each_role_gets_what_the_table_says(
    cast: Cast, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, _, route = row.partition(" ")
    registration = pushed(cast)
    twin = pushed(cast, cast.budi, **TWIN)
    again = pushed(cast, cast.budi)
    revision = edited(cast, registration)
    Registration.objects.filter(pk=registration.pk).update(status="verified")
    decision = Decision.objects.create(
        registration=registration,
        kind="verify",
        actor=cast.rina,
        reason="papers seen",
        status_before="flagged",
        decided_at=registration.received_at,
    )
    if row == "POST api/v1/recontact-samples/":
        verified(cast, 2)
    if "imports/" in row:
        monkeypatch.setitem(KINDS, NOTICES.name, NOTICES)
    path = "/" + route
    for name, value in {
        "<uuid:campaign_id>": cast.market.pk,
        "<int:change_id>": split_of(cast.villages[0]).pk if "change_id" in row else "",
        "<uuid:registration_id>": registration.pk,
        "<uuid:subject>": registration.pk,
        "<int:revision_id>": revision.pk,
        "<int:held_id>": held(cast).pk,
        "<int:finding_id>": finding(1, cast.siti).pk if "finding_id" in row else "",
        "<uuid:sample_id>": _case(cast).sample_id if "sample_id" in row else "",
        "<uuid:case_id>": _case(cast).pk if "case_id" in row else "",
        "<uuid:lead_id>": led(cast).pk,
        "<slug:note_kind>": "lead",
        "<uuid:note_id>": held_lead(cast) if "note_id" in row else "",
        "<uuid:business_id>": uuid4(),
        "<uuid:decision_id>": decision.pk,
        "<uuid:device_id>": cast.tablet.pk,
        "<slug:client>": "tablet",
        "<str:version>": "2026-1",
        "<uuid:review_id>": question_about(registration, twin).pk,
        "<int:office_id>": cast.branch.pk,
        "<int:user_id>": cast.siti.pk,
        "<int:entry_id>": noted(cast, route) if "<int:entry_id>" in route else 0,
        "<uuid:question_id>": StatementQuestion.objects.create(
            pk=uuid4(), kader=cast.siti, registration=registration, text="Why?", asked_at=NOW
        ).pk,
        "<uuid:person_id>": person_of(registration),
        "<uuid:other_id>": person_of(twin),
        "<uuid:upload_id>": uuid4(),
        # A link says itself who may open it: see tests/sync/test_photo_links.py.
        "<str:link>": "forged",
        "<uuid:hand_off_id>": _hand_off(cast, registration) if "hand_off_id" in row else "",
        "<int:payment_id>": _payment(registration) if "payment_id" in row else "",
        "<uuid:held_id>": _held_result(cast, registration) if "held_id" in row else "",
        "<slug:kind>": NOTICES.name,
        "<uuid:import_id>": send(cast.dewi, NOTICES_FILE).json()["id"]
        if "import_id" in row
        else "",
        "<slug:code>": "location_missing",
        "<path:name>": "main.js",
        "<str:form>": "zip",
        "<str:code>": "99.01" if row in PAGES or "monitoring" in row else cast.villages[0].code,
    }.items():
        path = path.replace(name, str(value))
    data = QUERIES.get(row) if method == "GET" else _body(cast, row, registration)
    if row.endswith("merge/"):
        data = {"other": str(person_of(twin)), "reason": "papers seen"}
    if row.endswith("split/"):
        data = {"registrations": [str(again.pk)], "reason": "papers seen"}

    statuses = []
    for user in (
        None,
        cast.siti,
        cast.rina,
        cast.agus,
        cast.dewi,
        cast.andi,
        cast.outsider_coordinator,
    ):
        with transaction.atomic():
            client: Any = client_of(user)
            if row in PAGES:
                client = Client()
                if user:
                    client.force_login(user, "backend.accounts.AccountBackend")
            form = {}
            if row.startswith("POST api/v1/imports/<slug"):
                form = {"format": "multipart"}
                data = {"file": SimpleUploadedFile("a.csv", NOTICES_FILE)}
            statuses.append(getattr(client, method.lower())(path, data, **form).status_code)
            transaction.set_rollback(True)
    assert " ".join(map(str, statuses)) == TABLE[row]


def _case(cast: Cast) -> RecontactCase:
    """Somebody who was drawn and is to be called."""
    verified(cast, 2)
    return drawn(cast.rina).cases.earliest("place")


def _hand_off(cast: Cast, registration: Registration) -> UUID:
    ids = [registration.pk]
    return hand_off(uuid4(), cast.dewi, Q(), ids, 1, registration.received_at).hand_off.pk


def _payment(registration: Registration) -> int:
    day = registration.local_day.replace(day=1)
    return Payment.objects.create(
        registration=registration,
        first_month=day,
        months=1,
        paid_on=day,
        confirmed_at=registration.received_at,
    ).pk


def _held_result(cast: Cast, registration: Registration) -> UUID:
    """A second payment code for a registration that was handed off."""
    _hand_off(cast, registration)
    for code in ("8801", "8802"):
        row = f"{registration.pk};diterima;{code}"
        content = f"ID Pendaftaran;Hasil;Kode Iuran\n{row}".encode()
        confirm(cast.dewi, send(cast.dewi, content, "hand_off_results").json()["id"])
    return HeldResult.objects.get().pk


def _body(cast: Cast, row: str, registration: Registration) -> dict[str, Any]:
    """A body that a coordinator of the office, or an administrator, would get through."""
    day = cast.market.starts_at.astimezone(ZoneInfo(cast.market.time_zone)).date()
    bodies: dict[str, dict[str, Any]] = {
        "POST api/v1/region-changes/<int:change_id>/choose/": {
            "accept_proposals": True,
            "reason": "asked",
        },
        "POST api/v1/campaigns/<uuid:campaign_id>/businesses/": {
            "businesses": [{"name": "CV Maju"}]
        },
        "PATCH api/v1/campaigns/<uuid:campaign_id>/businesses/<uuid:business_id>/": {
            "state": "visited"
        },
        "POST api/v1/campaigns/<uuid:campaign_id>/checklist/": {
            "day": day.isoformat(),
            "marks": [{"part": "people", "item": "Dua kader", "done": True}],
        },
        "POST api/v1/registrations/<uuid:registration_id>/reassign/": {
            "reason": "papers seen",
            "campaign": str(cast.market.pk),
        },
        "POST api/v1/lead-retention/": {
            "effective_from": "2199-01-01",
            "days": 180,
            "source": "Rules of the house",
        },
        "POST api/v1/hand-offs/": {},
        "POST api/v1/auth/token/": {"username": "rina", "password": PASSWORD},
        "POST api/v1/auth/token/refresh/": {"refresh": "x"},
        "POST api/v1/sync/devices/": {"kader": cast.siti.pk, "label": "Tablet"},
        "PATCH api/v1/sync/devices/<uuid:device_id>/": {"label": "Tablet 7"},
        "POST api/v1/formulas/": {
            "version": "2027-1",
            "weights": {"coverage": 0.6, "retention": 0.4},
            "z": 1.28,
            "smallest_denominator": 30,
            "effective_from": "2031-01-01",
            "source": "a decree",
        },
        "PATCH api/v1/formulas/<str:version>/": {"z": 1.64},
        "POST api/v1/standings/simulate/": {"formula": "2026-1", "within": "99.01"},
        "PUT api/v1/sync/clients/<slug:client>/": {
            "soft_minimum": "1.4",
            "soft_since": "2026-11-01T00:00:00+07:00",
        },
        "POST api/v1/sync/devices/enrol/": {"enrolment_code": "0000-0000-0000-0000"},
        "POST api/v1/sync/devices/<uuid:device_id>/state/": {"state": "active", "reason": "found"},
        "POST api/v1/sync/push/": batch([record(cast.market.id, cast.villages[0].code)]),
        "POST api/v1/sync/receipts/": {"ids": [str(registration.pk)]},
        "POST api/v1/campaigns/": {
            "type": "market_drive",
            "office": cast.branch.pk,
            "name": "Gerebek",
            "starts_at": "2026-12-01T08:00:00+07:00",
            "ends_at": "2026-12-01T12:00:00+07:00",
            "time_zone": "Asia/Jakarta",
        },
        "PATCH api/v1/campaigns/<uuid:campaign_id>/": {"name": "Gerebek"},
        "POST api/v1/registrations/search/": {"search": "9901014503840002"},
        "POST api/v1/registrations/verify/": {"ids": [str(uuid4())], "reason": "seen"},
        "POST api/v1/users/": {
            "username": "tini",
            "password": "kelapa-muda-19",
            "role": "kader",
            "office": cast.branch.pk,
            "full_name": "Tini",
        },
        "POST api/v1/offices/": {"name": "Kacab Tengah", "kind": "branch_office"},
        "POST api/v1/contributions/quote/": {
            "programmes": ["JKK", "JKM"],
            "first_month": "2026-11",
        },
        "POST api/v1/offices/<int:office_id>/territory/": {
            "regions": ["99.02"],
            "first_day": NOW.astimezone(ZONE).date().isoformat(),
            "reason": "decree 12/2026",
        },
        "POST api/v1/kader/me/statement/questions/": {
            "id": str(uuid4()),
            "registration": str(registration.pk),
            "text": "Why does she not count?",
        },
        "POST api/v1/statement-questions/<uuid:question_id>/answer/": {"text": "She was first."},
        "POST api/v1/recontact-samples/": asked(office=cast.branch.pk),
        "POST api/v1/recontact-cases/<uuid:case_id>/outcome/": {
            "id": str(uuid4()),
            "outcome": "confirmed",
        },
        "PUT api/v1/targets/": {
            "office": cast.branch.pk,
            "segment": "BPU",
            "year": 2026,
            "effective_from": "2026-01-01",
            "number": 1200,
            "source": "letter 4/2026",
        },
        "PATCH api/v1/users/<int:user_id>/": {"full_name": "Siti R.", "reason": "marriage"},
        "POST api/v1/incentives/": {
            "threshold": 30,
            "first_day": "2027-01-01",
            "source": "letter 4/2026",
        },
        "POST sign-out/": {},
        "POST language/": {"language": "en"},
    }
    if row.startswith("POST api/v1/leads/"):
        more = {"link": {"registration": str(registration.pk)}, "follow-up": {"state": "lost"}}
        return {"reason": "papers seen"} | more.get(row.rstrip("/").rpartition("/")[2], {})
    if "flags/<slug:code>/answer/" in row or "findings/<int:finding_id>/answer/" in row:
        return {"text": "The market has no signal."}
    if row in ABOUT_KADER:
        return new_entry(cast, route_kind(row)) if row.startswith("POST") else {}
    if "held_id>/release/" in row:
        return {"reason": "papers seen", "registration": {"sex": "female"}}
    if "note_id>/release/" in row:
        return {"reason": "papers seen", "note": {"segment": "PU"}}
    disclosing = {"fields": ["nik"]} if row.endswith("disclose/") else {}
    return bodies.get(row, {"reason": "papers seen", **disclosing})


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            for method in _methods(route, pattern.callback):
                yield f"{method} {route}"


def _methods(route: str, view: Any) -> list[str]:
    """The methods a view says it has; for a plain function those the table gives it."""
    of_class = getattr(view, "cls", None)
    if of_class is None:
        named = [row.partition(" ")[0] for row in TABLE if row.partition(" ")[2] == route]
        return named or ["GET"]
    return [
        method.upper()
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(of_class, method)
    ]
