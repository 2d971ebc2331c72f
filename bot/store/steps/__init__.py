"""What made the tables what they are: one function a step, in the order in which they were added.

A step is never changed once released: another is added, in a module of its own.
"""

from collections.abc import Callable, Sequence

import sqlite_utils

from bot.store.steps import (
    answers,
    audit,
    crises,
    inbox,
    knowing,
    learning,
    notices,
    ordering,
    parting,
    people,
    spine,
    staff,
    subjects,
    troubles,
    waiting,
)

STEPS: Sequence[Callable[[sqlite_utils.Database], None]] = (
    spine.conversations,
    spine.outbox,
    spine.desk,
    spine.accounts,
    spine.revisions,
    spine.letters,
    spine.people,
    spine.logouts,
    audit.audit,
    people.card,
    notices.notices,
    learning.judgements,
    people.recall,
    ordering.ordering,
    inbox.drafts,
    troubles.troubles,
    audit.roles,
    crises.crises,
    knowing.written,
    inbox.search,
    waiting.waiting,
    subjects.subjects,
    staff.rooms,
    answers.answers,
    answers.gaps,
    parting.parts,
)
