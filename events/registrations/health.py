"""Health checks for monitors. Anyone may ask, so they give only counts."""

from datetime import datetime, timedelta

from django.db import Error as DatabaseFault
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import worker_settings
from .jobs import JOBS, beat_of
from .mail import alarms
from .mail.worker import SILENT_AFTER, WORKER, sweep_seconds
from .models import Heartbeat

# The worker runs the jobs every half hour; cron, where used instead, once a day.
JOB_OVERDUE_AFTER = timedelta(hours=26)
BACKUP_OVERDUE_AFTER = timedelta(hours=26)
# Needs attention, but is no reason to take a web server out of service.
DEGRADES = {"backup", "undeliverable", "worker_settings"}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while this process runs, whatever else is wrong."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if database, worker, outbox and jobs are in order, else 503 with the faults.

    ``degraded`` names what needs attention, such as an overdue backup.
    """
    checks = readiness(at=timezone.now())
    failing = {name for name, check in checks.items() if not check["ok"]}
    is_ready = failing <= DEGRADES
    answer = {"ready": is_ready, "degraded": sorted(failing & DEGRADES), "checks": checks}
    return JsonResponse(answer, status=200 if is_ready else 503)


def readiness(*, at: datetime) -> dict[str, dict]:
    """Return each check by name: ``ok``, or the fault."""
    try:
        beats = dict(Heartbeat.objects.values_list("name", "at"))
        state = alarms.outbox_state(at=at)
        differ = worker_settings.differ(at=at)
    except DatabaseFault as error:
        unknown = {"ok": False, "detail": "unknown while the database does not answer"}
        return {
            "database": {"ok": False, "detail": type(error).__name__},
            "worker": unknown,
            "outbox": unknown,
            "jobs": unknown,
            "undeliverable": unknown,
            "backup": unknown,
            "worker_settings": unknown,
        }
    return {
        "database": {"ok": True},
        "worker": worker_check(beats.get(WORKER), at=at),
        "outbox": outbox_check(state, at=at),
        "jobs": jobs_check(beats, at=at),
        "undeliverable": undeliverable_check(state),
        "backup": backup_check(beats.get(Heartbeat.BACKUP), at=at),
        "worker_settings": settings_check(differ),
    }


def worker_check(beat: datetime | None, *, at: datetime) -> dict:
    if beat is None:
        return {"ok": False, "detail": "no mail worker has ever run"}
    seconds = int((at - beat).total_seconds())
    silent_after = max(SILENT_AFTER, timedelta(seconds=3 * sweep_seconds()))
    check = {"ok": at - beat <= silent_after, "seconds_since_heartbeat": seconds}
    return check if check["ok"] else {**check, "detail": "the mail worker is silent"}


def outbox_check(state: alarms.OutboxState, *, at: datetime) -> dict:
    oldest = int((at - state.late_since).total_seconds()) if state.late_since else 0
    check = {
        "ok": state.is_well,
        "late": state.late,
        "oldest_late_seconds": oldest,
    }
    return check if check["ok"] else {**check, "detail": "mail is more than 15 minutes late"}


def undeliverable_check(state: alarms.OutboxState) -> dict:
    check = {"ok": not state.undeliverable, "emails": state.undeliverable}
    return check if check["ok"] else {**check, "detail": "someone has to retry or dismiss them"}


def jobs_check(beats: dict[str, datetime], *, at: datetime) -> dict:
    """Say when each job last succeeded, and which has not for more than a day."""
    last = {job.__name__: beats.get(beat_of(job)) for job in JOBS}
    overdue = [name for name, when in last.items() if when is None or at - when > JOB_OVERDUE_AFTER]
    success = {name: when and when.isoformat(timespec="seconds") for name, when in last.items()}
    check = {"ok": not overdue, "last_success": success}
    return {**check, "detail": f"no success for a day: {', '.join(overdue)}"} if overdue else check


def backup_check(last: datetime | None, *, at: datetime) -> dict:
    if last is None:
        return {"ok": False, "detail": "no verified backup was ever written"}
    check = {
        "ok": at - last <= BACKUP_OVERDUE_AFTER,
        "last_good": last.isoformat(timespec="seconds"),
        "hours_since": int((at - last).total_seconds() // 3600),
    }
    return check if check["ok"] else {**check, "detail": "the last verified backup is too old"}


def settings_check(differ: bool) -> dict:
    if differ:
        return {
            "ok": False,
            "detail": "the mail worker runs with other settings than the web server",
        }
    return {"ok": True}
