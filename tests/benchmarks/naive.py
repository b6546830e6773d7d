"""What a straightforward Django project does for the same letters: a template and premailer per reader, then SMTP."""

from dataclasses import replace
from typing import Any

from digest.letters import reasons
from subscriptions.letter_languages import django_code
from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured


def send(most: int) -> dict[str, Any]:
    """The first *most* of the planned letters: it takes long, and each costs the same."""
    population.set_up()
    from django.core.mail import get_connection

    from digest.delivery.letter_order import order_for_delivery
    from digest.editions.load import load_contents
    from digest.models import Delivery, Edition
    from subscriptions import selectors

    edition, watch, size = Edition.objects.get(day=population.DAY), Watch(), 0
    rows = list(Delivery.objects.filter(edition=edition).exclude(picks=[]).order_by("id")[:most])
    with measured(watch), get_connection() as connection:
        contents = load_contents(edition)
        readers = selectors.get_readers([row.subscriber_id for row in rows if row.subscriber_id])
        for row in rows:
            message = _message(contents, readers[row.subscriber_id or 0], order_for_delivery(row), connection)
            size += len(message.message().as_bytes())
            message.send()
    return {**watch.figures(len(rows)), "bytes": size // max(len(rows), 1)}


def _message(contents: Any, reader: Any, order: Any, connection: Any) -> Any:
    from django.core.mail import EmailMultiAlternatives
    from django.template.loader import render_to_string
    from django.utils import translation

    from digest.letters import links, wording
    from digest.letters.css_inlining import inline_document
    from digest.letters.sender import Sender

    publisher = Sender.from_settings()
    with translation.override(django_code(order.language)):
        made = links.LinkSigner(publisher, contents.day).of_letter(
            reader, order.delivery_id, int(order.date.timestamp())
        )
        own = {name: address.decode() for name, address in made._asdict().items()}
        cards = [_card(contents, pick, order, own) for pick in order.picks]
        context = {
            "language": order.language,
            "direction": "ltr",
            "site_name": publisher.site_name,
            "site_url": publisher.site_url,
            "postal_address": publisher.postal_address,
            "contact": publisher.contact,
            "heading": wording.format_day(contents.day),
            "links": own,
            "subject": "New papers",
            "reason": reader.email,
        }
        html = render_to_string("emails/letter.html", {**context, "cards": _joined(cards, 0)})
        text = render_to_string("emails/letter.txt", {**context, "cards": _joined(cards, 1)})
        message = EmailMultiAlternatives("New papers", text, None, [reader.email], connection=connection)
        message.attach_alternative(inline_document(html, "ltr"), "text/html")
        return message


def _card(contents: Any, pick: Any, order: Any, own: Any) -> tuple[str, str]:
    from django.template.loader import render_to_string

    from digest.letters.card_content import describe_paper, describe_parts
    from digest.letters.tex.to_unicode import to_text

    paper = contents.papers[pick.rank]
    title, summary = to_text(paper.title), contents.summaries.get((pick.rank, order.language))
    known = replace(
        describe_paper(paper, order.language, title=title, name=title, feedback=own["feedback"]),
        parts=describe_parts(paper, summary, order.language, order.detail),
    )
    why = render_to_string("emails/_reasons.html", {"why": reasons.explain_reasons(pick.reasons), "colon": ": "})
    plain = {"title": title, "authors": known.authors, "meta": known.category, "parts": [p.text for p in known.parts]}
    links = [*known.paper_links, *known.feedback_links]
    return (
        render_to_string("emails/_card.html", {"paper": known, "why": why, "colon": ": "}),
        render_to_string("emails/_card.txt", {**plain, "why": reasons.explain_reasons(pick.reasons), "links": links}),
    )


def _joined(cards: list[tuple[str, str]], part: int) -> str:
    from django.utils.safestring import mark_safe

    return mark_safe("\n".join(card[part] for card in cards))  # noqa: S308 - templates escaped it
