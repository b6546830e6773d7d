"""The buttons within a form of interests that change what is chosen and store nothing. They need no script."""

from django.http import QueryDict

from subscriptions.filters.error_messages import mend_filter


def change_choices(posted: QueryDict) -> QueryDict | None:
    """Return what was *posted* as a button wants it, or None where none of them was pressed.

    `mend` writes a filter as it was probably meant, `add` adds a filter, `preview` takes over keywords that were
    ticked elsewhere, and a new text in `find` looks for categories.
    """
    changed = posted.copy()
    filters = posted.get("filters", "")
    if "mend" in posted:
        changed["filters"] = mend_filter(filters, posted.get("mend", ""))
    elif "add" in posted:
        changed["filters"] = f"{filters.rstrip()}\n{posted.get('add', '')}".strip()
    elif "preview" in posted:
        changed["filters"] = "\n".join([filters, *posted.getlist("keyword")]).strip()
    elif posted.get("find", "").strip() in ("", posted.get("found", "")):
        return None
    return changed
