"""Template tags of the public pages: what surrounds a form."""

from django import forms, template
from django.utils.translation import gettext as _

from prevent_content.form_rendering import error_entries

register = template.Library()


@register.inclusion_tag("prevent_content/forms/error_summary.html")
def error_summary(*bound_forms: forms.BaseForm) -> dict[str, object]:
    """List the errors of all the page's forms, each linked to the input it is about.

    Belongs at the top of the page's main part; renders nothing while there is no error.
    """
    return {"entries": [entry for form in bound_forms if form for entry in error_entries(form)]}


@register.simple_tag
def error_prefix(*bound_forms: forms.BaseForm) -> str:
    """Return what the page's title begins with if any of the forms has an error."""
    return _("Error: ") if any(form and form.errors for form in bound_forms) else ""


@register.inclusion_tag("prevent_content/forms/button.html")
def form_button(label: str, *, name: str = "", value: str = "", variant: str = "") -> dict:
    """Show a button that sends its form once, however often it is pressed.

    ``variant`` is GOV.UK's: ``secondary`` or ``warning``.
    """
    return {"label": label, "name": name, "value": value, "variant": variant}
