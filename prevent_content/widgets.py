"""How dates and times are entered in the CMS: by the browser's own pickers.

Wagtail's pickers start by a script within the page, which the content security policy of most of
our screens forbids, and know one way of writing a date. The browser's need no script, follow the
language of the person and work with a keyboard, a screen reader and on a phone.
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
