"""Cancelling dates by unpublishing, moving or deleting events: warn who is affected first."""

from collections.abc import Iterable
from datetime import datetime

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from prevent_content.cleaned_forms import CleanedTextMixin

from ..actions import OccurrenceActionError, cancel_occurrence, reinstate_occurrence
from ..models import EventPage, Occurrence, OccurrenceChange
from ..signals import count_people, wording_of
from .action_forms import ReinstateForm, reason_field
from .permissions import may_change_dates
from .views import refused

ASKED = "what_will_happen"
TELL = [
    ("yes", gettext_lazy("Email everyone who booked")),
    ("no", gettext_lazy("Do not email them. We will contact them ourselves")),
]


def tell_field() -> forms.ChoiceField:
    """Return the field that asks whether to email the people who booked."""
    return forms.ChoiceField(
        label=gettext_lazy("Email the people who booked?"),
        choices=TELL,
        initial="yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether to email the people who booked")},
    )


class TakingDownForm(CleanedTextMixin, forms.Form):
    """Why the dates end, and whether people get an email; ``seen`` is which dates were shown."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = reason_field()
    tell = tell_field()

    def __init__(self, data=None, *, rows: list[Occurrence]):
        self.now = ",".join(sorted(str(row.uuid) for row in rows))
        super().__init__(
            data, label_suffix="", use_required_attribute=False, initial={"seen": self.now}
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        if not set(self.now.split(",")) <= set(cleaned.get("seen", "").split(",")):
            self.add_error(
                None,
                _(
                    "The dates have changed since you opened this page. Read the list again "
                    "before you decide"
                ),
            )
        return cleaned


class ConfirmForm(forms.Form):
    """Nothing is asked: the dates go ahead."""

    now = ""

    def __init__(self, data=None, *, rows: list[Occurrence]):
        super().__init__(data)


def dates_people_expect(
    pages: Iterable[Page], *, at: datetime, goes_on: bool = False
) -> list[Occurrence]:
    """Return the coming dates, with their ``people``, that end when all ``pages`` are unpublished.

    An event that stays published in another language keeps its dates: ``goes_on`` asks for those.
    """
    keys = [page.pk for page in pages]
    events = EventPage.objects.live().filter(pk__in=keys)
    staying = EventPage.objects.live().exclude(pk__in=keys).values("translation_key")
    in_question = (
        events.filter(translation_key__in=staying)
        if goes_on
        else (events.exclude(translation_key__in=staying))
    )
    rows = list(
        Occurrence.objects.upcoming(at=at)
        .filter(event__translation_key__in=in_question.values("translation_key"))
        .exclude(status=Occurrence.Status.CANCELLED)
        .for_display()
    )
    people = count_people([row.pk for row in rows])
    for row in rows:
        row.people = people[row.pk]
    return [row for row in rows if row.people]


def ask_first(
    request: HttpRequest, pages: Iterable[Page], *, heading: str, is_move: bool = False
) -> HttpResponse | None:
    """Warn before a request removes ``pages`` that people have booked; for Wagtail's hooks.

    The first request gets a page that says what will happen. Once confirmed, the dates are
    cancelled and the view runs in one transaction: if the view does not do what was asked, neither
    happens.
    """
    if request.method != "POST" or getattr(request, "is_taking_down", False):
        return None
    at = timezone.now()
    ending = dates_people_expect(pages, at=at)
    staying = dates_people_expect(pages, at=at, goes_on=True)
    if not ending and not staying:
        return None
    form_class = ConfirmForm if is_move or not ending else TakingDownForm
    form = form_class(request.POST if ASKED in request.POST else None, rows=ending)
    if not form.is_valid():
        return show_ending(request, form, ending, staying, heading=heading, is_move=is_move)
    request.is_taking_down = True
    view, arguments, options = request.resolver_match
    with transaction.atomic():
        for row in () if is_move else ending:
            cancel_occurrence(
                row,
                reason=form.cleaned_data["reason"],
                by=request.user,
                tell=form.cleaned_data["tell"] == "yes",
                with_page=True,
            )
        response = view(request, *arguments, **options)
        if response.status_code != 302:
            transaction.set_rollback(True)
    return response


def show_ending(
    request: HttpRequest,
    form: forms.Form,
    ending: list[Occurrence],
    staying: list[Occurrence],
    *,
    heading: str,
    is_move: bool,
) -> HttpResponse:
    """Show what happens to dates whose pages are unpublished, deleted or moved."""
    sentences = []
    if is_move:
        sentences.append(
            _(
                "The dates go ahead. Their pages get new addresses, and the old ones lead to "
                "them. Nobody is emailed."
            )
        )
    else:
        for row in ending:
            row.effect = _("cancelled")
        for row in staying:
            row.effect = _("goes ahead, and stays published in another language")
        if staying:
            sentences.append(
                _(
                    "A language is removed, and its dates stay: they are those of the other "
                    "languages. Bookings stay as they are, and nobody is emailed about them."
                )
            )
        if ending:
            sentences.append(
                _(
                    "The other dates will be cancelled. The reason stays in the public list of "
                    "changes."
                )
                if staying
                else _(
                    "These dates will be cancelled. The reason stays in the public list of changes."
                )
            )
    is_asking = bool(ending) and not is_move
    actions = [OccurrenceChange.Action.CANCELLED] if is_asking else []
    rows = [*ending, *staying]
    return show(request, form, rows, heading=heading, sentences=sentences, actions=actions)


def show(
    request: HttpRequest,
    form: forms.Form,
    rows: list[Occurrence],
    *,
    heading: str,
    sentences: list[str],
    actions: list[str],
    is_editor: bool = False,
) -> HttpResponse:
    """Return the page that says what will happen to ``rows``, with the emails about ``actions``.

    ``is_editor`` is whether the page editor's form was sent; it can be saved instead.
    """
    own = {ASKED, "csrfmiddlewaretoken", *form.fields}
    context = {
        "form": form,
        "rows": rows,
        "sentences": sentences,
        "people_sentence": people_lose(sum(row.people for row in rows), len(rows)),
        "emails": [wording_of(action) for action in actions],
        "asked": ASKED,
        "address": request.get_full_path(),
        "is_editor": is_editor,
        "sent": [
            (name, value)
            for name in request.POST
            if name not in own
            for value in request.POST.getlist(name)
        ],
        "page_title": heading,
        "header_title": heading,
    }
    status = 422 if form.is_bound else 200
    template = "prevent_events/admin/what_will_happen.html"
    return TemplateResponse(request, template, context, status=status)


def people_lose(people: int, dates: int) -> str:
    """Return how many people are registered for how many dates, in words."""
    who = ngettext("%(people)s person is", "%(people)s people are", people) % {"people": people}
    which = ngettext("%(dates)s upcoming date", "%(dates)s upcoming dates", dates) % {
        "dates": dates
    }
    return _("%(who)s registered for %(which)s.") % {"who": who, "which": which}


def with_descendants(pages: Iterable[Page]) -> list[Page]:
    """Return ``pages`` and everything below them."""
    found = Page.objects.none()
    for page in pages:
        found |= page.get_descendants(inclusive=True)
    return list(found)


class ReinstateDatesForm(forms.Form):
    """Which dates go ahead again, why, and whether the people who booked get an email."""

    dates = forms.MultipleChoiceField(
        label=gettext_lazy("Dates that are going ahead again"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one date")},
    )
    reason = reason_field()
    tell = tell_field()

    def __init__(self, data=None, *, rows: list[Occurrence]):
        super().__init__(data, label_suffix="", use_required_attribute=False)
        people = count_people([row.pk for row in rows])
        self.fields["dates"].choices = [
            (str(row.uuid), f"{row.when}: {people_count(people[row.pk])}") for row in rows
        ]
        self.fields["dates"].initial = [str(row.uuid) for row in rows]


def people_count(people: int) -> str:
    return ngettext("%(people)s person", "%(people)s people", people) % {"people": people}


class ReinstateDatesView(WagtailAdminTemplateMixin, View):
    """Dates cancelled when their event was unpublished, to be reinstated."""

    template_name = "prevent_events/admin/reinstate.html"
    header_icon = "calendar-alt"

    def dispatch(self, request: HttpRequest, *args, page_id: int, **kwargs):
        self.event = get_object_or_404(EventPage, pk=page_id)
        if not may_change_dates(request.user, self.event):
            return refused(request)
        self.at = timezone.now()
        rows = self.event.dates.upcoming(at=self.at).cancelled_with_page().for_display()
        self.rows = [row for row in rows if not ReinstateForm.obstacle(row, at=self.at)]
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs) -> HttpResponse:
        return self.show(ReinstateDatesForm(rows=self.rows))

    def post(self, request: HttpRequest, **kwargs) -> HttpResponse:
        form = ReinstateDatesForm(request.POST, rows=self.rows)
        if not form.is_valid():
            return self.show(form, status=422)
        answers = form.cleaned_data
        chosen = [row for row in self.rows if str(row.uuid) in answers["dates"]]
        try:
            with transaction.atomic():
                for row in chosen:
                    reinstate_occurrence(
                        row,
                        reason=answers["reason"],
                        by=request.user,
                        at=self.at,
                        tell=answers["tell"] == "yes",
                    )
        except OccurrenceActionError as error:
            form.add_error(None, str(error))
            return self.show(form, status=409)
        sentence = ngettext(
            "%(number)s date is going ahead again.",
            "%(number)s dates are going ahead again.",
            len(chosen),
        )
        messages.success(request, sentence % {"number": len(chosen)})
        return redirect("prevent_event_dates:event", self.event.pk)

    def show(self, form: ReinstateDatesForm, status: int = 200) -> HttpResponse:
        context = self.get_context_data(
            form=form,
            has_dates=bool(self.rows),
            dates_url=reverse("prevent_event_dates:event", args=[self.event.pk]),
        )
        return self.render_to_response(context, status=status)

    def get_page_title(self) -> str:
        return _("Reinstate dates")

    def get_page_subtitle(self) -> str:
        return self.event.get_admin_display_title()
