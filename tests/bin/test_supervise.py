"""Both processes start and stop together, whichever ends first or is told to stop.

Every test reads the output to its end, which comes only when no process is left to write to it.
"""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parent.parent.parent / "bin"

# One write per line: several programs share the output, and print may split a line.
WEB = (
    "import os, signal\n"
    "os.write(int(os.environ['READY_FD']), b'1')\n"
    "os.write(1, b'web %d\\n' % os.getpid())\n"
    "signal.pause()\n"
)
MAIL = "import os, signal; os.write(1, b'mail %d\\n' % os.getpid()); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
FORKING = "import os; os.fork()\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="make run's promises are Linux's")


def driver(web: str, mail: str) -> list[str]:
    """Return a command that supervises two Python programs in place of the site's own."""
    program = (
        f"import sys; sys.path.insert(0, {str(BIN)!r}); import supervise; "
        "supervise.STOP_SECONDS = 1; "
        f"raise SystemExit(supervise.supervise([sys.executable, '-c', {web!r}], "
        f"[sys.executable, '-c', {mail!r}], 'http://127.0.0.1:8000/'))"
    )
    return [sys.executable, "-c", program]


def start(command: list[str], **options) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        # A shell that runs the tests in the background makes them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )


def pids(process: subprocess.Popen) -> dict[str, int]:
    """Read until both programs report that they run; return their process numbers."""
    found = {}
    while len(found) < 2:
        line = process.stdout.readline()
        assert line, "the output ended before both programs ran"
        name, _, pid = line.partition(" ")
        if name in {"web", "mail"}:
            found[name] = int(pid)
    return found


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_both_and_is_not_a_failure(signum):
    supervisor = start(driver(WEB, MAIL))
    pids(supervisor)
    supervisor.send_signal(signum)
    output, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0
    assert "Stopped." in output


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_stops_both(signum):
    supervisor = start(driver(WEB, MAIL))
    pids(supervisor)
    os.killpg(supervisor.pid, signum)
    supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0


def test_a_program_that_ignores_the_request_is_killed_with_its_children():
    supervisor = start(driver(DEAF + FORKING + WEB, DEAF + MAIL))
    pids(supervisor)
    supervisor.terminate()
    supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0


@pytest.mark.parametrize(
    ("victim", "sentence"),
    [
        ("web", "The web server ended by signal SIGKILL, so the mail worker was stopped too"),
        ("mail", "The mail worker ended by signal SIGKILL, so the web server was stopped too"),
    ],
)
def test_when_one_dies_the_other_stops_and_a_sentence_says_so(victim, sentence):
    supervisor = start(driver(WEB, MAIL))
    os.kill(pids(supervisor)[victim], signal.SIGKILL)
    output, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 1
    assert sentence in output


def test_a_web_server_that_never_gets_ready_ends_the_start_before_any_email():
    supervisor = start(driver("raise SystemExit('no database')", MAIL))
    output, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 1
    assert "no database" in output
    assert "The web server ended with status 1" in output
    assert "mail " not in output.splitlines()[0]


def test_a_killed_supervisor_leaves_no_orphan():
    supervisor = start(driver(WEB, MAIL))
    pids(supervisor)
    supervisor.kill()
    supervisor.communicate(timeout=60)
    assert supervisor.returncode == -signal.SIGKILL


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_alone_stops_everything(tmp_path, signum):
    (tmp_path / "driver.py").write_text(driver(WEB, MAIL)[2])
    python = shlex.quote(sys.executable).replace("$", "$$")
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {python} driver.py\n")
    make = start(["make", "run"], cwd=tmp_path)
    pids(make)
    make.send_signal(signum)
    make.communicate(timeout=60)
    assert make.returncode != 0
