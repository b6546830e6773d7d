"""How many letters came back or were complained of, and what mailbox providers bear.

Google and Yahoo ask for complaints about fewer than 0.1% of letters, and never 0.3%
(https://support.google.com/a/answer/81126, https://senders.yahooinc.com/best-practices/). They name no number for
letters that come back; Amazon SES looks into a sender at 5%, and stops it at 10%
(https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from digest.deliverability.findings import FindingState
from digest.delivery.outbox import State
from digest.delivery.webhooks.events import find_events
from digest.models import Delivery, DeliveryEvent, Edition
from subscriptions.email.mail_answers import Fault

# The letters of so many days are counted together.
DAYS = 7
COMPLAINTS_TO_SEE_TO, MOST_COMPLAINTS = 0.001, 0.003
BOUNCES_TO_SEE_TO, MOST_BOUNCES = 0.02, 0.05
# Of a few letters one is a large share, and says nothing yet.
LEAST_TO_JUDGE = 3
# Of what providers tell, the reports that are counted.
TOLD_KINDS = (DeliveryEvent.Kind.HARD_BOUNCE, DeliveryEvent.Kind.COMPLAINT)


@dataclass(frozen=True, slots=True)
class LetterRates:
    """What became of the letters of DAYS days."""

    # Handed over, or refused since there is no such address.
    letters: int
    # There is no such address: the mail server said so at once, or a report later.
    bounced: int
    # Those of mailbox providers that tell of complaints. Google tells of none (docs/deliverability.md).
    complained: int

    def judge_bounces(self) -> FindingState:
        """Return what the share of letters that came back asks for."""
        return _judge(self.bounced, self.letters, BOUNCES_TO_SEE_TO, MOST_BOUNCES)

    def judge_complaints(self) -> FindingState:
        """Return what the share of complaints asks for."""
        return _judge(self.complained, self.letters, COMPLAINTS_TO_SEE_TO, MOST_COMPLAINTS)


def _judge(count: int, letters: int, from_which: float, at_most: float) -> FindingState:
    if count < LEAST_TO_JUDGE or not letters or count / letters < from_which:
        return FindingState.OK
    return FindingState.WRONG if count / letters >= at_most else FindingState.ADVICE


def count_letters(now: datetime) -> LetterRates:
    """Return what became of the letters of the last DAYS days, by a few queries over these alone."""
    editions = list(Edition.objects.filter(day__gt=now.date() - timedelta(days=DAYS)))
    letters = Delivery.objects.filter(edition__in=[edition.pk for edition in editions])
    refused = letters.filter(state=State.FAILED, fault=Fault.GONE).count()
    of_accepted = find_events(editions).filter(kind__in=TOLD_KINDS, delivery__state=State.ACCEPTED)
    told = Counter(dict(of_accepted.values_list("kind").annotate(Count("delivery", distinct=True))))
    return LetterRates(
        letters.filter(state=State.ACCEPTED).count() + refused,
        refused + told[DeliveryEvent.Kind.HARD_BOUNCE],
        told[DeliveryEvent.Kind.COMPLAINT],
    )
