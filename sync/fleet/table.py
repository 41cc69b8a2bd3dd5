"""The closing table of a run."""

from collections.abc import Iterator, Sequence

from sync.fleet.running import Report
from sync.fleet.verdict import ASKED_FLAGS, Comparison

SHOWN = 20
OUTCOMES = ("accepted", "review", "duplicate", "rejected", "unknown")
DUE = {
    "duplicate": "duplicates",
    "nik_conflict": "NIK conflicts",
    "possible_duplicate": "possible duplicates",
    "village_contradicted": "villages contradicted",
}


def closing_table(report: Report) -> str:
    """What was sent, what came of it, and what is wrong, as text."""
    lines = [*_traffic(report), ""]
    if report.comparison:
        lines += [*_outcomes(report.comparison), "", *_truth(report, report.comparison), ""]
    return "\n".join([*lines, *_verdict(report)])


def _traffic(report: Report) -> Iterator[str]:
    counts, seconds = report.traffic.counts, max(report.pushed_s, 0.001)
    yield _row("records captured", len(report.facts))
    done = counts["acknowledged"]
    yield _row("records acknowledged", done, f"{done / seconds:,.0f} a second")
    yield _row("requests answered", counts["requests"], f"in {seconds:,.0f} s")
    yield _row("answers lost", counts["answers lost"])
    yield _row("requests lost or cut", counts["requests lost"] + counts["requests cut"])
    yield _row("requests repeated", counts["requests repeated"])
    yield _row("connections failed", counts["connections failed"])
    yield _row("answers 'later'", counts["answers 'later'"])
    yield _row("records sent again later", counts["records replayed"])
    yield _row("tokens renewed", counts["tokens renewed"])
    yield _row("records held, then corrected", counts["invalid versions"])
    yield _row("edits", counts["edit versions"], f"{counts['late versions']} late ones lost")
    if latencies := sorted(report.traffic.latencies_s):
        half, most = (_percentile(latencies, share) * 1000 for share in (0.5, 0.95))
        yield f"{'latency':<30}{half:>8,.0f} ms median, {most:,.0f} ms for 95 %"


def _outcomes(found: Comparison) -> Iterator[str]:
    yield f"{'planted':<20}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES)
    for story, counts in sorted(found.outcomes.items(), key=lambda item: -item[1].total()):
        yield f"{story:<20}" + "".join(f"{counts[outcome] or '·':>11}" for outcome in OUTCOMES)
    yield ""
    yield f"{'in all':<26}{'due':>14}{'found':>11}"
    for code, due in found.due.items():
        wanted = f"{due.fewest:,}" + (f" to {due.most:,}" if due.most > due.fewest else "")
        wanted = "·" if code in ASKED_FLAGS else wanted
        yield f"{DUE[code]:<26}{wanted:>14}{due.found:>11,}"
    yield f"{'people':<26}{found.true_people:>14,}{found.people_found:>11,}"
    yield f"{'flags planted':<26}{found.flags_planted:>14,}{found.flags_raised:>11,}"


def _truth(report: Report, found: Comparison) -> Iterator[str]:
    joined = found.joined
    yield (
        f"Of {joined.true:,} pairs of records of one worker {joined.right:,} were joined without "
        f"asking (recall {joined.recall:.3f}), and {joined.wrong:,} pairs of different workers "
        f"(precision {joined.precision:.4f})."
    )
    if found.villages_named:
        right = found.villages_right / found.villages_named
        sure = found.villages_sure / found.villages_named
        yield f"Event village right for {right:.1%}; the server's own probabilities say {sure:.1%}."
    checks = ["receipts of all records"]
    checks += [f"{report.digests} digests"] * bool(report.digests)
    checks += ["standings before verifying"] * (report.standings_compared > 0)
    checks += [f"standings after verifying {report.verified:,}"] * (report.standings_compared > 1)
    yield f"Compared with the truth: {', '.join(checks)}."


def _verdict(report: Report) -> Iterator[str]:
    if report.differences:
        yield f"{len(report.differences):,} differences:"
        yield from (f"  {difference}" for difference in report.differences[:SHOWN])
        if len(report.differences) > SHOWN:
            yield f"  and {len(report.differences) - SHOWN:,} more"
    if report.stopped:
        yield f"Stopped before the end: {report.stopped}."
    elif not report.differences:
        yield "Nothing lost, nothing doubled; outcomes and standings equal the truth."


def _row(name: str, number: int, more: str = "") -> str:
    return f"{name:<30}{number:>8,}{'  ' + more if more else ''}"


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
