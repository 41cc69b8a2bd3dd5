"""/health/ and /metrics: for load balancers, supervisors and Prometheus."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from procrastinate.contrib.django.models import ProcrastinateWorker

from backend.accounts import client_address
from outreach.problems import problem

WORKER_SEEN_WITHIN = timedelta(seconds=60)

_migrated = False


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 when records can be taken and jobs are worked on, 503 otherwise; names the parts."""
    del request
    try:
        parts = {
            "database": "ok",
            "migrations": "ok" if migrations_applied() else "missing",
            "worker": "ok" if _worker_seen() else "not seen",
        }
    except DatabaseError:
        parts = {"database": "unreachable"}
    well = all(state == "ok" for state in parts.values())
    return JsonResponse(
        {"status": "ok" if well else "unavailable", **parts}, status=200 if well else 503
    )


def migrations_applied() -> bool:
    """Asked of the database until it is true once: code and schema do not part while we run."""
    global _migrated  # noqa: PLW0603 - asked once a process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _worker_seen() -> bool:
    since = timezone.now() - WORKER_SEEN_WITHIN
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists()


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' numbers, for the addresses or the token of the settings; 404 for others."""
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    by_token = token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if by_token or client_address(request) in settings.METRICS_ADDRESSES:
        answer: HttpResponse = ExportToDjangoView(request)
        return answer
    return problem("not_found")
