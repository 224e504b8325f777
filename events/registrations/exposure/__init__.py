"""Keeping personal data out of logs, error reports and caches. Imports no model."""
