"""One PostgreSQL cluster: making, starting and stopping it with the server's own programs."""

import os
import shlex
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .errors import EmbeddedError, PortTakenError
from .ports import LOOPBACK
from .server_user import ServerUser

START_SECONDS = 60
STOP_SECONDS = 60
OLD_BACKENDS_SECONDS = 3.0
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "password_encryption": "scram-sha-256",
    # After a crash the file system is told once to write what it holds, instead of each file of the cluster.
    "recovery_init_sync_method": "syncfs",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A week of logs, each day's file overwritten a week later.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
# What is lost with the machine's power does not matter.
FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    # Databases live for a minute, and statistics taken amid the one transaction of a test count none of its rows.
    "autovacuum": "off",
}
# No password is asked for at first: the roles get theirs before the server ever listens.
INITDB_OPTIONS = (
    *("--username", "postgres", "--auth", "reject", "--encoding", "UTF8"),
    *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
)
HOST_RULES = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class Cluster:
    """A cluster in `home`, run by `user` with the programs in the folder `programs`."""

    home: Path
    programs: Path
    user: ServerUser
    title: str
    """Stands in the command line of the server and of each of its backends: how they are found in /proc."""
    durable: bool = True

    @property
    def folder(self) -> Path:
        return self.home / "cluster"

    @property
    def pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    def exists(self) -> bool:
        """True once the cluster was made whole: it comes into being by a rename."""
        return (self.folder / "PG_VERSION").exists()

    def create(self, *, statements: list[str]) -> None:
        """Make the cluster and run the statements in it, all or nothing.

        Raises EmbeddedError with the program's words when one fails.
        """
        draft = self.home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._check([self.programs / "initdb", *INITDB_OPTIONS, "--pgdata", draft])
        # pg_hba.conf belongs to the server's user, in a folder that only it and root can enter.
        (draft / "pg_hba.conf").write_text(HOST_RULES, encoding="utf-8")
        self._run_single(folder=draft, statements=statements)
        draft.rename(self.folder)

    def alter(self, *, statements: list[str]) -> None:
        """Run statements as superuser without a password; the server must not be running."""
        self._run_single(folder=self.folder, statements=statements)

    def _run_single(self, *, folder: Path, statements: list[str]) -> None:
        # Single-user mode needs no running server and no password; each line is one statement.
        done = self.user.run(
            command=[
                self.programs / "postgres",
                "--single",
                "-D",
                folder,
                "-c",
                "logging_collector=off",
                "postgres",
            ],
            stdin="".join(f"{statement}\n" for statement in statements),
        )
        # It goes on after an error, so its words count and not its exit code. They never quote a password.
        refused = [line for line in done.stderr.splitlines() if "ERROR:" in line or "FATAL:" in line]
        if done.returncode or refused:
            raise EmbeddedError("PostgreSQL could not be set up: " + "\n".join(refused or [done.stderr]))

    def running_port(self) -> int | None:
        """The port of the running server, or None; waits for one that is starting up or recovering."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            pid, port = self._read_pid_file()
            if pid is None or not self._is_ours(pid):
                return None
            if port is not None and self.answers(port=port):
                return port
            time.sleep(processes.POLL_SECONDS)
        raise EmbeddedError(
            f"The embedded PostgreSQL runs but does not answer; its log is in {self.folder / 'log'}."
        )

    def answers(self, *, port: int) -> bool:
        """True when a server on this port accepts connections."""
        command = [self.programs / "pg_isready", "-q", "-h", LOOPBACK, "-p", str(port), "-t", "2"]
        return self.user.run(command=command).returncode == 0

    def lives(self) -> bool:
        """True while there is a server, though it may be starting up or recovering: a look into /proc, no more."""
        pid, _ = self._read_pid_file()
        return pid is not None and self._is_ours(pid)

    def backends(self) -> list[int]:
        """The living processes of this cluster, server included."""
        return processes.with_words(words=self.title, program="postgres")

    def clear_remains(self) -> None:
        """After a crash: wait for the old backends, end those that stay, remove the stale pid file.

        Under a PID 1 that does not reap, a killed server stays a zombie that `pg_ctl` takes for running.
        """
        if not processes.wait_until_gone(pids=self.backends, seconds=OLD_BACKENDS_SECONDS):
            processes.end(pids=self.backends, gentle=signal.SIGQUIT, seconds=OLD_BACKENDS_SECONDS)
        self.pid_file.unlink(missing_ok=True)

    def start(self, *, port: int) -> None:
        """Start the server on the loopback port and wait until it serves.

        Raises PortTakenError when another process was faster, EmbeddedError for everything else.
        """
        options = [f"-c {name}={shlex.quote(value)}" for name, value in self._settings(port=port).items()]
        log = self.home / "start.log"
        log.unlink(missing_ok=True)
        done = self.user.run(
            command=[
                *[self.programs / "pg_ctl", "start", "-s", "-w", "-t", str(START_SECONDS)],
                *["-D", self.folder, "-l", log, "-o", " ".join(options)],
            ]
        )
        if done.returncode == 0:
            return
        words = self._last_words(log=log)
        if "Address already in use" in words:
            raise PortTakenError(f"Port {port} is taken.")
        raise EmbeddedError(f"The embedded PostgreSQL did not start: {done.stderr.strip()}\n{words}")

    def stop(self) -> None:
        """Stop the server, ending its connections; nothing happens when it does not run."""
        if self.lives():
            for mode in ("fast", "immediate"):
                command = [self.programs / "pg_ctl", "stop", "-s", "-w", "-t", str(STOP_SECONDS), "-m", mode]
                if self.user.run(command=[*command, "-D", self.folder]).returncode == 0:
                    break
        if self.exists():
            self.clear_remains()

    def _settings(self, *, port: int) -> dict[str, str]:
        lasting = {} if self.durable else FLEETING
        return {**SETTINGS, **lasting, "port": str(port), "cluster_name": self.title}

    def _read_pid_file(self) -> tuple[int | None, int | None]:
        try:
            lines = self.pid_file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None, None
        pid = int(lines[0]) if lines and lines[0].isdecimal() else None
        port = int(lines[3]) if len(lines) > 3 and lines[3].isdecimal() else None
        return pid, port

    def _is_ours(self, pid: int) -> bool:
        # The number may belong to a zombie, or by now to another program.
        return processes.is_alive(pid=pid) and self.title in processes.command_line(pid=pid)

    def _last_words(self, *, log: Path) -> str:
        collected = sorted((self.folder / "log").glob("*.log"), key=os.path.getmtime)[-1:]
        texts = [
            file.read_text(encoding="utf-8", errors="replace") for file in (log, *collected) if file.exists()
        ]
        return "\n".join("\n".join(text.splitlines()[-10:]) for text in texts)

    def _check(self, command: list[object]) -> None:
        done = self.user.run(command=command)
        if done.returncode:
            raise EmbeddedError(f"{command[0]} failed: {done.stderr.strip()}")
