"""Gunicorn's configuration in production. WEB_PROCESSES and WEB_THREADS size it."""

import gc
import os

bind = os.environ.get("BIND", "0.0.0.0:8000")
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# A request that is being answered is answered before a process ends: longer than any statement.
graceful_timeout = 35
timeout = 60
keepalive = 5
# Memory that a process has taken is given back now and then, not by all processes at once.
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# The program is loaded once, and its processes share that memory.
preload_app = True
# Gunicorn's heartbeat, in memory.
worker_tmp_dir = "/dev/shm"  # noqa: S108 # nosec
control_socket_disable = True
logger_class = "cms.gunicorn_log.MaskingLogger"
errorlog = "-"
loglevel = "info"


def when_ready(server) -> None:
    """Load the addresses with all their views, and keep all of it out of the collector's way.

    Whatever the collector walks over is copied for each process.
    """
    from django.urls import get_resolver

    # Builds what addresses are found by.
    list(get_resolver().reverse_dict)
    gc.collect()
    gc.freeze()
