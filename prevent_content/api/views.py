"""Wagtail's own read-only API, the same for everyone, with complete public fields.

Every caller, whatever their session, gets what an anonymous visitor may read, because answers may
be stored and shared.
"""

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.apps import apps
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, QueryDict
from django.urls import path
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.fields import Field, SkipField
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from wagtail.api import APIField
from wagtail.api.v2.pagination import WagtailPagination
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.serializers import (
    DetailUrlField,
    PageHtmlUrlField,
    PageParentField,
    PageSerializer,
    get_serializer_class,
)
from wagtail.api.v2.utils import BadRequestError
from wagtail.api.v2.views import BaseAPIViewSet, PagesAPIViewSet
from wagtail.documents.api.v2.serializers import DocumentSerializer
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.fields import RichTextField, StreamField
from wagtail.images.api.v2.serializers import ImageSerializer
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.models import Collection, CollectionViewRestriction, Page, Site

from ..compat import RICH_TEXT_SERIALIZERS
from ..links import page_address, restricted_pages
from ..previews import PreviewDraft, find
from ..public_version import PublicVersion
from .http import (
    LONGEST_ANSWER,
    USUAL_ANSWER,
    FieldProblem,
    ParameterError,
    api_view,
    etag_of,
    problem,
    unless_known,
    wrong_parameters,
)
from .serializers import (
    AltTextField,
    RenditionsField,
    absolute,
    absolute_rich_text,
    as_html,
    with_absolute_addresses,
)

PAGE = (("offset", 0), ("limit", USUAL_ANSWER))
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class PublicPagination(WagtailPagination):
    """Wagtail's pagination, with the maximum length of all our lists."""

    def paginate_queryset(self, queryset, request, view=None):
        offset, limit = (int(request.GET.get(name, usual)) for name, usual in PAGE)
        self.view = view
        self.total_count = queryset.count()
        return queryset[offset : offset + limit]


class ApiViewMixin(BaseAPIViewSet):
    """Conditional answers, rich text as HTML, and problems as problem details."""

    http_method_names = ["get", "head", "options"]
    renderer_classes = [JSONRenderer]
    authentication_classes: list = []
    permission_classes: list = []
    pagination_class = PublicPagination
    # Wagtail 7.4 does not know the last one.
    known_query_parameters = BaseAPIViewSet.known_query_parameters | {"rich_text_format"}

    @classmethod
    def get_urlpatterns(cls) -> list:
        patterns = super().get_urlpatterns()
        for pattern in patterns:
            pattern.callback = api_view(conditional(pattern.callback), parameters=None)
        return patterns

    def initialize_request(self, request: HttpRequest, *args, **kwargs):
        as_html(request)
        return super().initialize_request(request, *args, **kwargs)

    def check_query_parameters(self, queryset) -> None:
        """Check the parameters of every list before Wagtail does, so that errors are the same."""
        known = {
            *self.get_available_fields(queryset.model, db_fields_only=True),
            *self.known_query_parameters,
        }
        errors = [
            FieldProblem(name, "unknown", "There is no such parameter")
            for name in sorted(set(self.request.GET) - known)
        ]
        for name, least in (("limit", 1), ("offset", 0)):
            text = self.request.GET.get(name, "20")
            if not NUMBER.fullmatch(text):
                errors.append(FieldProblem(name, "invalid", "Enter it like 20"))
            elif int(text) < least:
                errors.append(FieldProblem(name, "invalid", f"Enter {least} or more"))
            elif name == "limit" and int(text) > LONGEST_ANSWER:
                errors.append(FieldProblem(name, "invalid", f"Enter {LONGEST_ANSWER} or less"))
        if errors:
            raise ParameterError(*errors)

    def find_view(self, request):
        """Redirect to the object found, keeping the host and format of the request."""
        found = super().find_view(request)
        if "Location" in found:
            parts = urlsplit(found["Location"])
            query = QueryDict(parts.query, mutable=True)
            if query.get("rich_text_format") == "html":
                del query["rich_text_format"]
            address = "?".join(filter(None, [parts.path, query.urlencode()]))
            found["Location"] = absolute(request, address)
        return found

    def handle_exception(self, exc: Exception):
        if isinstance(exc, Http404):
            return problem(404)
        if isinstance(exc, RedirectedElsewhere):
            detail = "This path redirects to an address outside this API. See Location."
            headers = {"Location": exc.location}
            return problem(404, kind="redirect", detail=detail, headers=headers)
        if isinstance(exc, ParameterError):
            return wrong_parameters(exc.errors)
        if isinstance(exc, BadRequestError):
            return problem(400, kind="parameter", detail=sentence(str(exc)))
        if isinstance(exc, FieldError | ValidationError | ValueError | DataError | OverflowError):
            return problem(
                400, kind="parameter", detail="A parameter has a value that is not valid."
            )
        if isinstance(exc, APIException):
            return problem(exc.status_code, detail=sentence(str(exc.detail)))
        return super().handle_exception(exc)


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def conditional(view):
    """Return ``view`` so that it runs only if the client's copy may be out of date."""

    def wrapper(request: HttpRequest, *args, **kwargs):
        version = PublicVersion.current()
        return unless_known(
            request,
            lambda: rendered(view(request, *args, **kwargs)),
            etag=etag_of(version.number, request.get_host(), request.get_full_path()),
            changed_at=version.changed_at,
        )

    return wrapper


