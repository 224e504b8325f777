"""What the page editor asks while somebody types: what the checklist says of it as it stands."""

from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..compat import preview_views
from ..publishing import PublishRulesMixin
from .panels import findings_of, shown

PreviewOnCreateView, PreviewOnEditView = preview_views()


class ChecklistView(PreviewOnEditView):
    """Return the contents of the panel for the form in the request. Saves nothing.

    ``html`` is the panel's, ``status`` a sentence to be read out. 404 for a page without rules,
    400 with a sentence in ``error`` for what no editor sends.
    """

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args, **kwargs) -> JsonResponse:
        return checked(self, request)


class NewPageChecklistView(PreviewOnCreateView):
    """The same for a page that is not saved yet."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args, **kwargs) -> JsonResponse:
        return checked(self, request)


def checked(view: PreviewOnEditView, request: HttpRequest) -> JsonResponse:
    if not isinstance(view.object, PublishRulesMixin):
        raise Http404
    form_class = view.object.get_edit_handler().get_form_class()
    parent = view.object.get_parent()
    form = form_class(
        request.POST, instance=view.object, parent_page=parent.specific, for_user=request.user
    )
    form.defer_required_fields()
    try:
        page = form.save(commit=False) if form.is_valid() else form.instance
    except (LookupError, ValueError, OverflowError):
        sentence = _("This form is not complete. Load the page again.")
        return JsonResponse({"error": sentence}, status=400)
    context = shown(findings_of(form, page), request.POST.get("accepted_warnings", ""))
    html = render_to_string("prevent_content/checklist/findings.html", context)
    return JsonResponse({"html": html, "status": status_line(context)})


def status_line(context: dict) -> str:
    """Return in a sentence what a person who cannot see the panel needs to hear."""
    stops, asks = len(context["stopping"]), len(context["asking"])
    if stops:
        return ngettext(
            "%(number)d thing stops publishing.", "%(number)d things stop publishing.", stops
        ) % {"number": stops}
    if asks:
        return ngettext("%(number)d thing to check.", "%(number)d things to check.", asks) % {
            "number": asks
        }
    return _("Nothing stops publishing.")
