"""GOV.UK markup from Django's own form rendering, switched on form by form.

A form class needs only ``default_renderer = GovukRenderer``. Do not set it as the site's
``FORM_RENDERER``, which would restyle the CMS as well. Hosts override the look with templates of
the same names under ``prevent_content/forms/``.

Besides Django's own, a form field may have these attributes:

``conditional_on``
    ``(name, value)``: asked only if that other field has that answer. Under radios, checkboxes
    and a single checkbox the field sits in the answer's reveal; elsewhere a hint says when it
    applies. The form itself validates and drops answers that no longer apply.
``required_when_shown``
    True for a conditional field that ``clean()`` insists on, so that it is not called optional.
``choice_hints``
    ``{value: hint}`` for single answers.
``unavailable_choices``
    Values that are listed but cannot be picked.
``character_count``
    False for a textarea with a ``max_length`` that needs no counter.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.template.loader import get_template
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# The first match wins: Django's checkbox group is a subclass of its radio group.
KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "checkboxes"),
    # Lists that need the Ctrl key shut people out; tick boxes submit the same data.
    (forms.SelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file"),
    (forms.widgets.Input, "input"),
)
CSS_CLASSES = {
    "checkboxes": "govuk-checkboxes__input",
    "checkbox": "govuk-checkboxes__input",
    "radios": "govuk-radios__input",
    "select": "govuk-select",
    "textarea": "govuk-textarea",
    "input": "govuk-input",
}
INPUT_WIDTHS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.NumberInput, "govuk-input--width-5"),
    (forms.DateTimeInput, "govuk-input--width-20"),
    (forms.DateInput, "govuk-input--width-10"),
    (forms.TimeInput, "govuk-input--width-5"),
    (forms.TelInput, "govuk-input--width-20"),
)
GROUP_KINDS = {"checkboxes", "radios"}
CHOICE_KINDS = GROUP_KINDS | {"checkbox"}
# Browsers silently cut pasted text at maxlength and word other errors themselves. The server
# explains what is wrong in our words and returns what was typed.
LEFT_TO_THE_SERVER = ("maxlength", "minlength", "min", "max", "step", "size", "cols")
DJANGO_TEXTAREA_ROWS, GOVUK_TEXTAREA_ROWS = "10", "5"


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button or tick box, with the fields that it reveals."""

    id: str
    attributes: str
    label: str
    hint: str = ""
    hint_id: str = ""
    panel_id: str = ""
    condition: str = ""
    is_checked: bool = False
    revealed: tuple[BoundField, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """A line of the error summary; ``target`` is the id of the input to go to."""

    target: str
    message: str


class GovukBoundField(BoundField):
    """A bound field that knows its GOV.UK component and keeps Django's ids."""

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        if not self.help_text:
            self.help_text = self._example()

    def _example(self) -> str:
        widget = self.field.widget
        if isinstance(widget, forms.DateTimeInput):
            return _("For example, 27/3/2027 18:00")
        if isinstance(widget, forms.DateInput):
            return _("For example, 27/3/2027")
        return ""

    @cached_property
    def kind(self) -> str:
        """Return the component's name, ``hidden``, or ``other`` for unknown widgets."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        return next((kind for known, kind in KINDS if isinstance(widget, known)), "other")

    @property
    def use_fieldset(self) -> bool:
        return self.kind in GROUP_KINDS or super().use_fieldset

    @property
    def label_text(self) -> str:
        """Return the label, marked as optional if it is and does not already say so."""
        required = self.field.required or getattr(self.field, "required_when_shown", False)
        if required or _("optional") in str(self.label).lower():
            return self.label
        return _("%(label)s (optional)") % {"label": self.label}

    @property
    def character_limit(self) -> int | None:
        """Return the limit for a character counter."""
        if self.kind != "textarea" or not getattr(self.field, "character_count", True):
            return None
        return getattr(self.field, "max_length", None)

    @property
    def count_id(self) -> str:
        """Return the id that the character count component looks for."""
        return f"{self.auto_id}-info"

    @cached_property
    def controller(self) -> BoundField | None:
        """Return the earlier field whose answer decides whether this one applies."""
        wanted, _answer = getattr(self.field, "conditional_on", (None, None))
        for name in self.form.fields:
            if name == self.name:
                break
            if name == wanted:
                return self.form[name]
        return None

    @cached_property
    def revealing_choice(self) -> "Choice | None":
        """Return the answer of another field that reveals this one, if any."""
        choices = getattr(self.controller, "choices", ())
        return next((choice for choice in choices if self in choice.revealed), None)

    @property
    def condition_hint(self) -> str:
        """Return when this field applies, for readers who see every field."""
        controller = self.controller
        if controller is None:
            return ""
        if getattr(controller, "kind", "") == "checkbox":
            return _("Answer this only if you ticked “%(label)s”.") % {"label": controller.label}
        wanted = str(self.field.conditional_on[1])
        answers = getattr(controller.field, "choices", ())
        answer = next((label for value, label in answers if str(value) == wanted), wanted)
        return _("Answer this only if you chose “%(answer)s” for “%(label)s”.") % {
            "answer": answer,
            "label": controller.label,
        }

    @property
    def condition_id(self) -> str:
        if self.revealing_choice is not None:
            return f"{self.revealing_choice.panel_id}-condition"
        return f"{self.auto_id}_condition" if self.condition_hint else ""

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        if described is None or not self.auto_id or self.is_hidden:
            return described
        ids = [self.condition_id, described, self.count_id if self.character_limit else ""]
        return " ".join(filter(None, ids))

    def build_widget_attrs(self, attrs, widget=None):
        """Return Django's attributes less those GOV.UK omits, plus the component's classes."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        # The browser validates nothing; the message is tied to the input instead.
        attrs.pop("required", None)
        attrs.pop("aria-invalid", None)
        if widget.is_hidden or self.kind not in CSS_CLASSES:
            return attrs
        attrs.update({name: False for name in LEFT_TO_THE_SERVER if name in widget.attrs})
        attrs["class"] = self._css_class(widget, attrs)
        if self.kind == "textarea" and widget.attrs.get("rows") == DJANGO_TEXTAREA_ROWS:
            attrs["rows"] = GOVUK_TEXTAREA_ROWS
        if isinstance(widget, forms.EmailInput | forms.URLInput):
            attrs.setdefault("spellcheck", widget.attrs.get("spellcheck", "false"))
        if isinstance(widget, forms.NumberInput):
            whole = isinstance(self.field, forms.IntegerField) and not isinstance(
                self.field, forms.DecimalField | forms.FloatField
            )
            attrs.setdefault(
                "inputmode", widget.attrs.get("inputmode", "numeric" if whole else "decimal")
            )
        return attrs

    def _css_class(self, widget: forms.Widget, attrs: dict) -> str:
        component = CSS_CLASSES[self.kind]
        own = attrs.get("class") or widget.attrs.get("class", "")
        classes = [component]
        if self.errors and self.kind not in CHOICE_KINDS:
            classes.append(f"{component}--error")
        if self.character_limit:
            classes.append("govuk-js-character-count")
        if "-width-" not in own:
            classes += [css for known, css in INPUT_WIDTHS if isinstance(widget, known)][:1]
        return " ".join([*classes, own]).strip()

    def as_widget(self, widget=None, attrs=None, only_initial=False) -> SafeString:
        if widget is None and not only_initial:
            if self.kind in CHOICE_KINDS:
                context = {
                    "field": self,
                    "component": "radios" if self.kind == "radios" else "checkboxes",
                }
                return self.renderer.get_template("prevent_content/forms/choices.html").render(
                    context
                )
            if isinstance(self.field.widget, forms.NumberInput):
                # A number input changes its value on scrolling, and does not send text that is not
                # a number.
                widget = copy(self.field.widget)
                widget.input_type = "text"
        return super().as_widget(widget, attrs, only_initial)

    @cached_property
    def choices(self) -> list[Choice]:
        """Return the answers to pick from; a single checkbox is a list of one."""
        if self.kind == "checkbox":
            return [self._single_choice()]
        if self.kind not in GROUP_KINDS:
            return []
        widget = self.field.widget
        if isinstance(widget, forms.SelectMultiple):
            widget = forms.CheckboxSelectMultiple(widget.attrs, widget.choices)
        attrs = self.build_widget_attrs({"id": self.auto_id} if self.auto_id else {}, widget)
        hints = {str(v): hint for v, hint in getattr(self.field, "choice_hints", {}).items()}
        closed = {str(v) for v in getattr(self.field, "unavailable_choices", ())}
        return [
            self._choice(option, hints.get(str(option["value"]), ""), closed)
            for option in widget.subwidgets(self.html_name, self.value(), attrs)
        ]

    def _choice(self, option: dict, hint: str, closed: set[str]) -> Choice:
        attrs = dict(option["attrs"])
        value = str(option["value"])
        if value in closed:
            attrs["disabled"] = True
        choice_id = str(attrs.get("id", ""))
        if hint and choice_id:
            attrs["aria-describedby"] = f"{choice_id}_hint"
        return self._with_panel(
            attrs | {"type": option["type"], "name": option["name"], "value": value},
            label=option["label"],
            hint=hint,
            hint_id=f"{choice_id}_hint",
            revealed=self._waiting_for(lambda answer: str(answer) == value),
        )

    def _single_choice(self) -> Choice:
        attrs = self.build_widget_attrs({"id": self.auto_id} if self.auto_id else {})
        widget = self.field.widget.get_context(self.html_name, self.value(), attrs)["widget"]
        attrs = widget["attrs"] | {"type": widget["type"], "name": widget["name"]}
        if widget["value"] is not None:
            attrs["value"] = widget["value"]
        return self._with_panel(
            attrs,
            label=self.label_text,
            hint=self.help_text,
            hint_id=f"{self.auto_id}_helptext",
            revealed=self._waiting_for(bool),
        )

    def _with_panel(self, attrs: dict, *, revealed: tuple[BoundField, ...], **parts) -> Choice:
        choice_id = str(attrs.get("id", ""))
        panel_id = f"conditional-{choice_id}" if revealed else ""
        if panel_id:
            attrs = attrs | {"data-aria-controls": panel_id}
        return Choice(
            id=choice_id,
            attributes=flatatt(attrs),
            panel_id=panel_id,
            condition=revealed[0].condition_hint if revealed else "",
            is_checked=bool(attrs.get("checked")),
            revealed=revealed,
            **parts,
        )

    def _waiting_for(self, matches: Callable[[object], bool]) -> tuple[BoundField, ...]:
        """Return the visible fields revealed by this one's answer, in the form's order."""
        return tuple(
            other
            for other in self.form.visible_fields()
            if getattr(other, "controller", None) is self and matches(other.field.conditional_on[1])
        )

    @property
    def first_input_id(self) -> str:
        """Return the id of the first input that can take the focus."""
        if self.kind in GROUP_KINDS:
            usable = [choice for choice in self.choices if " disabled" not in choice.attributes]
            return next((choice.id for choice in usable or self.choices), self.auto_id)
        return self.id_for_label or self.auto_id


class GovukRenderer(DjangoTemplates):
    """Renders a form with the templates in ``prevent_content/forms/``.

    Those are looked up like any template of the site, so a host can override them. Django's own
    widget templates always come from Django, even if the host has overridden them.
    """

    form_template_name = "prevent_content/forms/form.html"
    field_template_name = "prevent_content/forms/field.html"
    bound_field_class = GovukBoundField

    def get_template(self, template_name):
        if template_name.startswith("django/forms/"):
            return super().get_template(template_name)
        return get_template(template_name)


def in_reading_order(form: forms.BaseForm) -> Iterator[BoundField]:
    """Yield the visible fields in page order, each revealed one after its answer."""

    def with_revealed(bound: BoundField) -> Iterator[BoundField]:
        yield bound
        for choice in getattr(bound, "choices", ()):
            for other in choice.revealed:
                yield from with_revealed(other)

    for bound in form.visible_fields():
        if getattr(bound, "revealing_choice", None) is None:
            yield from with_revealed(bound)


def form_error_id(form: forms.BaseForm) -> str:
    """Return the id of the errors that belong to no single field."""
    return f"{form.prefix}-form-error" if form.prefix else "form-error"


def error_entries(form: forms.BaseForm) -> list[ErrorEntry]:
    """Return the lines of the error summary: the form's own errors, then the rest in page order.

    See https://design-system.service.gov.uk/components/error-summary/.
    """
    if not form.errors:
        return []
    entries = [
        ErrorEntry(form_error_id(form), str(error)) for error in form.get_context()["errors"]
    ]
    for bound in in_reading_order(form):
        target = getattr(bound, "first_input_id", "") or bound.id_for_label or bound.auto_id
        entries += [ErrorEntry(target, str(error)) for error in bound.errors]
    return entries
