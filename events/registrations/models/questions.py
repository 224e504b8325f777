"""The questions that an editor adds to a registration form."""

from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.contrib.forms.models import AbstractFormField

FIELD_TYPES = [
    ("singleline", "One line of text"),
    ("multiline", "Several lines of text"),
    ("email", "Email address"),
    ("number", "Number"),
    ("url", "Web address"),
    ("date", "Date"),
    ("checkbox", "A single checkbox"),
    ("checkboxes", "Checkboxes, several answers"),
    ("radio", "Radio buttons, one answer"),
    ("dropdown", "Drop-down list, one answer"),
]
WITH_CHOICES = {"checkboxes", "radio", "dropdown"}


class RegistrationField(AbstractFormField):
    """A question. Name and email address are always asked and need no row here."""

    page = ParentalKey(
        "prevent_registrations.RegistrationPage",
        on_delete=models.CASCADE,
        related_name="form_fields",
    )
    field_type = models.CharField("kind of answer", max_length=16, choices=FIELD_TYPES)
    field_type.required_on_save = True
    required = models.BooleanField(
        default=False, help_text="Only require answers the event cannot do without"
    )
    choices = models.TextField(blank=True, help_text="One on each line")
    sensitive = models.BooleanField(
        default=False,
        help_text="Encrypted, never emailed, and only shown to people with permission",
    )
    depends_on = models.CharField(
        "only if the answer to",
        max_length=255,
        blank=True,
        help_text="The exact words of an earlier question with choices or a checkbox",
    )
    depends_answer = models.CharField(
        "is",
        max_length=255,
        blank=True,
        help_text="One of its choices. Leave blank for a ticked checkbox",
    )
    in_organiser_email = models.BooleanField(
        "in the organiser's email",
        default=False,
        help_text="Whether the organiser’s email includes the answer",
    )

    panels = [
        FieldPanel("label"),
        FieldPanel("help_text"),
        FieldPanel("field_type", classname="formbuilder-type", required_on_save=True),
        FieldPanel("choices", classname="formbuilder-choices"),
        FieldPanel("required"),
        FieldRowPanel([FieldPanel("depends_on"), FieldPanel("depends_answer")]),
        FieldPanel("sensitive"),
        FieldPanel("in_organiser_email"),
    ]

    class Meta(AbstractFormField.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(sensitive=True, in_organiser_email=True),
                name="sensitive_answers_are_not_emailed",
                violation_error_message=(
                    "Sensitive answers are never emailed. Untick one of the two"
                ),
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.field_type in WITH_CHOICES and not self.choice_list:
            raise ValidationError({"choices": "Enter the choices, one on each line"})

    @property
    def choice_list(self) -> list[str]:
        lines = (line.strip().rstrip(",") for line in self.choices.splitlines())
        return list(dict.fromkeys(filter(None, lines)))


def condition_error(question: RegistrationField, earlier: dict[str, RegistrationField]) -> str:
    """Return why ``question`` cannot depend on its chosen condition, or ""; labels are the keys."""
    if not question.depends_on:
        return "Enter the question that this answer belongs to" if question.depends_answer else ""
    other = earlier.get(question.depends_on)
    if other is None:
        return f"No earlier question is called “{question.depends_on}”"
    if other.field_type == "checkbox":
        return (
            "Leave the answer blank, because the other question is a checkbox"
            if question.depends_answer
            else ""
        )
    if other.field_type not in WITH_CHOICES:
        return f"“{other.label}” has no choices. Choose a question with choices or a checkbox"
    if question.depends_answer not in other.choice_list:
        return f"“{question.depends_answer}” is not one of the choices of “{other.label}”"
    return ""


SOMETHING_ELSE = "Something else"
INTERPRETER = "Interpreter"
# Label, help text, kind, choices, and which of the previous choices it depends on.
USUAL_NEEDS = (
    (
        "Access needs",
        "Select all that apply to you or your guests",
        "checkboxes",
        ("Step-free access", "Hearing loop", INTERPRETER, "Large print", "Quiet space"),
        "",
    ),
    (
        "Language of the interpreter",
        "For example British Sign Language, Urdu or Polish",
        "singleline",
        (),
        INTERPRETER,
    ),
    ("Other access needs", "", "multiline", (), SOMETHING_ELSE),
    (
        "Dietary needs",
        "Select all that apply to you or your guests",
        "checkboxes",
        ("Vegetarian", "Vegan", "Halal", "Kosher", "Gluten free", "Nut allergy"),
        "",
    ),
    ("Other dietary needs", "Allergies, for example", "multiline", (), SOMETHING_ELSE),
)


def default_form_fields() -> list[RegistrationField]:
    """Return the questions of a new form: optional, sensitive, not emailed."""
    fields: list[RegistrationField] = []
    with_choices = ""
    for label, help_text, kind, choices, belongs_to in USUAL_NEEDS:
        with_choices = with_choices if belongs_to else label
        fields.append(
            RegistrationField(
                sort_order=len(fields),
                label=label,
                help_text=help_text,
                field_type=kind,
                choices="\n".join((*choices, SOMETHING_ELSE)) if choices else "",
                depends_on=with_choices if belongs_to else "",
                depends_answer=belongs_to,
                required=False,
                sensitive=True,
            )
        )
    return fields
