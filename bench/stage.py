"""A site people register at, with services and disks that ``bench.faults`` can take away."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live_site import Crowd, LiveSite, free_port
from tests.smtp_servers import MailServer


class Cluster:
    """A separate PostgreSQL server in ``folder``, run as the user postgres if we are root."""

    def __init__(self, folder: Path, *options: str):
        self.folder, self.port = folder / "cluster", free_port()
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        folder.chmod(0o755)
        self.folder.mkdir()
        if self.as_user:
            shutil.chown(self.folder, "postgres", "postgres")
        self.call("initdb", "--auth=trust", "--username=postgres", "-D", str(self.folder))
        settings = [f"port={self.port}", f"unix_socket_directories={self.folder}", *options]
        with (self.folder / "postgresql.conf").open("a") as file:
            file.writelines(
                f"{name} = '{value}'\n" for name, value in (each.split("=") for each in settings)
            )
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self.as_user, str(self.programs / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )

    def start(self) -> None:
        log = str(self.folder / "server.log")
        self.call("pg_ctl", "-w", "-D", str(self.folder), "-l", log, "start")

    def stop(self, mode: str = "fast") -> None:
        self.call("pg_ctl", "-w", "-D", str(self.folder), "-m", mode, "stop")


class Redis:
    """A Redis that saves nothing: its contents are gone when it stops."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """Mount a separate small disk at ``folder``; needs root."""
    folder.mkdir(exist_ok=True)
    options = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Write until ``disk`` is full; return the file that fills it."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


@dataclass
class Stage:
    """What a fault works on; ``disk`` and the services below are set only if needed."""

    folder: Path
    site: LiveSite
    mail: MailServer
    crowd: Crowd
    web: subprocess.Popen
    worker: subprocess.Popen
    disk: Path | None = None
    cluster: Cluster | None = None
    redis: Redis | None = None

    def kill_web(self) -> None:
        self.site.kill(self.web)
        self.web = self.site.start_web(self.crowd.port)

    def kill_worker(self) -> None:
        self.site.kill(self.worker)
        self.worker = self.site.start_worker()
