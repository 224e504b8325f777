"""Was this page useful? The form on its own page, the thanks, and the report for editors."""

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Page, Revision

from prevent_content.reports import ReportScreen

from .form_responses import (
    answers_so_far,
    data_for,
    private,
    public_form,
    refusal,
    show,
    show_form,
    too_many,
)
from .guarded_forms import TOO_LONG, GuardedForm
from .models import PageFeedback
from .models.retention import page_feedback_days
from .privacy import days_in_words
from .questions import several_lines


class FeedbackForm(GuardedForm):
    """Whether a page was useful, and why; never who is answering."""

    kind = "feedback"

    useful = forms.ChoiceField(
        label=_("Was the page useful?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Say whether the page was useful"),
            "invalid_choice": _("Say whether the page was useful"),
        },
    )
    comment = forms.CharField(
        label=_("What would you like to tell us?"),
        max_length=500,
        required=False,
        help_text=_("Do not include your name or anything else that could identify you"),
        validators=[several_lines],
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=TOO_LONG,
    )
    # The public version when the form was opened.
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, page: Page, at: datetime, **kwargs):
        # The page's own key is used by its registration form, if it is one.
        self.form_key = -page.pk
        super().__init__(*args, at=at, initial={"version": page.live_revision_id}, **kwargs)


TEMPLATE = "feedback/form"
ROWS_SHOWN = 500


def public_page(page_id: int) -> Page:
    return get_object_or_404(Page.objects.live().public().filter(depth__gt=1), pk=page_id)


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
def give(request: HttpRequest, page_id: int) -> HttpResponse:
    """Ask whether a page was useful, or store the answer and redirect to the thanks.

    The form comes back complete with 422 if something is wrong, 429 if too many come from one
    place. A form sent twice is stored once.
    """
    now = timezone.now()
    page = public_page(page_id)
    answers = answers_so_far(request)
    form = FeedbackForm(data_for(request, answers), page=page, at=now)
    context = {"form": form, "about": page, "period": days_in_words(page_feedback_days())}
    if request.method != "POST":
        return show_form(request, form, TEMPLATE, context, answers)
    if response := refusal(request, form, TEMPLATE, context):
        return response
    if form.exceeds_limits(request):
        return too_many(request, form, TEMPLATE, context)
    save(form, page)
    return private(redirect("prevent_feedback:thanks", page.pk))


def save(form: FeedbackForm, page: Page) -> None:
    """Save the feedback in a valid ``form`` about ``page``, once however often it is sent."""
    given = form.cleaned_data
    PageFeedback.objects.get_or_create(
        submission_key=given["submission_key"],
        defaults={
            "page": page,
            "revision": version_of(page, given["version"]),
            "useful": given["useful"] == "yes",
            "comment": given["comment"],
            "at": form.at,
        },
    )


def version_of(page: Page, number: int | None) -> Revision | None:
    """Return version ``number`` of ``page``; None if it is not one of its versions."""
    if number is None or not 0 < number < 2**63:
        return None
    return Revision.page_revisions.filter(object_id=str(page.pk), pk=number).first()


@require_safe
def thanks(request: HttpRequest, page_id: int) -> HttpResponse:
    return show(request, "feedback/thanks", {"about": public_page(page_id)})


class FeedbackReport(ReportScreen):
    """Feedback on the pages the user may edit, latest first."""

    page_title = "Was this page useful?"
    header_icon = "comment"
    heads = ("Page", "Version", "Useful", "Comment", "When")
    nothing = "No reader has said anything yet."

    def get_rows(self) -> list[tuple]:
        found = PageFeedback.objects.filter(page__in=self.pages()).select_related(
            "page", "revision"
        )
        return [
            (
                self.link_to(row.page),
                self.version(row),
                "Yes" if row.useful else "No",
                row.comment,
                date_format(timezone.localtime(row.at), "j F Y"),
            )
            for row in found[:ROWS_SHOWN]
        ]

    def version(self, row: PageFeedback) -> str:
        if row.revision is None:
            return "Unknown"
        address = reverse("wagtailadmin_pages:revisions_view", args=[row.page_id, row.revision_id])
        when = date_format(timezone.localtime(row.revision.created_at), "j F Y, H:i")
        return format_html('<a href="{}">{}</a>', address, when)
