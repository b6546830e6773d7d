"""The button beside a hint, which writes a filter as it was probably meant."""

from django.http import QueryDict

from subscriptions.filters.error_messages import mend_filter


def with_mended_filter(posted: QueryDict) -> QueryDict:
    """Return what was *posted*, with the filter changed whose hint has the number in `mend`. Nothing is stored."""
    mended = posted.copy()
    mended["filters"] = mend_filter(posted.get("filters", ""), posted.get("mend", ""))
    return mended
