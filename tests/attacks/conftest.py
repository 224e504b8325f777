"""Attacks fill in the form as the registrations' own tests do."""

from tests.registrations.conftest import answers, form

__all__ = ["answers", "form"]
