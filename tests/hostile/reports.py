"""What a campaign reports."""

from dataclasses import dataclass, field
from typing import Any

BROKEN_SHOWN = 12
WIDTH = 56


@dataclass
class Report:
    """A campaign's figures, and what was found that must not be."""

    campaign: str
    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def shown(report: Report) -> str:
    """A campaign's figures as a table, and what is broken."""
    lines = [report.campaign]
    lines += [f"  {name:<{WIDTH}}{_number(value):>16}" for name, value in report.figures.items()]
    lines += [f"  BROKEN: {broken}" for broken in report.broken[:BROKEN_SHOWN]]
    if len(report.broken) > BROKEN_SHOWN:
        lines.append(f"  and {len(report.broken) - BROKEN_SHOWN:,} more")
    lines.append(f"  {'NOT right' if report.broken else 'every law holds'}")
    return "\n".join(lines)


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
