"""Deliveries in the CMS: the emails to send, why one does not arrive, and what can be done."""
