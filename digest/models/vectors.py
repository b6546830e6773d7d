"""What the ranking knows of texts, computed once and kept: it can always be computed again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.models.papers import Version


class VersionVector(models.Model):
    """The text of a version as numbers; see `digest/ranking/text/`."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, primary_key=True, related_name="vector")
    format = models.PositiveSmallIntegerField(help_text=_("Rows of another format are computed again."))
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.pk} in format {self.format}"


class VersionEmbedding(models.Model):
    """The vector that an embedding model gave a version's text; see `digest/ranking/text/embedding.py`."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, primary_key=True, related_name="embedding")
    model = models.CharField(max_length=100, help_text=_("Rows of another model are asked for again."))
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.pk} by {self.model}"


class InterestVector(models.Model):
    """The mean of the earlier papers that a filter matches; see `digest/picking/interest_vectors.py`.

    It names nobody, and the filter only by a number that is computed from its text.
    """

    filter_number = models.BigIntegerField(primary_key=True)
    format = models.PositiveSmallIntegerField(help_text=_("Rows of another format are computed again."))
    content = models.BinaryField()
    renewed_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.filter_number} of {self.renewed_on}"
