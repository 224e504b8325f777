"""The OpenAPI description of Wagtail's API: pages, images and documents."""

from typing import Any

from .http import LONGEST_ANSWER, USUAL_ANSWER
from .openapi import documented
from .page_schemas import NUMBER, TEXT, Schema, ref

SITE = "https://www.council.example"
FILE_META = {"type": "wagtailimages.Image", "detail_url": f"{SITE}/api/v2/images/3/"}
IMAGE = {
    "id": 3,
    "meta": FILE_META | {"tags": [], "download_url": f"{SITE}/media/original_images/hall.jpg"},
    "title": "The hall",
}
DOCUMENT = {
    "id": 5,
    "meta": {
        "type": "wagtaildocs.Document",
        "detail_url": f"{SITE}/api/v2/documents/5/",
        "tags": [],
        "download_url": f"{SITE}/documents/5/slides.pdf",
    },
    "title": "Slides",
}
PAGE: dict[str, Any] = {
    "id": 7,
    "meta": {
        "type": "prevent_content.PreventPage",
        "detail_url": f"{SITE}/api/v2/pages/7/",
        "html_url": f"{SITE}/prevent/",
        "slug": "prevent",
        "show_in_menus": True,
        "seo_title": "",
        "search_description": "",
        "first_published_at": "2026-11-02T12:00:00Z",
        "alias_of": None,
        "parent": None,
        "locale": "en-gb",
    },
    "title": "Prevent",
    "summary": "What Prevent is, and whom to tell about a concern.",
    "body": [{"type": "prose", "value": "<p>Prevent supports people.</p>", "id": None}],
    "contents": [],
    "breadcrumbs": [],
    "content_owner": "Community safety team",
    "review_by": None,
    "last_published_at": "2026-11-02T12:00:00Z",
    "search": {
        "title": "Prevent",
        "description": "What Prevent is, and whom to tell about a concern.",
        "canonical_url": f"{SITE}/prevent/",
        "open_graph": {"og:type": "website"},
    },
}
IN_LISTS = ("type", "detail_url", "html_url", "slug", "first_published_at", "locale")
LISTED = {
    "id": PAGE["id"],
    "meta": {name: PAGE["meta"][name] for name in IN_LISTS},
    "title": PAGE["title"],
}


def query(name: str, schema: Schema, description: str, *, required: bool = False) -> dict:
    return {
        "in": "query",
        "name": name,
        "schema": schema,
        "description": description,
        "required": required,
    }


def at_least(least: int) -> Schema:
    return {"type": "integer", "minimum": least}


KEY = {"in": "path", "name": "id", "required": True, "schema": at_least(1)}
RICH_TEXT = query(
    "rich_text_format",
    {"type": "string", "enum": ["html", "db_html"], "default": "html"},
    "How rich text comes: as HTML to show, or as Wagtail stores it",
)
FIELDS = query(
    "fields", TEXT, "Which fields to return, like `*` or `summary,body` (Wagtail's API v2)"
)
PAGING = [
    query(
        "limit",
        at_least(1) | {"maximum": LONGEST_ANSWER, "default": USUAL_ANSWER},
        "The most to return",
    ),
    query("offset", at_least(0) | {"default": 0}, "How many to skip"),
    query("order", TEXT, "A field to sort by, with `-` in front for the other way round"),
    query("search", TEXT, "Only what has these words"),
    FIELDS,
]
CHOOSING = [
    query("type", TEXT, "Only pages of these types, like `prevent_events.EventPage`"),
    query("slug", TEXT, "Only pages with this slug"),
    query("locale", TEXT, "Only pages in this language, like `en-gb`"),
    query("translation_of", NUMBER, "Only translations of the page with this id"),
    query("child_of", TEXT, "Only pages directly below the page with this id, or `root`"),
    query("descendant_of", TEXT, "Only pages below the page with this id, or `root`"),
    query("ancestor_of", NUMBER, "Only pages above the page with this id"),
    RICH_TEXT,
]


def operation(
    name: str,
    summary: str,
    description: str,
    shape: str,
    example: dict,
    *errors: int,
    parameters: list[dict],
    tag: str = "Pages",
    problems: dict[int, dict] | None = None,
) -> dict:
    """Return a GET operation of Wagtail's API whose answer has ``shape``."""
    details = documented(example, *errors, problems=problems)
    details["responses"][200] = {
        "description": "OK",
        "content": {"application/json": {"schema": ref(shape), "example": example}},
    }
    known = {"operationId": name, "summary": summary, "description": description, "tags": [tag]}
    return {"get": {**known, "parameters": parameters, **details}}


def page_paths(prefix: str) -> dict:
    """Return the operations of the pages API, mounted at ``prefix``."""
    found = operation(
        "findPage",
        "Find a page by its address",
        "Leads to the page at a path. A path that has been renamed, moved or redirected leads to "
        "the page that is there now: compare `meta.html_url` and redirect the reader. A redirect "
        "to another address is a 404 of the kind `redirect`, with that address in `Location`.",
        "Page",
        PAGE,
        400,
        parameters=[
            query("html_path", TEXT, "The path of the page, like `/prevent/`"),
            query("id", NUMBER, "The id of the page, instead"),
            query("locale", TEXT, "The language of the path without its prefix"),
            FIELDS,
            RICH_TEXT,
        ],
    )
    found["get"]["responses"][302] = {
        "description": "The page is at `Location`; browsers and `fetch` follow it",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
    }
    return {
        f"{prefix}pages/": operation(
            "listPages",
            "Pages",
            "The published pages, in every language unless `locale` says which.",
            "PageList",
            {"meta": {"total_count": 1}, "items": [LISTED]},
            400,
            parameters=[*PAGING, *CHOOSING],
        ),
        f"{prefix}pages/{{id}}/": operation(
            "getPage",
            "A page",
            "All that a page shows, its body as typed blocks.",
            "Page",
            PAGE,
            400,
            parameters=[KEY, FIELDS, RICH_TEXT],
        ),
        f"{prefix}pages/find/": found,
        f"{prefix}pages/preview/": operation(
            "previewPage",
            "A draft",
            "The draft that an editor previews, for the token in the address of the preview. It "
            "ends after an hour and is never cached.",
            "Page",
            PAGE,
            400,
            parameters=[
                query("token", TEXT, "From the address of the preview", required=True),
                FIELDS,
                RICH_TEXT,
            ],
            problems={404: {"kind": "preview-gone", "detail": "This preview has expired."}},
        ),
        f"{prefix}images/": operation(
            "listImages",
            "Images",
            "The images that published pages show.",
            "ImageList",
            {"meta": {"total_count": 1}, "items": [IMAGE]},
            400,
            parameters=PAGING,
            tag="Images and documents",
        ),
        f"{prefix}images/{{id}}/": operation(
            "getImage",
            "An image",
            "An image with its renditions.",
            "ImageFile",
            IMAGE | {"width": 640, "height": 480, "alt": "A hall", "renditions": []},
            400,
            parameters=[KEY, FIELDS],
            tag="Images and documents",
        ),
        f"{prefix}documents/": operation(
            "listDocuments",
            "Documents",
            "The documents that published pages link to.",
            "DocumentList",
            {"meta": {"total_count": 1}, "items": [DOCUMENT]},
            400,
            parameters=PAGING,
            tag="Images and documents",
        ),
        f"{prefix}documents/{{id}}/": operation(
            "getDocument",
            "A document",
            "A document to download.",
            "DocumentFile",
            DOCUMENT,
            400,
            parameters=[KEY, FIELDS],
            tag="Images and documents",
        ),
    }
