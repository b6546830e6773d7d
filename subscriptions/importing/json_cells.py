"""JSON objects within cells, such as listmonk's attributes: their values become columns of their own."""

import json
from collections.abc import Iterator, Mapping

MAX_DEPTH = 3
MAX_NAME_CHARACTERS = 200


def flatten_cells(values: Mapping[str, object], *, kept: str) -> dict[str, object]:
    """Return the row with what stands in its JSON objects as columns of their own: `attributes.city`.

    The column *kept* stays as it is.
    """
    flat: dict[str, object] = {}
    for name, value in values.items():
        inner = None if name == kept else _load_object(value)
        if inner is None:
            flat[name] = value
        else:
            flat.update({f"{name}.{key}"[:MAX_NAME_CHARACTERS]: each for key, each in _flatten(inner)})
    return flat


def _load_object(value: object) -> object:
    """Return the object, or the list of objects, that a cell holds or writes as JSON; None if it does neither."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    is_list = isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    return value if is_list or isinstance(value, dict) else None


def _flatten(value: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield the names and values within an object; of a list of objects those of all, with commas between."""
    if isinstance(value, list):
        together: dict[str, list[str]] = {}
        for each in value:
            for name, cell in _flatten(each, depth):
                together.setdefault(name, []).append(str(cell))
        yield from ((name, ",".join(cells)) for name, cells in together.items())
    elif isinstance(value, dict):
        for name, cell in value.items():
            inner = _load_object(cell) if depth < MAX_DEPTH else None
            if inner is not None:
                yield from ((f"{name}.{key}", each) for key, each in _flatten(inner, depth + 1))
            elif cell not in (None, "", []):
                yield str(name), cell
