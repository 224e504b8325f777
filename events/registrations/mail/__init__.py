"""Sending the outbox: the connection, notices, the worker, and a task engine if there is one."""
