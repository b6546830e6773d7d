"""Papers, their versions, where they were announced, and the attention they got."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Paper(models.Model):
    """A paper's identity. What it says stands in its versions."""

    arxiv_id = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.arxiv_id


class Version(models.Model):
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    title = models.TextField()
    abstract = models.TextField()
    authors = models.JSONField(default=list)
    categories = models.JSONField(default=list, help_text=_("The first is the primary one."))
    primary_category = models.CharField(max_length=32, db_index=True)
    published = models.DateTimeField(null=True, blank=True)
    updated = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)
    doi = models.CharField(max_length=200, blank=True)
    journal_ref = models.TextField(blank=True)
    code_url = models.URLField(max_length=500, blank=True)
    withdrawn = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "number"], name="one_row_per_version")]

    def __str__(self) -> str:
        return f"{self.paper_id}v{self.number}"


class PaperNews(models.Model):
    """What became known of a paper on a later day than its announcement. Readers who kept or were sent it are told."""

    KINDS = [("published", _("published")), ("code", _("code"))]

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="news")
    kind = models.CharField(max_length=16, choices=KINDS)
    day = models.DateField(db_index=True, help_text=_("The day whose papers told of it."))
    title = models.TextField(help_text=_("The paper's at that time: a letter is the same bytes later."))
    reference = models.TextField(blank=True, help_text=_("Where it was published, as its authors wrote it."))
    address = models.URLField(max_length=500, blank=True, help_text=_("Of the publication or the code."))

    class Meta:
        verbose_name_plural = _("news of papers")
        constraints = [models.UniqueConstraint(fields=["paper", "kind"], name="news_once")]

    def __str__(self) -> str:
        return f"{self.paper_id}: {self.kind}"


class Announcement(models.Model):
    """A paper in a category's listing of a day."""

    KINDS = [
        ("new", _("new")),
        ("cross", _("cross")),
        ("replace", _("replace")),
        ("replace-cross", _("replace-cross")),
    ]

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="announcements")
    category = models.CharField(max_length=32)
    day = models.DateField()
    kind = models.CharField(max_length=16, choices=KINDS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "category", "day"], name="announced_once")]
        # The second holds all that a list of a category's newest papers asks for.
        indexes = [
            models.Index(fields=["day", "category"]),
            models.Index(fields=["category", "day", "kind"], name="newest_of_category"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.day}"


class Signal(models.Model):
    """One observation of upvotes, comments or stars."""

    KINDS = [("upvotes", _("upvotes")), ("comments", _("comments")), ("stars", _("stars"))]

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=16, choices=KINDS)
    value = models.PositiveIntegerField()
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "kind", "observed_at"], name="observed_once")]

    def __str__(self) -> str:
        return f"{self.value} {self.kind}"
