"""Deliveries in the CMS: what mail is owed, why it does not arrive, and what can be done."""
