"""The record of what operators did, in the admin and by commands: who, what, when, and to which row, by its id alone.

It is Django's own (`LogEntry`). A row's name there would often be an address, and outlive the person.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

# The operator of whoever uses the command line. Nobody can log in under this name.
COMMAND_LINE = "manage.py"


def record_action(user_id: Any, rows: Iterable[Model], words: str, flag: int = CHANGE) -> None:
    """Record that an operator did to *rows* what *words* say, for each of them."""
    LogEntry.objects.bulk_create(
        LogEntry(
            user_id=user_id,
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=f"{row._meta.verbose_name_raw} {row.pk}"[:200],
            action_flag=flag,
            change_message=words,
        )
        for row in rows
    )


def record_general_action(user_id: Any, words: str) -> None:
    """Record that an operator did what *words* say, which is about no row."""
    LogEntry.objects.create(user_id=user_id, object_repr=words[:200], action_flag=CHANGE, change_message=words)


def record_command(command: str, row: Model | None = None, *, count: int | None = None) -> None:
    """Record that a command was given, for a row or as a whole, and how many rows it changed."""
    operator, _created = get_user_model().objects.get_or_create(
        username=COMMAND_LINE, defaults={"is_active": False, "password": make_password(None)}
    )
    words = command if count is None else f"{command}: {count}"
    if row is not None:
        record_action(operator.pk, [row], words)
    else:
        record_general_action(operator.pk, words)


def erase_names(emails: Iterable[str]) -> None:
    """Erase these addresses from records that Django wrote by itself, in whose names and words they stood."""
    for email in emails:
        named = Q(object_repr__icontains=email) | Q(change_message__icontains=email)
        LogEntry.objects.filter(named).update(object_repr="", change_message="")
