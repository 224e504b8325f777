"""The editors' guide of docs/editors, readable inside the CMS."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs" / "editors"
PICTURES = settings.BASE_DIR / "docs" / "images" / "editors"
FIRST = "README"
app_name = "guide"

# No inline HTML: the guide is plain Markdown.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@require_safe
def chapter(request: HttpRequest, guide: str = FIRST) -> HttpResponse:
    """Show a chapter of the guide, the list of chapters by default; 404 if there is none."""
    file = FOLDER / f"{guide}.md"
    if not file.is_file():
        raise Http404
    tokens = MARKDOWN.parse(file.read_text(encoding="utf-8"))
    # The title is already the page's heading.
    title, body = tokens[1].content, tokens[3:]
    for token in body:
        for inline in token.children or ():
            relocate(inline)
    html = MARKDOWN.renderer.render(body, MARKDOWN.options, {})
    context = {
        "page_title": title,
        "header_title": title,
        "header_icon": "help",
        "is_first": guide == FIRST,
        # Written by this project, and rendered without inline HTML.
        "chapter": mark_safe(html),  # noqa: S308 # nosec
    }
    return TemplateResponse(request, "home/guide.html", context)


def relocate(token: Token) -> None:
    """Point a link to another chapter, or a picture, to its address in the CMS."""
    if token.type == "image":
        name = str(token.attrs["src"]).rpartition("/")[2].removesuffix(".png")
        token.attrs["src"] = reverse("guide:picture", args=[name])
    href = str(token.attrs.get("href", ""))
    if token.type == "link_open" and href.endswith(".md"):
        token.attrs["href"] = reverse("guide:chapter", args=[href.removesuffix(".md")])


@require_safe
def picture(request: HttpRequest, picture: str) -> HttpResponseBase:
    file = PICTURES / f"{picture}.png"
    if not file.is_file():
        raise Http404
    return FileResponse(file.open("rb"), content_type="image/png")


urlpatterns = [
    path("", chapter, name="index"),
    path("<slug:guide>/", chapter, name="chapter"),
    path("pictures/<slug:picture>.png", picture, name="picture"),
]
