"""Forms that clean what is typed or pasted of the marks that nobody sees, before it is checked."""

from copy import copy
from typing import Any

from django import forms

from .cleaning import clean_marks

# Where people type; choices and rich text stay as they are.
TYPED = (forms.TextInput, forms.EmailInput, forms.URLInput, forms.NumberInput, forms.Textarea)


class CleanedTextMixin(forms.BaseForm):
    """For a form's first base: its typed text is without invisible marks, with plain spaces."""

    def full_clean(self) -> None:
        if self.is_bound:
            for name, field in self.fields.items():
                typed = self.data.get(self.add_prefix(name))
                is_text = isinstance(field.widget, TYPED) and isinstance(typed, str)
                if is_text and (cleaned := clean_marks(typed)) != typed:
                    self.replace_value(name, cleaned)
        super().full_clean()

    def replace_value(self, name: str, value: str) -> None:
        """Bind ``value`` to the field ``name`` instead of what was sent."""
        data: Any = copy(self.data)
        data[self.add_prefix(name)] = value
        self.data = data
