"""The trail as a report for whoever answers for data protection: filtered, paged, exported."""

from collections.abc import Iterator
from datetime import datetime, time

from django import forms
from django.contrib.auth import get_user_model
from django.core.paginator import EmptyPage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import add_never_cache_headers
from wagtail.admin.paginator import WagtailPaginator
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin

from events.english_dates import LONDON
from events.models import Occurrence

from .. import permissions
from ..models import AccessRecord, Registration
from .columns import BATCH, local_minute
from .filters import DATE_MISTAKE, name_of
from .forms import PersonChoiceField, ReviewForm
from .spreadsheet import CONTENT_TYPES, CSV, csv_file
from .views import PAGE_SIZE, ReviewView

HEADINGS = (
    "When",
    "Who",
    "What",
    "Registration",
    "Date of the event",
    "How many",
    "Purpose",
    "Sensitive answers",
)
GONE = "erased"


class TrailFilterForm(ReviewForm):
    """What of the trail is shown. Nothing else in the address means anything."""

    user = PersonChoiceField(
        None,
        label="Who",
        required=False,
        empty_label="Everybody",
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )
    act = forms.ChoiceField(
        label="What",
        choices=[("", "Everything"), *AccessRecord.Act.choices],
        required=False,
        error_messages={"invalid_choice": "Choose one of the acts in the list"},
    )
    reference = forms.CharField(
        label="Reference of a registration",
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": DATE_MISTAKE},
    )
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": DATE_MISTAKE},
    )
    p = forms.IntegerField(
        min_value=1,
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid": "Enter the number of a page, such as 1",
            "min_value": "Enter the number of a page, such as 1",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = AccessRecord.objects.order_by().values("user")
        self.fields["user"].queryset = (
            get_user_model().objects.filter(pk__in=people).order_by("username")
        )

    @property
    def page(self) -> int:
        return self.cleaned_data.get("p") or 1

    @property
    def is_filtering(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "p")

    def found(self):
        """Return the lines that a valid form asks for, the newest first."""
        asked, found = self.cleaned_data, AccessRecord.objects.order_by("-at", "-pk")
        if asked["user"]:
            found = found.filter(user=asked["user"])
        if asked["act"]:
            found = found.filter(act=asked["act"])
        if asked["reference"]:
            named = Registration.objects.filter(reference__iexact=asked["reference"].strip())
            found = found.filter(registration_pk__in=named.values("pk"))
        if asked["since"]:
            found = found.filter(at__gte=datetime.combine(asked["since"], time.min, LONDON))
        if asked["until"]:
            found = found.filter(at__lte=datetime.combine(asked["until"], time.max, LONDON))
        return found


def told(lines: list[AccessRecord]) -> list[list[str]]:
    """Return each line in words, by the columns of ``HEADINGS``, with three queries for all."""
    people = get_user_model().objects.in_bulk({line.user_id for line in lines})
    keys = {line.registration_pk for line in lines if line.registration_pk}
    references = dict(
        Registration.objects.kept().filter(pk__in=keys).values_list("pk", "reference")
    )
    dates = Occurrence.objects.only("title", "starts_at").in_bulk(
        {line.occurrence_pk for line in lines if line.occurrence_pk}
    )
    return [
        [
            local_minute(line.at),
            who(line.user_id, people),
            line.get_act_display(),
            references.get(line.registration_pk, GONE) if line.registration_pk else "",
            str(dates.get(line.occurrence_pk, "")),
            str(line.count),
            line.get_purpose_display(),
            "Yes" if line.sensitive else "",
        ]
        for line in lines
    ]


def who(key: int | None, people: dict) -> str:
    if key is None:
        return "The command line"
    return name_of(people[key]) if key in people else f"Closed account {key}"


class TrailView(ReviewView):
    """The report, 50 lines a page; reading it is a line of its own."""

    rights = (permissions.VIEW_TRAIL,)

    def get(self, request: HttpRequest) -> HttpResponse:
        form = TrailFilterForm(request.GET)
        if not form.is_valid():
            return self.show(form=form, status=400)
        paginator = WagtailPaginator(form.found(), PAGE_SIZE)
        try:
            page = paginator.page(form.page)
        except EmptyPage:
            return self.show(form=form, last_page=paginator.num_pages, status=404)
        rows = told(list(page.object_list))
        AccessRecord.record(request.user, AccessRecord.Act.TRAIL, count=len(rows))
        return self.show(
            form=form,
            rows=rows,
            headings=HEADINGS,
            page_obj=page,
            elided_page_range=paginator.get_elided_page_range(page.number),
        )

    def show(self, *, status: int = 200, **kwargs) -> HttpResponse:
        context = self.get_context_data(
            heading="Registrations: who did what",
            index_url=self.index_url,
            export_url=self.address("export"),
            breadcrumbs_items=[{"url": self.index_url, "label": "Registrations: who did what"}],
            **kwargs,
        )
        return self.render_to_response(context, status=status)

    def get_template_names(self) -> list[str]:
        return ["prevent_registrations/review/trail.html"]


class TrailExportView(TrailView):
    """The lines that the filter finds, as CSV, streamed; the right is asked for as it goes on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = TrailFilterForm(request.GET)
        if not form.is_valid():
            return self.show(form=form, status=400)
        now, found = timezone.now(), form.found()
        newest = found.values_list("pk", flat=True).first() or 0
        number = found.count()
        AccessRecord.record(request.user, AccessRecord.Act.TRAIL, count=number)
        about = [
            ["Registrations: who did what", str(number)],
            ["Exported by", name_of(request.user)],
            ["Exported at", local_minute(now)],
        ]
        rows = self.rows(found.order_by("-pk"), newest)
        response = StreamingHttpResponse(csv_file(about, rows), content_type=CONTENT_TYPES[CSV])
        name = f"trail-{timezone.localtime(now):%Y%m%d-%H%M}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        add_never_cache_headers(response)
        return response

    def rows(self, found, newest: int) -> Iterator[list[list[str]]]:
        yield [list(HEADINGS)]
        last = newest + 1
        while permissions.may(permissions.as_now(self.request.user), permissions.VIEW_TRAIL):
            lines = list(found.filter(pk__lt=last)[:BATCH])
            if not lines:
                return
            yield told(lines)
            last = lines[-1].pk
        yield [["Stopped here, because the right to read the trail was withdrawn"]]


class TrailPermissionHelper(PermissionHelper):
    """The rights in the words that modeladmin asks in."""

    def user_can_list(self, user) -> bool:
        return permissions.may(user, permissions.VIEW_TRAIL)

    def user_can_inspect_obj(self, user, obj) -> bool:
        return False

    def user_can_create(self, user) -> bool:
        return False

    def user_can_edit_obj(self, user, obj) -> bool:
        return False

    def user_can_delete_obj(self, user, obj) -> bool:
        return False


class TrailAdmin(ModelAdmin):
    """Read, and nothing else. Its menu item stands among the reports."""

    model = AccessRecord
    menu_label = "Registrations: who did what"
    menu_icon = "history"
    add_to_admin_menu = False
    permission_helper_class = TrailPermissionHelper
    inspect_view_enabled = False
    history_view_enabled = False

    def get_admin_urls_for_registration(self) -> tuple:
        base, name = self.url_helper.base_url_path, self.url_helper.get_action_url_name
        return (
            path(f"{base}/", TrailView.as_view(model_admin=self), name=name("index")),
            path(f"{base}/export/", TrailExportView.as_view(model_admin=self), name=name("export")),
        )

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link: a line of the trail has no edit address."""

    def register_indexing(self) -> None:
        """Keep the trail out of the reference index, which page editors read as usage."""
