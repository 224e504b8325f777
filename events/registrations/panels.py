"""How editors edit a registration page: its panels, and the form that checks them."""

from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm
from wagtail.models import Page

from prevent_content.checklist.panels import ChecklistPanel
from prevent_content.page_editor_form import PublishRulesForm

from .models import RegistrationField
from .models.questions import condition_error
from .models.routing import RoutingMixin

CONTENT_PANELS = [
    *Page.content_panels,
    ChecklistPanel(heading="Before publishing", icon="check"),
    FieldPanel("introduction"),
    InlinePanel("form_fields", heading="Questions", label="Question"),
    MultiFieldPanel(
        [
            FieldPanel("privacy_text"),
            FieldPanel("consent_text"),
            FieldRowPanel([FieldPanel("retention_days"), FieldPanel("sensitive_retention_days")]),
        ],
        heading="Privacy",
    ),
    FieldPanel("confirmation_text"),
    MultiFieldPanel(
        [
            FieldPanel("capacity"),
            FieldPanel("max_guests"),
            FieldPanel("waiting_list"),
            FieldPanel("approval"),
        ],
        heading="Places",
    ),
    MultiFieldPanel(
        [
            FieldRowPanel([FieldPanel("opens_days_before"), FieldPanel("closes_hours_before")]),
            FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
            FieldPanel("before_text"),
            FieldPanel("after_text"),
            FieldPanel("check_answers"),
        ],
        heading="Opening and closing",
    ),
    *RoutingMixin.routing_panels,
    InlinePanel("wordings", heading="E-mails", label="Opening paragraph"),
]


class RegistrationPageForm(PublishRulesForm, WagtailAdminFormPageForm):
    """The editor's form: publish rules, no two questions of one name, conditions that can be."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A page that is being created has no place in the tree yet to find its event by.
        self.instance.future_parent = self.parent_page

    def clean(self) -> dict:
        cleaned = super().clean()
        earlier: dict[str, RegistrationField] = {}
        forms = [
            form
            for form in self.formsets["form_fields"].forms
            if form.is_valid() and not form.cleaned_data.get("DELETE")
        ]
        for form in sorted(forms, key=lambda form: form.cleaned_data.get("ORDER") or 0):
            if error := condition_error(form.instance, earlier):
                form.add_error("depends_on", error)
            earlier[form.instance.label] = form.instance
        return cleaned
