"""The operator's window: everything can be found, hardly anything changed, so that the books stay true."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from digest.delivery import feedback
from digest.delivery.outbox import OPEN
from digest.event_admin import EventsOfLetter
from digest.history_admin import add_to_people, why
from digest.ledger_pages import calendar
from digest.models import (
    Announcement,
    Backfill,
    Delivery,
    DeliveryEvent,
    Edition,
    EditionEntry,
    EditionSummary,
    Feedback,
    LedgerLine,
    Missing,
    ModelBatch,
    ModelCall,
    Pace,
    Paper,
    Rejection,
    Run,
    Signal,
    Summary,
    Turn,
    Version,
)
from digest.pause_admin import pause, resume
from digest.read_only import Admin, ReadOnly

admin.site.site_header = admin.site.site_title = settings.SITE_NAME
add_to_people()


@admin.register(Paper)
class PaperAdmin(ReadOnly):
    list_display = ["arxiv_id", "newest_title", "created_at"]
    search_fields = ["arxiv_id", "versions__title"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        newest = Version.objects.filter(paper=OuterRef("pk")).order_by("-number")
        return Paper.objects.annotate(newest_title=Subquery(newest.values("title")[:1]))

    @admin.display(description=_("title"))
    def newest_title(self, paper: Any) -> str:
        return str(paper.newest_title or "")


@admin.register(Version)
class VersionAdmin(ReadOnly):
    list_display = ["paper", "number", "title", "primary_category", "published", "withdrawn"]
    list_select_related = ["paper"]
    list_filter = ["withdrawn"]
    search_fields = ["paper__arxiv_id", "title"]
    ordering = ["-id"]


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnly):
    list_display = ["day", "category", "kind", "version"]
    list_select_related = ["version"]
    list_filter = ["kind"]
    search_fields = ["category", "version__paper__arxiv_id", "version__title"]
    ordering = ["-id"]


@admin.register(LedgerLine)
class LedgerLineAdmin(ReadOnly):
    list_display = [
        "day",
        "category",
        "state",
        "announced",
        "stored",
        "new",
        "crossed",
        "replaced",
        "rejected",
        "missing",
    ]
    list_filter = ["state"]
    search_fields = ["category", "day"]
    ordering = ["-day", "category"]

    def get_urls(self) -> list[URLPattern]:
        page = path("calendar/", self.admin_site.admin_view(calendar), name="digest_ledgerline_calendar")
        return [page, *super().get_urls()]


@admin.register(Missing)
class MissingAdmin(ReadOnly):
    list_display = ["day", "category", "arxiv_id", "attempts", "last_error", "resolved_at"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter)]
    search_fields = ["arxiv_id", "day"]
    ordering = ["-id"]


@admin.register(Turn)
class TurnAdmin(ReadOnly):
    list_display = ["name", "holder", "until", "refused_until", "refusal"]
    ordering = ["name"]


@admin.register(Rejection)
class RejectionAdmin(ReadOnly):
    list_display = ["day", "category", "source", "where", "reason"]
    search_fields = ["reason", "excerpt", "source"]
    ordering = ["-id"]


@admin.register(Signal)
class SignalAdmin(ReadOnly):
    list_display = ["paper", "kind", "value", "observed_at"]
    list_select_related = ["paper"]
    list_filter = ["kind"]
    search_fields = ["paper__arxiv_id"]
    ordering = ["-id"]


@admin.register(Summary)
class SummaryAdmin(ReadOnly):
    list_display = ["tldr", "language", "writer", "prompt_tokens", "completion_tokens", "cost", "created_at"]
    list_filter = ["language"]
    search_fields = ["version__paper__arxiv_id", "version__title", "writer", "tldr"]
    ordering = ["-id"]


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnly):
    list_display = ["created_at", "model", "version", "language", "state", "reason", "prompt_tokens", "cost"]
    list_select_related = ["version"]
    list_filter = ["state", "language", "model"]
    search_fields = ["version__paper__arxiv_id", "reason", "detail"]
    ordering = ["-id"]


@admin.register(ModelBatch)
class ModelBatchAdmin(ReadOnly):
    list_display = ["created_at", "model", "state", "provider_id", "reason", "finished_at"]
    list_filter = ["state"]
    search_fields = ["provider_id", "reason"]
    ordering = ["-id"]


@admin.register(Backfill)
class BackfillAdmin(ReadOnly):
    list_display = ["version", "language", "reason", "attempts", "created_at", "done_at"]
    list_select_related = ["version"]
    list_filter = ["language", ("done_at", admin.EmptyFieldListFilter)]
    search_fields = ["version__paper__arxiv_id", "reason"]
    ordering = ["-id"]


def counted(rows: QuerySet[Any], of: str, value: Count | Sum) -> Coalesce:
    """*value* over the *rows* whose field *of* is the outer row, as a column: no query per edition."""
    return Coalesce(Subquery(rows.order_by().values(of).annotate(n=value).values("n")), 0, output_field=IntegerField())


def deliveries(*states: str) -> Coalesce:
    rows = Delivery.objects.filter(edition=OuterRef("pk"), state__in=states)
    return counted(rows, "edition", Count("pk"))


def has_left(edition: Edition) -> bool:
    """Whether a letter of the edition was taken up to be sent, ever."""
    return edition.deliveries.exclude(state__in=(Delivery.State.PENDING, Delivery.State.EXCLUDED)).exists()


def column(name: str, label: Any) -> Any:
    """Shows the annotation `n_<name>`."""

    @admin.display(description=label)
    def show(edition: Edition) -> int:
        return int(getattr(edition, f"n_{name}"))

    show.__name__ = name
    return show


FUNNEL: list[Any] = [
    column("announced", _("announced")),
    column("rejected", _("rejected")),
    column("papers", _("papers")),
    column("summarised", _("summaries shown")),
    column("due", _("readers due")),
    column("accepted", _("accepted")),
    column("excluded", _("excluded")),
    column("failed", _("failed")),
    column("uncertain", _("uncertain")),
    column("waiting", _("waiting")),
]


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    """A day as a funnel. Only the pause may be changed, and the note until the first letter has left."""

    list_display = ["day", "state", "paused", *FUNNEL]
    list_filter = ["state", "paused"]
    actions = [pause, resume]
    search_fields = ["day"]
    ordering = ["-day"]
    fields = ["day", "state", "frozen_at", "closed_at", "paused", "pause_reason", "note", *FUNNEL, "reported"]
    readonly_fields = ["day", "state", "frozen_at", "closed_at", *FUNNEL, "reported"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return Admin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Edition | None = None) -> list[Any]:
        """A letter assembled twice is the same bytes, so its note stays as it was."""
        fixed = obj is not None and has_left(obj)
        return [*self.readonly_fields, "note"] if fixed else [*self.readonly_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        ledger = LedgerLine.objects.filter(day=OuterRef("day"))
        rejections = Rejection.objects.filter(day=OuterRef("day"))
        entries = EditionEntry.objects.filter(edition=OuterRef("pk"))
        summaries = EditionSummary.objects.filter(entry__edition=OuterRef("pk"))
        return Edition.objects.annotate(
            n_announced=counted(ledger, "day", Sum("announced")),
            n_rejected=counted(rejections, "day", Count("pk")),
            n_papers=counted(entries, "edition", Count("pk")),
            n_summarised=counted(summaries, "entry__edition", Count("pk")),
            n_due=deliveries(*Delivery.State.values),
            n_accepted=deliveries(Delivery.State.ACCEPTED),
            n_excluded=deliveries(Delivery.State.EXCLUDED),
            n_failed=deliveries(Delivery.State.FAILED),
            n_uncertain=deliveries(Delivery.State.UNCERTAIN),
            n_waiting=deliveries(*OPEN),
        )

    @admin.display(description=_("told by providers"))
    def reported(self, edition: Edition) -> str:
        names = dict(DeliveryEvent.Kind.choices)
        return ", ".join(f"{names[kind]}: {number}" for kind, number in sorted(feedback.tally(edition).items()))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["edition", "subscriber", "state", why, "attempts", "language", "created_at", "finished_at"]
    list_select_related = ["edition", "subscriber"]
    list_filter = ["state", "language", "detail"]
    search_fields = ["subscriber__email_key", "reason", "provider_id"]
    raw_id_fields = ["edition", "subscriber"]
    inlines = [EventsOfLetter]
    ordering = ["-id"]


@admin.register(Pace)
class PaceAdmin(ReadOnly):
    list_display = ["name", "window", "used", "promised", "rest_until", "answer"]
    search_fields = ["name"]
    ordering = ["name"]


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    list_display = ["subscriber", "kind", "paper", "created_at"]
    list_select_related = ["subscriber", "paper"]
    list_filter = ["kind"]
    search_fields = ["subscriber__email_key", "paper__arxiv_id"]
    ordering = ["-id"]


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["day", "source", "started_at", "finished_at", "balanced"]
    list_filter = ["balanced"]
    ordering = ["-id"]
