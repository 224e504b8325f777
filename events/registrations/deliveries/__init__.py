"""Deliveries in the CMS: emails to send, why one does not arrive, and what can be done."""
