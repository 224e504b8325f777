"""The events API: public data about events and their dates, as JSON."""
