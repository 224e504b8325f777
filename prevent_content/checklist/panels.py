"""The checklist in the page editor, and the views that update it as someone types."""

from django.forms import Media
from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.panels import Panel
from wagtail.models import get_page_models

from ..companions import CompanionMixin, drafts_published_with
from ..compat import preview_views
from ..page_editor_form import PublishRulesForm
from ..publishing import PublishRulesMixin
from .form_errors import form_errors
from .rules import Finding, consent, errors, unaccepted, warnings

PreviewOnCreateView, PreviewOnEditView = preview_views()


class ChecklistPanel(Panel):
    """What stops publishing, what asks first, and the tick box to accept it.

    It shows what was last saved, or what was submitted if the form comes back with errors; a script
    updates it as the form changes.
    """

    def get_form_options(self) -> dict:
        return {"fields": ["accepted_warnings"]}

    class BoundPanel(Panel.BoundPanel):
        template_name = "prevent_content/checklist/panel.html"

        @property
        def media(self) -> Media:
            return Media(
                css={"all": ["prevent/checklist.css"]},
                js=["prevent/autosave.js", "prevent/live_panels.js", "prevent/checklist.js"],
            )

        def get_context_data(self, parent_context=None) -> dict:
            is_bound = self.form is not None and self.form.is_bound
            given = self.form.data.get("accepted_warnings", "") if is_bound else ""
            findings = findings_of(self.form, self.instance)
            return super().get_context_data(parent_context) | {
                "checklist_url": self.checklist_url,
                # The page's own address once autosave has made it, with its number for the 0.
                "saved_url": reverse("prevent_checklist:page", args=[0]),
                "stopped": self.request.GET.get("stopped", "") if self.request else "",
                "sentences": self.form.errors.get("accepted_warnings", ()) if is_bound else (),
                "goes_with": companions_in_words(self.instance),
                **shown(findings, given),
            }

        @property
        def checklist_url(self) -> str:
            if self.instance.pk:
                return reverse("prevent_checklist:page", args=[self.instance.pk])
            meta = type(self.instance)._meta
            parent = self.form.parent_page.pk if self.form and self.form.parent_page else 0
            return reverse(
                "prevent_checklist:new_page", args=[meta.app_label, meta.model_name, parent]
            )


def companions_in_words(page) -> list[tuple[str, str, str]]:
    """Return (sentence, title, address) for each page published with ``page``.

    The address is that page's editor.
    """
    pages = [
        (_("Submitted and published together with this page:"), draft)
        for draft in drafts_published_with(page)
    ]
    above = page.page_above if isinstance(page, CompanionMixin) else None
    if above is not None:
        pages.append((_("This page is submitted and published together with:"), above))
    return [
        (sentence, other.title, reverse("wagtailadmin_pages:edit", args=[other.pk]))
        for sentence, other in pages
    ]


def findings_of(form, page) -> list[Finding]:
    """Return the findings of ``page``, and of what was typed into its ``form`` if submitted."""
    found = page.findings(at=timezone.now())
    if form is not None and form.is_bound and form.errors:
        said = {finding.message for finding in found}
        found += [
            Finding("error", "form", sentence.rstrip("."), name if name in form.fields else "")
            for name, sentence in form_errors(form, without=frozenset({"accepted_warnings"}))
            if not sentence.endswith(tuple(said))
        ]
    return found


def shown(findings: list[Finding], given: str) -> dict:
    """Return the context of the checklist's template."""
    return {
        "stopping": errors(findings),
        "asking": warnings(findings),
        "consent": consent(findings),
        "is_accepted": bool(warnings(findings)) and not unaccepted(findings, given),
    }


class ChecklistView(PreviewOnEditView):
    """Return the contents of the panel for the form in the request. Saves nothing.

    ``html`` is the panel's content, ``status`` a sentence for screen readers. 404 for a page
    without rules, 400 with a sentence in ``error`` for a malformed request.
    """

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args, **kwargs) -> JsonResponse:
        return checked(self, request)


class NewPageChecklistView(PreviewOnCreateView):
    """The same for an unsaved page."""

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
        sentence = _("Part of this form is missing. Reload the page.")
        return JsonResponse({"error": sentence}, status=400)
    context = shown(findings_of(form, page), request.POST.get("accepted_warnings", ""))
    html = render_to_string("prevent_content/checklist/findings.html", context)
    return JsonResponse({"html": html, "status": status_line(context)})


def status_line(context: dict) -> str:
    """Return a sentence for people who cannot see the panel."""
    stops, asks = len(context["stopping"]), len(context["asking"])
    if stops:
        return ngettext(
            "%(number)d thing to correct before publishing.",
            "%(number)d things to correct before publishing.",
            stops,
        ) % {"number": stops}
    if asks:
        return ngettext("%(number)d thing to check.", "%(number)d things to check.", asks) % {
            "number": asks
        }
    return _("Ready to publish.")


def attach_checklist() -> None:
    """Give every page with publishing rules the panel and the form that enforces them.

    A page class with its own form must derive it from ``PublishRulesForm``.
    """
    for model in get_page_models():
        if not issubclass(model, PublishRulesMixin):
            continue
        title, *panels = model.content_panels
        if not any(isinstance(panel, ChecklistPanel) for panel in panels):
            checklist = ChecklistPanel(heading="Before publishing", icon="check")
            model.content_panels = [title, checklist, *panels]
        if not issubclass(getattr(model, "base_form_class", object), PublishRulesForm):
            model.base_form_class = PublishRulesForm


urlpatterns = [
    path("<int:page_id>/", ChecklistView.as_view(), name="page"),
    path(
        "new/<slug:content_type_app_name>/<slug:content_type_model_name>/<int:parent_page_id>/",
        NewPageChecklistView.as_view(),
        name="new_page",
    ),
]
