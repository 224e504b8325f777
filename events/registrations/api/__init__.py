"""Registering over the API: the form as JSON Schema, and the submissions."""
