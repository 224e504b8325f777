#!/usr/bin/env python
"""Run the site's commands. In production, prevent-manage calls this with the right settings."""

import os
import sys

from django.core.management import execute_from_command_line

PRODUCTION = "/etc/prevent/environment"
# Commands that save, move or delete data must never run on a database by accident.
NEVER_BY_CHANCE = {"backup", "copy_database", "restore", "run_due_jobs"}


def refusal(command: str) -> str | None:
    """Return why ``command`` must not run with development settings, or None."""
    if os.path.exists(PRODUCTION):
        return (
            f"This machine runs the site in production ({PRODUCTION}), and DJANGO_SETTINGS_MODULE "
            f"is not set. Use the wrapper that loads its settings: prevent-manage {command}"
        )
    if command in NEVER_BY_CHANCE:
        return (
            f"“manage.py {command}” does not guess which site it is for, and "
            f"DJANGO_SETTINGS_MODULE is not set. In production use prevent-manage {command}. On "
            "your own machine set DJANGO_SETTINGS_MODULE=cms.settings.dev, as make does."
        )
    return None


if __name__ == "__main__":
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        if reason := refusal(" ".join(sys.argv[1:2])):
            raise SystemExit(reason)
        os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.dev"
    execute_from_command_line(sys.argv)
