"""Serve the site and send its mail until one of the two ends or someone stops them.

Usage, from the Makefile: ``.venv/bin/python bin/supervise.py``. Status 0 after Ctrl-C, SIGTERM
or SIGHUP; 1, with a sentence, if the web server or the mail worker ended by itself.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
CHECK_SECONDS = 0.2
STOP_SECONDS = 8
PR_SET_PDEATHSIG = 1

WEB = [
    *(sys.executable, "-m", "gunicorn"),
    *("--config", str(ROOT / "bin" / "serve.py"), "cms.wsgi:application"),
]
MAIL = [sys.executable, str(ROOT / "manage.py"), "send_outbox", "--loop"]


def end_with_supervisor() -> None:
    """Ask Linux to end this process if the supervisor is killed, so no orphan holds the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command: Sequence[str], environment: Mapping[str, str], *passed: int) -> subprocess.Popen:
    """Start ``command`` in its own process group, so that only the supervisor stops it."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        pass_fds=passed,
        start_new_session=True,
        preexec_fn=end_with_supervisor,
    )


def stop(*processes: subprocess.Popen) -> None:
    """End ``processes`` by SIGTERM; kill them with all their children after ``STOP_SECONDS``."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def make_was_interrupted(parent: int) -> bool:
    """Return whether make, the ``parent``, got a SIGINT that was sent to it alone.

    GNU make then waits for its recipe without passing the signal on. While it waits it blocks the
    signal, which Linux shows.
    """
    try:
        status = Path(f"/proc/{parent}/status").read_text()
    except OSError:
        return False
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    blocked = int(fields["SigBlk"], 16) >> (signal.SIGINT - 1) & 1
    return bool(blocked) and fields["Name"] in {"make", "gmake"}


def ended(name: str, process: subprocess.Popen, other: str) -> str:
    """Return the sentence that says ``process`` ended by itself."""
    code = process.returncode
    how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
    return f"The {name} ended {how}, so the {other} was stopped too: see the lines above."


def supervise(web_command: Sequence[str], mail_command: Sequence[str], address: str) -> int:
    """Run both commands until one ends or a signal comes, and return the exit status.

    ``web_command`` writes to the file descriptor in ``READY_FD`` when it accepts visitors. Only
    then does the mail worker start, because the web server migrates the database first.
    """
    parent = os.getppid()
    stopping = threading.Event()

    def ask(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, ask)

    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.dev")
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    web = start(web_command, {**environment, "READY_FD": str(writer)}, writer)
    os.close(writer)
    mail = None
    failure = None
    while not stopping.wait(CHECK_SECONDS):
        if web.poll() is not None:
            failure = ended("web server", web, "mail worker")
        elif mail is not None and mail.poll() is not None:
            failure = ended("mail worker", mail, "web server")
        elif mail is None and is_ready(reader):
            mail = start(mail_command, environment)
            print(f"\n{address} is being served; Ctrl-C stops it.", flush=True)
        if failure or os.getppid() != parent or make_was_interrupted(parent):
            break
    stop(*(process for process in (web, mail) if process is not None))
    if failure:
        print(failure, file=sys.stderr, flush=True)
        return 1
    print("\nStopped.", flush=True)
    return 0


def is_ready(reader: int) -> bool:
    """Return whether anything was written to the pipe ``reader``."""
    try:
        return bool(os.read(reader, 1))
    except BlockingIOError:
        return False


if __name__ == "__main__":
    # Nobody else may read the site's database, mail and media.
    os.umask(0o077)
    port = os.environ.get("PORT") or "8000"
    raise SystemExit(supervise(WEB, MAIL, f"http://127.0.0.1:{port}/"))
