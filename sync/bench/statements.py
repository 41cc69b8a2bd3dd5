"""How many SQL statements a push takes, by size; nothing it sends stays in the database."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fixtures.people import Population
from outreach.models import CampaignMember, Region
from outreach.places.village_index import village_index
from sync.bench.records import record_of
from sync.bench.scratch import BenchError
from sync.models import Device
from sync.push import Pusher, push
from sync.wire import Batch, typed

SIZES = (1, 50, 500)


def bench_statements(say: Callable[[str], None]) -> dict[str, float]:
    """Count and print; gives the statements of a fresh and of a replayed push by size."""
    device = Device.objects.filter(state=Device.State.ACTIVE).select_related("kader").first()
    member = device and CampaignMember.objects.filter(kader=device.kader).first()
    villages = list(Region.objects.filter(level=Region.Level.VILLAGE)[:500])
    if not device or not member or not villages:
        raise BenchError("There is no kader with a tablet and a campaign; load the demo.")
    population = Population(
        uuid4().hex, [village.code for village in villages], datetime.now(UTC).date()
    )
    pusher = Pusher(device.kader, device)
    counts: dict[str, float] = {}
    village_index()  # A process builds it once.
    with transaction.atomic():
        for size in SIZES:
            now = datetime.now(UTC)
            body = {
                "batch_id": str(uuid4()),
                "sent_at": now.isoformat(),
                "registrations": [
                    record_of(population.worker(), str(member.campaign_id)) for _ in range(size)
                ],
            }
            for name in ("fresh", "replayed"):
                with CaptureQueriesContext(connection) as queries:
                    push(typed(body, Batch), pusher, now)
                counts[f"{name}_{size}"] = len(queries)
            fresh, replayed = counts[f"fresh_{size}"], counts[f"replayed_{size}"]
            say(f"push of {size:>3} records: {fresh:.0f} statements, replayed {replayed:.0f}")
        transaction.set_rollback(True)
    return counts
