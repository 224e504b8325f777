"""The machinery behind the outbox: connections, routing, wake-up calls, the worker, alarms."""
