"""How one of the team makes themselves known in a staff room: a code, good once and for a day."""

import secrets
from datetime import timedelta

from bot.clock import Clock
from bot.errors import NotFound
from bot.store.protocol import Store
from bot.store.staff_room import staff

LIFE = timedelta(days=1)
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what looks alike."""
_LENGTH = 10


async def issue(store: Store, clock: Clock, name: str) -> str:
    """A code that stands for an account; raises NotFound where nobody of that name takes requests.

    Only its digest is kept.
    """
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    if not await store.run(staff.add_code, name, code, clock.now() + LIFE):
        raise NotFound(f"there is nobody of the name {name!r} who takes requests")
    return code
