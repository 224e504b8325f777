"""The site's search over the API: the same results as on the search page, with dates."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.responses import Response
from pydantic import Field

from events.api.examples import OCCURRENCE
from events.api.schemas import LocaleCode, OccurrenceObject
from events.api.serializers import Publication, occurrence_object
from events.search import LONGEST_QUERY, SearchError, search
from prevent_content.api.http import FieldProblem, ParameterError
from prevent_content.api.openapi import documented
from prevent_content.api.serializers import page_object
from prevent_content.api.site import EXAMPLE as SITE
from prevent_content.api.site import PageLink
from prevent_content.conf import setting

from .. import limits
from .json_forms import too_many
from .public_forms import in_language

router = Router(tags=["Site"])


class SearchQuery(Schema):
    query: str = Field(min_length=1, max_length=LONGEST_QUERY, description="As typed")
    page: int = Field(1, ge=1, le=100, description="Page of results")
    locale: LocaleCode = None


class SearchResultObject(Schema):
    page: PageLink
    title: str = Field(description="HTML, with the words that were found in `mark`")
    passage: str = Field(description="HTML, likewise")


class SearchResultsObject(Schema):
    count: int
    is_near: bool = Field(description="No page has these words: these have words like them")
    items: list[SearchResultObject]
    dates: list[OccurrenceObject] = Field(description="Only on the first page")
    next_page: int | None


EXAMPLE = {
    "count": 1,
    "is_near": False,
    "items": [
        {
            "page": SITE["navigation"][0],
            "title": "<mark>Prevent</mark>",
            "passage": "What <mark>Prevent</mark> is for",
        }
    ],
    "dates": [OCCURRENCE],
    "next_page": None,
}


@router.get(
    "/search/",
    response=SearchResultsObject,
    url_name="search",
    operation_id="search",
    summary="Search the site",
    openapi_extra=documented(
        EXAMPLE,
        400,
        problems={429: {"kind": "too-many", "detail": "Wait a minute."}},
    ),
)
def search_site(request: HttpRequest, query: Query[SearchQuery]) -> HttpResponse:
    """Pages with these words, and the dates that the words name or that their events have."""
    publication = Publication.of(request)
    now = timezone.now()
    if limits.count_search(request, at=now) > setting("SEARCH_LIMIT_ADDRESS"):
        return too_many(
            f"{_('You have searched too many times. Wait a minute, then search again')}.",
            most=setting("SEARCH_LIMIT_ADDRESS"),
            window=60,
        )
    with in_language(query.locale, publication.site):
        try:
            found = search(publication.site, query.query, number=query.page, at=now)
        except SearchError as error:
            raise ParameterError(FieldProblem("query", "invalid", str(error))) from error
        known = {
            "count": found.count,
            "is_near": found.is_near,
            "items": [
                {
                    "page": page_object(result.page, request),
                    "title": str(result.title),
                    "passage": str(result.passage),
                }
                for result in found.found
            ],
            "dates": [occurrence_object(row, request, publication) for row in found.dates],
            "next_page": found.next,
        }
        return Response(SearchResultsObject.model_validate(known).model_dump(mode="json"))
