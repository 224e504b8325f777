"""Public addresses of pages, which pages are public, and where the links on them lead.

Links are read as stored, so that links to deleted pages are found too. No other site is contacted.
"""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from urllib.parse import urljoin

from django.db.models import Case, Exists, Model, OuterRef, Q, Subquery, When
from django.db.models.functions import Left, Length
from django.http import HttpRequest
from wagtail.blocks import ListBlock, RichTextBlock, StreamBlock, StructBlock
from wagtail.blocks.field_block import ChooserBlock
from wagtail.documents import get_document_model
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.rich_text import expand_db_html, extract_references_from_rich_text

from .conf import setting

_LINK_OR_PICTURE = re.compile(r'(?<=\s)(?P<name>href|src)="(?P<address>[^"]*)"')
ADDRESS = re.compile(r'href="(https?://[^"]+)"')

Target = tuple[type[Model], str]


def site_address(site: Site) -> str:
    """Return the public address of ``site``, like ``https://www.council.example``.

    For the default site it is the setting ``SITE_URL``, if set, which knows the port and scheme
    that a proxy shows.
    """
    known = setting("SITE_URL") if site.is_default_site else ""
    return (known or site.root_url).rstrip("/")


_council_names: list[Callable[[Site], str]] = []


def register_council_name(provider: Callable[[Site], str]) -> None:
    """Sign emails with the name that ``provider`` returns for a site.

    Call it from an app's ``ready`` method. By default it is the site's name in Wagtail.
    """
    _council_names.append(provider)


def council_name(site: Site | None) -> str:
    """Return the name that signs emails; "" if there is no site."""
    if site is None:
        return ""
    names = (provider(site) for provider in reversed(_council_names))
    return next(filter(None, names), "") or site.site_name or site.hostname


def absolute_address(address: str, site: Site) -> str:
    """Return ``address`` with the public scheme and host of ``site``.

    Addresses that already have a scheme, "" and fragments are returned unchanged.
    """
    if not address or address.startswith("#"):
        return address
    return urljoin(f"{site_address(site)}/", address)


def absolute_html(html: str, site: Site) -> str:
    """Return ``html`` with absolute link and picture addresses.

    For everything that leaves the pages of ``site``: emails, API, feeds and exported files.
    """

    def replace(match: re.Match) -> str:
        address = absolute_address(unescape(match["address"]), site)
        return f'{match["name"]}="{escape(address)}"'

    return _LINK_OR_PICTURE.sub(replace, html)


def rich_text_html(source: str, site: Site) -> str:
    """Return rich text from the database as HTML with absolute addresses."""
    return absolute_html(expand_db_html(source), site)


def page_address(page: Page, request: HttpRequest | None = None) -> str:
    """Return the absolute address of ``page``; "" if it belongs to no site.

    Queries its site, unless that is the site of ``request``.
    """
    parts = page.get_url_parts(request)
    if parts is None or parts[2] is None:
        return ""
    site = Site.find_for_request(request) if request else None
    if site is None or site.pk != parts[0]:
        site = Site.objects.get(pk=parts[0])
    return site_address(site) + parts[2]


def is_open(path: str) -> Case:
    """Return whether no page on the tree path in the field ``path`` is restricted.

    Written so that no database turns it into a join: SQLite might then read every page for each
    row, and PostgreSQL every page for each list. Restrictions are few.
    """
    restricted = Page.objects.filter(pk=OuterRef("page_id")).values("path")
    restrictions = PageViewRestriction.objects.annotate(path=Subquery(restricted)).filter(
        path=Left(OuterRef(path), Length("path"))
    )
    return Case(When(Exists(restrictions), then=False), default=True)


def restricted_pages(prefix: str = "") -> Q:
    """Return the filter for pages that only some people may read; ``prefix`` leads to the page."""
    found = Q(pk__in=[])
    for path in PageViewRestriction.objects.values_list("page__path", flat=True):
        found |= Q(**{f"{prefix}path__startswith": path})
    return found


def look(pages) -> tuple[list[tuple[Page, str, str]], list[tuple[Page, str]]]:
    """Return (page, target, fault) for each broken link of ``pages``, and (page, address) for
    each that leads to another site. In the order of the tree, each link of a page once."""
    targets: list[tuple[Page, Target]] = []
    external: list[tuple[Page, str]] = []
    for page in pages.order_by("path").specific().iterator(chunk_size=100):
        found, addresses = links_of(page)
        targets += [(page, target) for target in dict.fromkeys(found)]
        external += [(page, address) for address in dict.fromkeys(addresses)]
    states = states_of({target for _page, target in targets})
    broken = [(page, *states[target]) for page, target in targets if target in states]
    return broken, external


def links_of(page: Page) -> tuple[list[Target], list[str]]:
    """Return the pages and documents that ``page`` links to, and the addresses of other sites."""
    targets: list[Target] = []
    texts: list[str] = []
    for field in page._meta.get_fields():
        if isinstance(field, RichTextField):
            texts.append(field.value_from_object(page) or "")
        elif isinstance(field, StreamField):
            stream = field.value_from_object(page)
            for block, raw in leaves(field.stream_block, stream.get_prep_value()):
                if isinstance(block, RichTextBlock):
                    texts.append(raw or "")
                elif raw and issubclass(block.model_class, (Page, get_document_model())):
                    targets.append((root_of(block.model_class), str(raw)))
    for text in texts:
        for model, key, *_path in extract_references_from_rich_text(text):
            if issubclass(model, (Page, get_document_model())):
                targets.append((root_of(model), str(key)))
    return targets, [unescape(found) for text in texts for found in ADDRESS.findall(text)]


def root_of(model: type[Model]) -> type[Model]:
    return Page if issubclass(model, Page) else get_document_model()


def leaves(block, raw) -> Iterator[tuple]:
    """Yield (block, stored value) of the texts and choices in the stored value of ``block``."""
    if isinstance(block, (RichTextBlock, ChooserBlock)):
        yield block, raw
    elif isinstance(block, StreamBlock):
        for child in raw or []:
            if child["type"] in block.child_blocks:
                yield from leaves(block.child_blocks[child["type"]], child["value"])
    elif isinstance(block, StructBlock):
        for name, inner in block.child_blocks.items():
            yield from leaves(inner, (raw or {}).get(name))
    elif isinstance(block, ListBlock):
        for item in raw or []:
            is_wrapped = isinstance(item, dict) and item.get("type") == "item"
            yield from leaves(block.child_block, item["value"] if is_wrapped else item)


def states_of(targets: set[Target]) -> dict[Target, tuple[str, str]]:
    """Return (name, fault) of those ``targets`` that are not public."""
    keys: dict[type[Model], set[str]] = {}
    for model, key in targets:
        keys.setdefault(model, set()).add(key)
    found = {
        (model, str(row.pk)): row
        for model, wanted in keys.items()
        for row in model._default_manager.filter(pk__in=[key for key in wanted if key.isdigit()])
    }
    states = {}
    for model, key in targets:
        row = found.get((model, key))
        kind = model._meta.verbose_name
        if row is None:
            states[model, key] = (f"{kind} {key}", "It was deleted")
        elif isinstance(row, Page) and not row.live:
            states[model, key] = (row.get_admin_display_title(), "It is not published")
    return states
