"""comptoir audit: who did what to followers' data."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from bot.cli.common import Call, Command, table
from bot.cli.stored import run
from bot.core.desk import documents
from bot.store import audit as log
from bot.store.audit import Entry


@click.command(
    cls=Command,
    examples=("comptoir audit", "comptoir audit --since 2026-11-01", "comptoir audit --json"),
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="Only what was done since, in the brand's time zone.",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="How many acts at most, the latest.",
)
def audit(call: Call, since: datetime | None, most: int) -> None:
    """Show who did what to followers' data; latest first.

    Ids and our own names stand there, never a follower's words.
    """
    settings = call.settings()
    zone = settings.brand.zone
    at = since.replace(tzinfo=zone).astimezone(UTC) if since else None
    found = run(settings, log.entries, at, None, most)
    shown = table(_row(entry, zone) for entry in found)
    call.say(shown or "nothing", documents.audit_log(found))


def _row(entry: Entry, zone: ZoneInfo) -> Sequence[str]:
    about = (
        f"escalation {entry.escalation_id}" if entry.escalation_id else "",
        f"r{entry.outbox_id}" if entry.outbox_id else "",
        f"follower {entry.follower_id}" if entry.follower_id else "",
    )
    return (
        f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}",
        entry.actor or "-",
        entry.surface,
        entry.deed,
        ", ".join(filter(None, about)) or "-",
        entry.detail,
    )
