"""Acts on many registrations: a preview, then the act with its progress, and its outcome."""

from collections.abc import Iterator

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import add_never_cache_headers

from .. import permissions
from . import bulk
from .forms import NOTE_TOO_LONG, PersonChoiceField
from .selection import ActForm
from .views import ReviewView

# Stands in the page where the progress goes, and is never sent.
PROGRESS_HERE = "<!-- progress -->"


class BulkForm(ActForm):
    """The act with its particulars, as the preview asks for them."""

    note = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the history of each. The people never see it",
        error_messages={"max_length": NOTE_TOO_LONG},
    )
    quiet = forms.BooleanField(required=False, label="Do not write to the people")
    assigned_to = PersonChoiceField(
        None,
        label="Assign them to",
        required=False,
        empty_label="Nobody",
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, events: list[int | None], **kwargs):
        super().__init__(*args, **kwargs)
        event = events[0] if len(events) == 1 else None
        self.fields["assigned_to"].queryset = permissions.people_with(permissions.VIEW, event=event)

    def task(self) -> bulk.Task:
        """Return what a valid form asks for."""
        asked = self.cleaned_data
        return bulk.Task(
            act=asked["act"],
            by=self.user,
            note=asked["note"],
            tell=not asked["quiet"],
            to=asked["assigned_to"],
            seen_at=asked["seen_at"],
        )


class BulkView(ReviewView):
    """Preview an act on many, then do it; 422 for a form with a mistake in it.

    The answer to the act is sent as it goes on, so that its progress shows without JavaScript.
    Doing it once more, by reloading, finds everything done already.
    """

    rights = (permissions.VIEW, permissions.DECIDE)

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest) -> HttpResponse:
        selection = ActForm(request.POST, user=request.user)
        if not selection.is_valid():
            return self.show(form=selection, status=422)
        chosen = selection.chosen()
        events = list(chosen.order_by().values_list("occurrence__event", flat=True).distinct()[:2])
        form = BulkForm(request.POST, user=request.user, events=events)
        if not form.is_valid():
            return self.preview(form, selection, status=422)
        if "confirmed" in request.POST:
            return self.run(
                form, list(chosen.order_by("received_at", "pk").values_list("pk", flat=True))
            )
        return self.preview(form, selection)

    def preview(self, form: BulkForm, selection: ActForm, *, status: int = 200) -> HttpResponse:
        chosen = selection.chosen()
        act = selection.cleaned_data["act"]
        task = form.task() if form.is_valid() else bulk.Task(act, by=self.request.user)
        statuses = dict(bulk.Status.choices)
        counts = chosen.order_by().values_list("status").annotate(number=Count("pk"))
        return self.show(
            form=form,
            act=act,
            act_label=dict(selection.fields["act"].choices)[act],
            forecast=bulk.forecast(chosen, task),
            counts=[(statuses[status], number) for status, number in counts],
            hidden=[
                *selection.hidden(),
                ("act", act),
                ("seen_at", timezone.now().isoformat()),
            ],
            is_telling=act in bulk.actions.EMAIL_FOR_STATUS,
            status=status,
        )

    def show(self, *, status: int = 200, **kwargs) -> HttpResponse:
        context = self.page_context(heading="Several registrations", **kwargs)
        return self.render_to_response(context, status=status)

    def page_context(self, *, heading: str, **kwargs) -> dict:
        return self.get_context_data(
            heading=heading,
            index_url=self.index_url,
            breadcrumbs_items=[
                {"url": self.index_url, "label": "Registrations"},
                {"url": "", "label": heading},
            ],
            **kwargs,
        )

    def run(self, form: BulkForm, keys: list[int]) -> HttpResponse:
        context = self.page_context(heading="What was done", progress=PROGRESS_HERE)
        page = render_to_string("prevent_registrations/review/bulk_run.html", context, self.request)
        before, _, after = page.partition(PROGRESS_HERE)
        response = StreamingHttpResponse(self.stream(form.task(), keys, before, after))
        add_never_cache_headers(response)
        # A proxy that collects the answer first would hide the progress.
        response["X-Accel-Buffering"] = "no"
        return response

    def stream(self, task: bulk.Task, keys: list[int], before: str, after: str) -> Iterator[str]:
        yield before
        results = []
        for result in bulk.run(keys, task):
            results.append(result)
            if len(results) % bulk.CHUNK == 0 and len(results) < len(keys):
                progress = {"done": len(results), "all": len(keys)}
                yield render_to_string("prevent_registrations/review/bulk_progress.html", progress)
        outcomes = dict.fromkeys((bulk.DONE, bulk.ALREADY, bulk.REFUSED), 0)
        for result in results:
            outcomes[result.outcome] += 1
        refused = [result for result in results if result.outcome == bulk.REFUSED]
        yield render_to_string(
            "prevent_registrations/review/bulk_result.html",
            {**outcomes, "all": len(keys), "results": refused, "index_url": self.index_url},
        )
        yield after

    def get_template_names(self) -> list[str]:
        return ["prevent_registrations/review/bulk.html"]