def rendered(response):
    return response.render() if isinstance(response, Response) else response


class PublicAddressField(PageHtmlUrlField):
    """The page's public address."""

    def to_representation(self, page: Page) -> str | None:
        return page_address(page, self.context.get("request")) or None if page.path else None


class PublicDetailUrlField(DetailUrlField):
    def get_attribute(self, instance) -> str:
        router = self.context["router"]
        # The draft of an unsaved page has no key, and so no address.
        address = instance.pk and router.get_object_detail_urlpath(type(instance), instance.pk)
        if not address:
            raise SkipField
        return absolute(self.context["request"], address)


class PublicParentField(PageParentField):
    def to_representation(self, page: Page) -> dict:
        meta = ["type", "detail_url", "html_url"]
        serializer = get_serializer_class(
            type(page), ["id", *meta, "title"], meta_fields=meta, base=PublicPageSerializer
        )
        return serializer(context=self.context).to_representation(page)


class PublicAliasField(PublicParentField):
    """The page that this one mirrors, if it is public."""

    def get_attribute(self, instance: Page) -> Page | None:
        source = instance.alias_of
        public = source and self.context["base_queryset"].filter(pk=source.pk).exists()
        return source if public else None


KNOWN_FIELDS = PageSerializer.serializer_field_mapping | RICH_TEXT_SERIALIZERS


class PublicRichTextField(KNOWN_FIELDS[RichTextField]):
    """Rich text with absolute addresses."""

    def to_representation(self, value: str) -> str:
        return absolute_rich_text(super().to_representation(value), self.context.get("request"))


class PublicStreamField(KNOWN_FIELDS[StreamField]):
    """The blocks of a page, with absolute addresses in all text."""

    def to_representation(self, value) -> list[dict]:
        return with_absolute_addresses(
            super().to_representation(value), self.context.get("request")
        )


class PublicPageSerializer(PageSerializer):
    serializer_field_mapping = KNOWN_FIELDS | {
        RichTextField: PublicRichTextField,
        StreamField: PublicStreamField,
    }
    detail_url = PublicDetailUrlField(read_only=True)
    html_url = PublicAddressField(read_only=True)
    parent = PublicParentField(read_only=True)
    alias_of = PublicAliasField(read_only=True)


class PublicDownloadField(Field):
    """The address of the file itself."""

    def get_attribute(self, instance):
        return instance

    def to_representation(self, instance) -> str:
        address = instance.url if hasattr(instance, "url") else instance.file.url
        return absolute(self.context.get("request"), address)


class PublicImageSerializer(ImageSerializer):
    detail_url = PublicDetailUrlField(read_only=True)
    download_url = PublicDownloadField(read_only=True)


