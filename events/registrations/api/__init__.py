"""Registering over the API: the form as JSON Schema, and what is sent to it."""
