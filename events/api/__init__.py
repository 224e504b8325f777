"""The events API: what the public may know of events and their dates, as JSON."""
