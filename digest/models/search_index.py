"""The index for searches: which papers have a term, and where. It can always be made again from the papers.

A block is 8,192 versions with neighbouring keys. `digest/search/index.py` writes both tables, `lookup.py` reads them.
"""

from django.db import models


class SearchBlock(models.Model):
    number = models.PositiveIntegerField(primary_key=True)
    # Two bytes a version: the length of its text, 0 if it is not in the index; the highest bit marks a replaced one.
    lengths = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class SearchTerm(models.Model):
    """The postings of a term in one block. Terms are bytes, so that every database has them in the same order."""

    block = models.PositiveIntegerField()
    term = models.BinaryField()
    # Empty for what is no word of a text.
    stem = models.BinaryField()
    # Four bytes each, ascending: the version in its block, and the place in the paper.
    postings = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["term", "block"], name="one_row_per_term_and_block")]
        indexes = [models.Index(fields=["stem"])]

    def __str__(self) -> str:
        return f"{bytes(self.term).decode()} in {self.block}"
