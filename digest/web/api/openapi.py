"""The document that describes the API: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1).

Its descriptions are in the language that is active: the page `/api/` shows the same ones. `tests/web/api/` asks every
endpoint with what the document allows and with what it does not, and compares the answers with it.
"""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from digest.ranking.search.query import MAX_QUERY_LENGTH
from digest.search.find import Order
from digest.web.found_papers import MAX_PAGES
from digest.web.paper_lists.addresses import LANGUAGE_PARAMETER, USUAL_LANGUAGE
from digest.web.search_page import ORDERS
from digest.web.topic_pages import ORDERS as TOPIC_ORDERS
from subscriptions.filters.language import MAX_FILTER_LENGTH
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.taxonomy.categories import CATEGORIES

Schema = Mapping[str, object]

TEXT: Schema = {"type": "string"}
# What no database holds may not be asked for.
ASKED_TEXT: Schema = {"type": "string", "pattern": r"^[^\u0000]*$"}
TEXTS: Schema = {"type": "array", "items": TEXT}
NUMBER: Schema = {"type": "integer", "minimum": 0}
DAY: Schema = {"type": "string", "format": "date"}
ADDRESS: Schema = {"type": "string", "format": "uri"}


def describe_api() -> dict[str, object]:
    """Return the document, its descriptions in the active language."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.SITE_NAME} API",
            "version": "1",
            "description": _(
                "Papers, searches, topics, editions and categories of this site, for programs. No key is needed."
            ),
        },
        "servers": [{"url": f"{settings.SITE_URL}/api/v1"}],
        "paths": {path: {"get": operation} for path, operation in _list_operations().items()},
        "components": {"schemas": _list_schemas(), "responses": _list_problems(), "headers": _list_headers()},
    }


def _list_operations() -> dict[str, dict[str, object]]:
    language = _query(
        LANGUAGE_PARAMETER,
        {"type": "string", "enum": list(LETTER_LANGUAGES), "default": USUAL_LANGUAGE},
        _("The language of summaries; where there is none in it, they are English."),
    )
    page = _query(
        "page", {"type": "integer", "minimum": 1, "maximum": MAX_PAGES, "default": 1}, _("Which page, from 1 on.")
    )
    return {
        "/papers/{id}": _operation(
            "getPaper",
            _("One paper in its newest version"),
            "PaperWithEditions",
            [
                _path("id", ASKED_TEXT, _("The arXiv id, such as 2601.15380 or hep-th/9901001.")),
                language,
            ],
            problems=("NotFound",),
        ),
        "/search": _operation(
            "searchPapers",
            _("Papers for words or a filter"),
            "SearchResults",
            [
                _query(
                    "q",
                    {**ASKED_TEXT, "minLength": 1, "maxLength": MAX_QUERY_LENGTH},
                    _("Words, a phrase in quotation marks, a name, or a filter, as on the search page."),
                    required=True,
                ),
                _query("from", DAY, _("The first day on which papers came out.")),
                _query("to", DAY, _("The last day on which papers came out.")),
                _query("category", {"type": "string", "enum": list(CATEGORIES)}, _("A category of arXiv.")),
                _query_order(ORDERS),
                page,
                language,
            ],
            problems=("Unreadable",),
        ),
        "/topics": _operation(
            "getTopic",
            _("The papers that letters with this filter would hold"),
            "TopicPapers",
            [
                _query(
                    "topic",
                    {**ASKED_TEXT, "minLength": 1, "maxLength": MAX_FILTER_LENGTH},
                    _("Words, a phrase in quotation marks, or a filter."),
                    required=True,
                ),
                _query_order(TOPIC_ORDERS),
                page,
                language,
            ],
            problems=("Unreadable",),
        ),
        "/topics/popular": _operation(
            "listPopularTopics",
            _("Topics that several papers of the newest edition share"),
            "Topics",
            [language],
        ),
        "/editions": _operation(
            "listEditions", _("The days that have an edition, the newest first"), "EditionDays", [page, language]
        ),
        "/editions/{day}": _operation(
            "getEdition",
            _("The papers of a day, the best first"),
            "Edition",
            [_path("day", DAY, _("A day such as 2026-01-23.")), page, language],
            problems=("NotFound",),
        ),
        "/categories/{code}": _operation(
            "getCategory",
            _("The newest papers of a category"),
            "Category",
            [_path("code", ASKED_TEXT, _("Its code, such as cs.LG.")), page, language],
            problems=("NotFound",),
        ),
    }


def _operation(
    name: str, summary: str, schema: str, parameters: Sequence[Schema], problems: Sequence[str] = ()
) -> dict[str, object]:
    statuses = {"NotFound": "404", "Unreadable": "422"}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {
                "description": summary,
                "headers": {each: {"$ref": f"#/components/headers/{each}"} for each in ("ETag", "RateLimit")},
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
            },
            "304": {"description": _("Nothing has changed since the ETag that was sent along.")},
            "400": {"$ref": "#/components/responses/WrongParameter"},
            **{statuses[each]: {"$ref": f"#/components/responses/{each}"} for each in problems},
            "429": {"$ref": "#/components/responses/TooMany"},
        },
    }


def _query(name: str, schema: Schema, description: str, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


def _query_order(orders: Sequence[Order]) -> Schema:
    return _query("order", {"type": "string", "enum": list(orders), "default": orders[0]}, _("What comes first."))


def _path(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


def _list_problems() -> dict[str, object]:
    described = {
        "WrongParameter": _("A parameter is missing, or is not what it should be."),
        "NotFound": _("There is no such thing."),
        "Unreadable": _("The words cannot be read as a filter; `position` and `length` tell where the mistake is."),
        "TooMany": _("This network has asked too often; `Retry-After` tells for how many seconds to wait."),
    }
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {name: {"description": description, "content": content} for name, description in described.items()}


def _list_headers() -> dict[str, object]:
    return {
        "ETag": {"schema": TEXT, "description": _("Send it back as If-None-Match: then the same answer comes as 304.")},
        "RateLimit": {
            "schema": TEXT,
            "description": _("How many requests are left (r) for how many seconds (t)."),
        },
    }


def _list_schemas() -> dict[str, object]:
    paper: dict[str, Schema] = {
        "id": TEXT,
        "version": {"type": "integer", "minimum": 1},
        "title": TEXT,
        "title_in_unicode": TEXT,
        "authors": TEXTS,
        "abstract": TEXT,
        "categories": TEXTS,
        "announced": DAY,
        "submitted": {"type": ["string", "null"], "format": "date-time"},
        "is_withdrawn": {"type": "boolean"},
        "comment": TEXT,
        "doi": TEXT,
        "journal_reference": TEXT,
        "signals": _object(dict.fromkeys(("upvotes", "comments", "stars"), NUMBER), required=()),
        "summary": {"oneOf": [{"$ref": "#/components/schemas/Summary"}, {"type": "null"}]},
        "links": _object(
            {
                "page": ADDRESS,
                "abstract": ADDRESS,
                "pdf": ADDRESS,
                "code": {"type": ["string", "null"], "format": "uri"},
            }
        ),
    }
    pages: dict[str, Schema] = {
        "total": NUMBER,
        "page": NUMBER,
        "papers_per_page": NUMBER,
        "pages": NUMBER,
    }
    found: Schema = {"type": "array", "items": _object({**paper, "has_all": {"type": "boolean"}})}
    papers: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Paper"}}
    summary = dict.fromkeys(("language", "writer", "tldr", "motivation", "method", "result", "conclusion"), TEXT)
    return {
        "Paper": _object(paper),
        "PaperWithEditions": _object({**paper, "editions": {"type": "array", "items": DAY}}),
        "Summary": _object(summary),
        "SearchResults": _object(
            {"query": TEXT, "corrected_query": {"type": ["string", "null"]}, **pages, "papers": found}
        ),
        "TopicPapers": _object({"topic": TEXT, **pages, "papers": found}),
        "Topics": _object({"topics": {"type": "array", "items": _object({"topic": TEXT, "page": ADDRESS})}}),
        "EditionDays": _object({**pages, "editions": {"type": "array", "items": DAY}}),
        "Edition": _object({"day": DAY, **pages, "papers": papers}),
        "Category": _object({"code": TEXT, "name": TEXT, **pages, "papers": papers}),
        "Problem": {
            "type": "object",
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": {"type": "integer"},
                "detail": TEXT,
                "parameter": TEXT,
                "code": TEXT,
                "position": NUMBER,
                "length": NUMBER,
            },
            "required": ["type", "title", "status", "detail"],
        },
    }


def _object(properties: Mapping[str, Schema], required: Sequence[str] | None = None) -> Schema:
    """Return the schema of an object that has these members and no others, all of them unless *required* says which."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }
