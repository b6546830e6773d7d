"""What a person chose: the values of a sign-up, of the preferences page, of an imported row, once they are checked."""

from dataclasses import asdict, dataclass

from subscriptions.models import EVERY_DAY, Subscriber


@dataclass(frozen=True, slots=True)
class Profile:
    """Checked values only: `checking.py` makes them from what people type and files hold."""

    categories: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    language: str = "en"
    timezone: str = "UTC"
    hour: int = 8
    days: int = EVERY_DAY
    papers: int = 10
    minimum: int = 1
    detail: str = "tldr"

    def columns(self) -> dict[str, object]:
        """As a subscriber's row holds them."""
        chosen = {"categories": " ".join(self.categories), "filters": "\n".join(self.filters)}
        return {**asdict(self), **chosen}


def profile_of(subscriber: Subscriber) -> Profile:
    return Profile(
        categories=tuple(subscriber.categories.split()),
        filters=tuple(subscriber.filters.split("\n")) if subscriber.filters else (),
        language=subscriber.language,
        timezone=subscriber.timezone,
        hour=subscriber.hour,
        days=subscriber.days,
        papers=subscriber.papers,
        minimum=subscriber.minimum,
        detail=subscriber.detail,
    )
