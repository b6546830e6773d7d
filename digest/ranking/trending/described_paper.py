"""What the trending score reads of a paper."""

from typing import Protocol


class DescribedPaper(Protocol):
    """The fields that describe a paper on the day of its announcement; a PaperRecord has them all."""

    @property
    def arxiv_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def authors(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
