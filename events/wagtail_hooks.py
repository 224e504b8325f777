"""What events add to the CMS."""

from datetime import date

from django.utils.formats import date_format
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry, LogFormatter

from .models import OccurrenceChange


@hooks.register("register_log_actions")
def register_acts_on_dates(actions: LogActionRegistry) -> None:
    """Let the history of an event show, and be filtered by, what was done to its dates."""

    def formatter(act: OccurrenceChange.Act) -> type[LogFormatter]:
        class ActFormatter(LogFormatter):
            label = f"Date: {act.label.lower()}"

            def format_message(self, log_entry) -> str:
                day = date.fromisoformat(log_entry.data["date"])
                return f"{date_format(day, 'l j F Y')}: {act.label.lower()}"

            def format_comment(self, log_entry) -> str:
                return log_entry.data["reason"]

        return ActFormatter

    for act in OccurrenceChange.Act:
        actions.register_action(f"prevent_events.{act}")(formatter(act))
