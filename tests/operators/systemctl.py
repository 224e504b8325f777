"""Stands in for systemctl where systemd does not run, and follows the unit files.

User, environment, working directory, umask and writable paths are the unit's; standard output is a
socket, as with systemd's journal. A unit that ends is not restarted. ``minutely`` timers run;
others are only checked.
"""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

UNITS = [Path("/etc/systemd/system"), Path("/lib/systemd/system")]
STATE = Path("/run/units")
JOURNAL = "/run/journal.sock"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Unit:
    """A unit file with its instance's name filled in."""

    def __init__(self, name: str):
        self.name = name if "." in name.partition("@")[2] or "." in name else f"{name}.service"
        stem, _, suffix = self.name.rpartition(".")
        template, at, self.instance = stem.partition("@")
        file = f"{template}{at}.{suffix}"
        found = [folder / file for folder in UNITS if (folder / file).exists()]
        if not found:
            raise SystemExit(f"Unit {file} not found.")
        self.values: dict[str, list[str]] = defaultdict(list)
        text = found[0].read_text().replace("\\\n", " ")
        for line in text.splitlines():
            key, equals, value = line.strip().partition("=")
            if equals and not key.startswith(("#", ";")):
                self.values[key].append(value.strip().replace("%i", self.instance))

    def last(self, key: str, default: str = "") -> str:
        return (self.values.get(key) or [default])[-1]

    def words(self, key: str) -> list[str]:
        return [word for value in self.values.get(key, []) for word in value.split()]

    @property
    def pid_file(self) -> Path:
        return Path(self.last("PIDFile") or STATE / f"{self.name}.pid")

    def environment(self) -> dict[str, str]:
        values = {"PATH": PATH, "LANG": "C.UTF-8"}
        for value in self.values.get("Environment", []):
            values |= dict(word.split("=", 1) for word in shlex.split(value))
        for path in self.values.get("EnvironmentFile", []):
            for line in Path(path).read_text().splitlines():
                if line.strip() and not line.startswith(("#", ";")):
                    name, _, value = line.partition("=")
                    values[name.strip()] = value.strip().strip("\"'")
        return values

    def confinement(self) -> str:
        """Return shell commands that leave writable only what the unit may write."""
        steps = ["set -e"]
        if self.last("ProtectSystem") == "strict":
            for path in [*self.words("ReadWritePaths"), "/run/journal.sock"]:
                steps.append(f"mount --bind {path} {path}")
            steps.append("mount -o remount,bind,ro /")
        if self.last("ProtectHome") == "yes":
            steps += ["mount -t tmpfs -o ro tmpfs /root", "mount -t tmpfs -o ro tmpfs /home"]
        if self.last("PrivateTmp") == "yes":
            steps += ["mount -t tmpfs tmpfs /tmp", "mount -t tmpfs tmpfs /var/tmp"]
            steps += ["chmod 1777 /tmp /var/tmp"]
        return "; ".join(steps)

    def command(self, line: str) -> list[str]:
        command = shlex.split(line.lstrip("-+!@:"))
        if not self.last("User"):
            return command
        user = self.last("User")
        group = self.last("Group") or user
        drop = ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups"]
        if self.last("NoNewPrivileges") == "yes":
            drop.append("--no-new-privs")
        if "CapabilityBoundingSet" in self.values:
            drop.append("--bounding-set=-all")
        return [
            *("unshare", "--mount", "sh", "-c"),
            f'{self.confinement()}; cd {self.last("WorkingDirectory", "/")}; exec "$@"',
            *("sh", *drop, "--", *command),
        ]

    def run(self, line: str) -> subprocess.Popen:
        journal = socket.socket(socket.AF_UNIX)
        journal.connect(JOURNAL)
        journal.sendall(f"-- {self.name}: {line}\n".encode())
        umask = int(self.last("UMask", "0022"), 8)
        return subprocess.Popen(
            self.command(line),
            env=self.environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            start_new_session=True,
            preexec_fn=lambda: os.umask(umask),
        )

    def wait_for(self, line: str) -> None:
        optional = line.startswith("-")
        if self.run(line).wait() and not optional:
            raise SystemExit(f"Job for {self.name} failed: {line}. See the journal.")

    def start(self) -> None:
        if self.name.endswith(".timer"):
            self.start_timer()
            return
        for line in self.values.get("ExecStartPre", []):
            self.wait_for(line)
        kind, line = self.last("Type", "simple"), self.last("ExecStart")
        if kind in ("oneshot", "forking"):
            self.wait_for(line)
            until = time.monotonic() + 10
            while kind == "forking" and not self.pid_file.exists():
                if time.monotonic() > until:
                    raise SystemExit(f"{self.name}: PIDFile {self.pid_file} does not appear.")
                time.sleep(0.1)
            return
        process = self.run(line)
        STATE.mkdir(exist_ok=True)
        self.pid_file.write_text(str(process.pid))
        time.sleep(1)
        if process.poll() is not None:
            raise SystemExit(f"{self.name} ended with {process.returncode}. See the journal.")

    def start_timer(self) -> None:
        service = Unit(self.name.replace(".timer", ".service"))
        if not self.last("OnCalendar"):
            raise SystemExit(f"{self.name} never elapses.")
        if self.last("OnCalendar") != "minutely":
            return
        STATE.mkdir(exist_ok=True)
        timer = subprocess.Popen(
            [sys.executable, __file__, "every-minute", service.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pid_file.write_text(str(timer.pid))

    def pid(self) -> int:
        try:
            return int(self.pid_file.read_text())
        except (OSError, ValueError):
            return 0

    def is_active(self) -> bool:
        pid = self.pid()
        return bool(pid) and Path(f"/proc/{pid}").exists() and " Z " not in stat(pid)

    def stop(self) -> None:
        if not self.is_active():
            return
        pid = self.pid()
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + float(self.last("TimeoutStopSec", "90"))
        while self.is_active():
            if time.monotonic() > until:
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.1)

    def reload(self) -> None:
        for line in self.values["ExecReload"]:
            self.wait_for(line.replace("$MAINPID", str(self.pid())))


def stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


def every_minute(name: str) -> None:
    while True:
        time.sleep(60 - time.time() % 60)
        Unit(name).start()


def main(words: list[str]) -> None:
    now = "--now" in words
    verb, *names = [word for word in words if not word.startswith("--")]
    if verb == "daemon-reload":
        return
    if verb == "every-minute":
        every_minute(names[0])
    for unit in map(Unit, names):
        if verb == "is-active" and not unit.is_active():
            raise SystemExit(3)
        if verb in ("stop", "restart") or (verb == "disable" and now):
            unit.stop()
        starts = verb in ("start", "restart") or (verb == "enable" and now)
        if starts and not unit.is_active():
            unit.start()
        if verb == "reload":
            unit.reload()


if __name__ == "__main__":
    main(sys.argv[1:])
