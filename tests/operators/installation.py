"""Follow docs/operators/install.md and upgrade.md word by word, on a copy of this machine.

Usage, as root: ``.venv/bin/python tests/operators/installation.py`` (``make install-test``). The
copy is an overlay of this machine's file system with namespaces of its own for mounts, processes,
addresses and shared memory: nothing of it is left when the program ends. It has a fresh cluster of
PostgreSQL, a Redis, and a mail server with a certificate. Every block of shell commands in the two
pages runs there, in order and as it stands; between them someone books a place over TLS. Blocks
that fetch something see the network outside.

Where systemd would be, systemctl.py starts what the unit files say.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ["docs/operators/install.md", "docs/operators/upgrade.md"]
BLOCK = re.compile(r"^(?P<title>#+ [^\n]*)$|^```sh\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
FETCHES = re.compile(r"\b(apt|git clone)\b")
SITE, MAIL = "www.council.example", "mail.council.example"
SOURCE = "https://git.council.example/prevent.git"
NETWORK = "/run/inside"
JOURNAL = Path("/var/log/journal-of-units")
SERIES = "/prevent/roundtables/prevent-community-roundtable/register/"
PASSED_ON = re.compile(r"PIP_.*|npm_.*|.*_proxy|.*_PROXY|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS")
TOOLS = ["unshare", "nsenter", "setpriv", "ip", "nginx", "pg_createcluster", "redis-server", "curl"]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)},
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}


def blocks() -> Iterator[tuple[str, str]]:
    """Return each block of commands in the guide with the title above it."""
    for page in PAGES:
        title = ""
        for found in BLOCK.finditer((ROOT / page).read_text()):
            if found["title"]:
                title = found["title"].lstrip("# ")
            else:
                yield f"{Path(page).stem}: {title}", found["code"]


def run(*command: str, inside: bool = True, **options) -> subprocess.CompletedProcess:
    prefix = ["nsenter", f"--net={NETWORK}"] if inside else []
    return subprocess.run([*prefix, *command], env=ENVIRONMENT, check=True, **options)


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


# The copy of the machine


def enter_copy(folder: Path) -> None:
    """Make this process see a copy of the machine with nothing installed yet."""
    for name in ("up", "work", "root"):
        (folder / name).mkdir()
    root = folder / "root"
    layers = f"lowerdir=/,upperdir={folder}/up,workdir={folder}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, root], check=True)
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, root / "srv/source.git"], check=True)
    for path in {ROOT, Path(sys.base_prefix)}:
        if os.stat(path).st_dev != os.stat("/").st_dev:
            inner = root / str(path).lstrip("/")
            inner.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--bind", path, inner], check=True)
    subprocess.run(["mount", "--rbind", "/dev", root / "dev"], check=True)
    for name in ("dev/shm", "run"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root / name], check=True)
    (root / "dev/shm").chmod(0o1777)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    subprocess.run(["mount", "--rbind", "/sys", root / "sys"], check=True)
    os.chroot(root)
    os.chdir("/")
    for left in ("etc/prevent", "srv/prevent", "var/lib/prevent", "var/backups/prevent"):
        shutil.rmtree(f"/{left}", ignore_errors=True)
    for cluster in ("etc/postgresql", "var/lib/postgresql", "var/log/postgresql"):
        for child in Path(f"/{cluster}").iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    for unit in Path("/etc/systemd/system").glob("prevent-*"):
        unit.unlink()


def prepare_machine() -> None:
    """Give the copy what a Debian machine has before the guide begins, and a mail server."""
    Path(NETWORK).touch()
    run("unshare", f"--net={NETWORK}", "ip", "link", "set", "lo", "up", inside=False)
    with open("/etc/hosts", "a") as hosts:
        hosts.write(f"127.0.0.1 localhost {SITE} {MAIL}\n")
    Path("/usr/bin/systemctl").unlink(missing_ok=True)
    stand_in = Path("/usr/bin/systemctl")
    stand_in.write_text(
        f'#!/bin/sh\nexec /usr/bin/python3 {ROOT}/tests/operators/systemctl.py "$@"\n'
    )
    stand_in.chmod(0o755)
    threading.Thread(target=keep_journal, daemon=True).start()
    run("git", "config", "--system", "--add", "safe.directory", "*", inside=False)
    run("git", "config", "--system", "url./srv/source.git.insteadOf", SOURCE, inside=False)
    version = sorted(os.listdir("/usr/lib/postgresql"), key=float)[-1]
    run("install", "-d", "-o", "postgres", "-g", "postgres", "-m", "2775", "/run/postgresql")
    run("pg_createcluster", version, "main", "--port", "5432", stdout=subprocess.DEVNULL)
    run("pg_ctlcluster", "--skip-systemctl-redirect", version, "main", "start")
    run(
        *("redis-server", "--bind", "127.0.0.1", "--port", "6379", "--save", ""),
        *("--daemonize", "yes", "--dir", "/run"),
        stdout=subprocess.DEVNULL,
    )


def keep_journal() -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("/run/journal.sock")
    os.chmod("/run/journal.sock", 0o666)  # noqa: S103
    listener.listen()

    def copy(connection: socket.socket) -> None:
        with JOURNAL.open("ab", buffering=0) as journal:
            while data := connection.recv(65536):
                journal.write(data)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=copy, args=[connection], daemon=True).start()


class Inbox:
    """Receives and stores email at port 587 from clients that encrypt and sign in."""

    def __init__(self):
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def __call__(self, server, session, envelope, mechanism, data) -> AuthResult:
        known = (data.login, data.password) == (b"user", b"password")
        return AuthResult(success=known)


def start_mail_server(inbox: Inbox) -> None:
    """Start a mail server whose certificate the copy of the machine trusts."""
    folder = Path("/run/mail")
    folder.mkdir()
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", f"/CN={MAIL}", "-addext", f"subjectAltName=DNS:{MAIL}"),
        *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        stderr=subprocess.DEVNULL,
    )
    with open("/etc/ssl/certs/ca-certificates.crt", "a") as trusted:
        trusted.write((folder / "cert.pem").read_text())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    Controller(
        inbox,
        hostname="127.0.0.1",
        port=587,
        tls_context=context,
        require_starttls=True,
        authenticator=inbox,
        auth_required=True,
    ).start()


def enter_network() -> None:
    """Give this process access to the addresses inside too."""
    with open(NETWORK) as namespace:
        os.setns(namespace.fileno(), 0) if hasattr(os, "setns") else setns(namespace.fileno())


def setns(descriptor: int) -> None:
    import ctypes

    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0):
        raise OSError(ctypes.get_errno(), "setns")


# Using the site


def psql(database: str, query: str) -> str:
    asked = run(
        *("runuser", "-u", "postgres", "--", "psql", "-At", "-d", database, "-c", query),
        capture_output=True,
        text=True,
        cwd="/",
    )
    return asked.stdout.strip()


def book(email: str, inbox: Inbox) -> None:
    """Book a place over TLS, and wait for the visitor's and the organiser's emails."""
    visitor = requests.Session()
    visitor.trust_env = False
    visitor.verify = "/etc/nginx/certificates/fullchain.pem"
    address = f"https://{SITE}{SERIES}"
    page = visitor.get(address, timeout=30)
    page.raise_for_status()
    hidden = dict(re.findall(r'name="(submission_key)" value="([^"]+)"', page.text))
    date = re.search(
        r'name="occurrence"[^>]* value="([^"]+)"|value="([^"]+)"[^>]* name="occurrence"', page.text
    )
    time.sleep(3)
    answer = visitor.post(
        address,
        data={
            **hidden,
            "occurrence": date[1] or date[2],
            "name": "Ada Visitor",
            "email": email,
            "consent": "on",
        },
        headers={"Referer": address},
        allow_redirects=False,
        timeout=30,
    )
    if answer.status_code != 302:
        raise SystemExit(
            f"The booking was answered with {answer.status_code}:\n{answer.text[-3000:]}"
        )
    shown = visitor.get(f"https://{SITE}{answer.headers['Location']}", timeout=30)
    reference = re.search(r"PR-[0-9A-Z]{4}-[0-9A-Z]{4}", shown.text)[0]
    until = time.monotonic() + 60
    while True:
        about = [mail for mail in inbox.messages if reference in mail.as_string()]
        recipients = {str(mail["To"]) for mail in about}
        if any(email in each for each in recipients) and len(recipients) > 1:
            break
        if time.monotonic() > until:
            raise SystemExit(f"Mail about {reference} went only to {recipients or 'nobody'}.")
        time.sleep(0.2)
    print(
        f"   {reference} was booked over TLS, and mail reached {' and '.join(sorted(recipients))}"
    )


def registrations(database: str) -> int:
    return int(psql(database, "SELECT count(*) FROM prevent_registrations_registration"))


def try_site(inbox: Inbox) -> None:
    say("Someone books a place")
    run("prevent-manage", "load_demo", stdout=subprocess.DEVNULL)
    book("ada@visitor.example", inbox)
    picture = psql("prevent", "SELECT file FROM wagtailimages_image LIMIT 1")
    if picture:
        visitor = requests.Session()
        visitor.trust_env, visitor.verify = False, "/etc/nginx/certificates/fullchain.pem"
        shown = visitor.get(f"https://{SITE}/media/{picture}", timeout=30)
        print(f"   nginx answers /media/{picture} with {shown.status_code}")
        shown.raise_for_status()


def check_restored(inbox: Inbox) -> None:
    here, there = registrations("prevent"), registrations("rehearsal")
    if here != there or not here:
        raise SystemExit(f"{here} registrations on the site, {there} in the restored copy.")
    print(f"   {there} registrations in the restored copy, as on the site")


def publish_second_release(inbox: Inbox) -> None:
    """Add a second release to the repository that the guide clones."""
    run("git", "clone", "--quiet", "/srv/source.git", "/srv/work", inside=False)
    Path("/srv/work/RELEASE").write_text("2\n")
    who = ["-c", "user.name=Developer", "-c", "user.email=developer@council.example"]
    for command in (["add", "RELEASE"], [*who, "commit", "-qm", "Release 2"], ["push", "-q"]):
        run("git", "-C", "/srv/work", *command, inside=False)


def check_release(number: int):
    def check(inbox: Inbox) -> None:
        running = os.readlink("/srv/prevent/current")
        if not running.endswith(f"/{number}"):
            raise SystemExit(f"{running} is being served, not release {number}.")
        book(f"visitor-of-{number}@visitor.example", inbox)

    return check


# Run after the block whose title begins like this.
AFTER = {
    "install: 8.": try_site,
    "install: 10.": check_restored,
    "install: 11.": publish_second_release,
    "upgrade: Restart": check_release(2),
    "upgrade: Back": check_release(1),
}


def follow_guide() -> None:
    prepare_machine()
    inbox = Inbox()
    todo = dict(AFTER)
    original = Path("/proc/self/ns/net")
    outside = os.open(original, os.O_RDONLY)
    enter_network()
    start_mail_server(inbox)
    for title, code in blocks():
        say(title)
        fetches = bool(FETCHES.search(code))
        prefix = ["nsenter", f"--net=/proc/self/fd/{outside}"] if fetches else []
        done = subprocess.run(
            [*prefix, "bash", "-e", "-u", "-o", "pipefail", "-x", "-c", code],
            env=ENVIRONMENT,
            cwd="/root",
            check=False,
            pass_fds=[outside],
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise SystemExit(f"“{title}” failed with status {done.returncode}.\n{journal()}")
        for start in [start for start in todo if title.startswith(start)]:
            todo.pop(start)(inbox)
    if todo:
        raise SystemExit(f"The guide has no commands under {', '.join(todo)}.")
    say("Every command of the guide was followed")
    for line in (
        f"{len(inbox.messages)} emails arrived",
        f"{registrations('prevent')} registrations on the site",
        f"{len(list(Path('/var/backups/prevent').glob('*.tar')))} verified backups",
    ):
        print(f"   {line}")


def journal() -> str:
    text = JOURNAL.read_text(errors="replace") if JOURNAL.exists() else ""
    return f"The journal's last lines:\n{text[-6000:]}"


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        enter_copy(Path(sys.argv[2]))
        follow_guide()
        return
    if os.geteuid():
        raise SystemExit("Only root can make a copy of the machine: sudo make install-test")
    if missing := [tool for tool in TOOLS if not shutil.which(tool, path=ENVIRONMENT["PATH"])]:
        raise SystemExit(
            f"{', '.join(missing)} missing: apt install nginx-light postgresql redis-server "
            "iproute2 util-linux curl"
        )
    with tempfile.TemporaryDirectory() as folder:
        # Unmounted when the namespace ends, whatever happens in it.
        inside = [sys.executable, __file__, "--inside", folder]
        done = subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"),
                *("sh", "-c", f'mount -t tmpfs -o mode=755 tmpfs {folder} && exec "$@"', "sh"),
                *inside,
            ],
            check=False,
        )
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
