"""Sending the outbox: the connection, notices, the worker, and an optional task engine."""
