"""The files for systemd, cron and nginx agree; `make install-test` tries them out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_unit_has_the_same_settings_user_and_umask(path):
    lines = path.read_text().splitlines()
    for line in (
        "User=prevent",
        "EnvironmentFile=/etc/prevent/environment",
        "WorkingDirectory=/srv/prevent/current",
        "UMask=0077",
        "ProtectSystem=strict",
    ):
        assert line in lines
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert "/prevent-manage " in start or "/gunicorn " in start
    assert "manage.py" not in start


def test_nobody_else_may_read_what_a_containers_web_server_writes():
    code = "import os, runpy; runpy.run_path('gunicorn.py'); print(oct(os.umask(0)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=DEPLOY, capture_output=True, text=True)
    assert done.stdout.strip() == "0o77", done.stderr


def test_every_timer_starts_an_existing_service():
    for timer in (DEPLOY / "systemd").glob("*.timer"):
        assert timer.with_suffix(".service").exists()
        assert "WantedBy=timers.target" in timer.read_text()
    jobs = (DEPLOY / "systemd" / "prevent-jobs.timer").read_text()
    assert "OnCalendar=minutely" in jobs
    assert "AccuracySec=1s" in jobs


def test_cron_runs_what_the_timers_run():
    crontab = (DEPLOY / "crontab").read_text()
    for name in ("prevent-jobs", "prevent-backup"):
        unit = (DEPLOY / "systemd" / f"{name}.service").read_text()
        assert re.search(r"ExecStart=\S*/(prevent-manage .*)", unit)[1] in crontab


def test_nginx_under_systemd_matches_debians_unit():
    text = (DEPLOY / "nginx" / "systemd.conf").read_text()
    assert "pid /run/nginx.pid;" in text
    assert "/dev/std" not in text
    assert "/dev/stdout" in (DEPLOY / "nginx" / "containers.conf").read_text()


def test_the_sample_settings_of_the_guide_say_which_settings_and_where_state_is():
    guide = (DEPLOY.parent / "docs" / "operators" / "install.md").read_text()
    assert "\nDJANGO_SETTINGS_MODULE=cms.settings.production\nVAR_DIR=/var/lib/prevent\n" in guide
