"""What a straightforward Django project does for the same letters: templates rendered per reader, then SMTP."""

from typing import Any

from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured


def send(most: int) -> dict[str, Any]:
    """The first *most* of the planned letters: it takes long, and each costs the same."""
    population.set_up()
    from django.core.mail import get_connection

    from digest.delivery.letter_order import order_for_delivery
    from digest.editions.load import load_contents
    from digest.letters.mail_message import build_message
    from digest.letters.plain import PlainRenderer
    from digest.letters.sender import Sender
    from digest.models import Delivery, Edition
    from digest.parsed_letter import parse_letter
    from subscriptions import selectors

    edition, watch, size = Edition.objects.get(day=population.DAY), Watch(), 0
    rows = list(Delivery.objects.filter(edition=edition).exclude(picks=[]).order_by("id")[:most])
    with measured(watch), get_connection() as connection:
        publisher = Sender.from_settings()
        renderer = PlainRenderer(load_contents(edition), publisher)
        readers = selectors.get_readers([row.subscriber_id for row in rows if row.subscriber_id])
        for row in rows:
            reader = readers[row.subscriber_id or 0]
            data = renderer.letter(reader, order_for_delivery(row))
            message = build_message(parse_letter(data), publisher.from_address, reader.email)
            message.connection = connection
            size += len(data)
            message.send()
    return {**watch.figures(len(rows)), "bytes": size // max(len(rows), 1)}