class PublicDocumentSerializer(DocumentSerializer):
    detail_url = PublicDetailUrlField(read_only=True)
    download_url = PublicDownloadField(read_only=True)


class RedirectedElsewhere(Exception):
    """A path that the site redirects to an address outside the API."""

    def __init__(self, location: str):
        super().__init__(location)
        self.location = location


def redirect_from(path_given: str, site: Site):
    """Return the site's redirect for a path (its query included), if any."""
    if not apps.is_installed("wagtail.contrib.redirects"):
        return None
    Redirect = apps.get_model("wagtailredirects", "Redirect")
    paths = {Redirect.normalise_path(path_given), Redirect.normalise_path(path_given.split("?")[0])}
    found = Redirect.get_for_site(site).filter(old_path__in=paths)
    return found.select_related("redirect_page").first()


class PublicPagesViewSet(ApiViewMixin, PagesAPIViewSet):
    base_serializer_class = PublicPageSerializer
    known_query_parameters = (
        PagesAPIViewSet.known_query_parameters | ApiViewMixin.known_query_parameters
    )

    @classmethod
    def get_urlpatterns(cls) -> list:
        draft = cls.as_view({"get": "preview_view"})
        return [
            path("preview/", api_view(never_kept(draft), parameters=None), name="preview"),
            *super().get_urlpatterns(),
        ]

    def get_base_queryset(self):
        return super().get_base_queryset().exclude(restricted_pages())

    def find_object(self, queryset, request):
        """Find a page by its path, also one that the site's own redirects lead from."""
        found = super().find_object(queryset, request)
        path_given = request.GET.get("html_path")
        site = Site.find_for_request(request)
        if found is not None or path_given is None or site is None:
            return found
        redirect = redirect_from(path_given, site)
        if redirect is not None and redirect.redirect_page is None and redirect.link:
            raise RedirectedElsewhere(redirect.link)
        page = redirect.redirect_page if redirect else None
        return page if page and queryset.filter(pk=page.pk).exists() else None

    def preview_view(self, request):
        """Answer with the draft for the query's ``token``, as its page's own address would."""
        try:
            self._cached_object = find(request.GET.get("token", ""), at=self.now())
        except PreviewDraft.DoesNotExist:
            return problem(
                404,
                kind="preview-gone",
                detail="This preview has expired. Open the preview again in the CMS.",
            )
        return Response(self.get_serializer(self._cached_object).data)

    def now(self) -> datetime:
        return timezone.now()

    def get_object(self) -> Page:
        return self._cached_object if self.action == "preview_view" else super().get_object()


def never_kept(view):
    def wrapper(request: HttpRequest, *args, **kwargs):
        response = rendered(view(request, *args, **kwargs))
        response["Cache-Control"] = "no-store"
        return response

    return wrapper


class PublicCollectionsMixin(ApiViewMixin):
    """Leaves out everything in restricted collections."""

    def get_queryset(self):
        hidden = CollectionViewRestriction.objects.values_list("collection__path", flat=True)
        below = Collection.objects.none()
        for collection_path in hidden:
            below |= Collection.objects.filter(path__startswith=collection_path)
        return BaseAPIViewSet.get_queryset(self).exclude(collection__in=below)


class PublicImagesViewSet(PublicCollectionsMixin, ImagesAPIViewSet):
    base_serializer_class = PublicImageSerializer
    body_fields = [
        *ImagesAPIViewSet.body_fields,
        APIField("alt", serializer=AltTextField()),
        APIField("renditions", serializer=RenditionsField()),
    ]


class PublicDocumentsViewSet(PublicCollectionsMixin, DocumentsAPIViewSet):
    base_serializer_class = PublicDocumentSerializer


def public_router(namespace: str) -> WagtailAPIRouter:
    """Return the router of pages, images and documents, to be mounted under ``namespace``."""
    router = WagtailAPIRouter(namespace)
    router.register_endpoint("pages", PublicPagesViewSet)
    router.register_endpoint("images", PublicImagesViewSet)
    router.register_endpoint("documents", PublicDocumentsViewSet)
    return router


urlpatterns = [path("", public_router("prevent_pages").urls)]
