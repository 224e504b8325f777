"""Date and time widgets of the CMS that use the browser's own pickers.

Wagtail's pickers start with an inline script, which our content security policy forbids on most
screens, and know only one date format. The browser's need no script, follow the user's language and
work with a keyboard, a screen reader and on a phone.
"""

from django import forms


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None, format="%Y-%m-%d"):
        super().__init__(attrs, format)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None, format="%H:%M"):
        super().__init__(attrs, format)


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None, format="%Y-%m-%dT%H:%M"):
        super().__init__(attrs, format)
