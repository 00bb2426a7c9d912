"""Where the embedded servers keep what is theirs."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError

PROJECT_ROOT = Path(__file__).resolve().parents[2]
UNIX_SOCKET_PATH_BYTES = 107
DEFAULT_STATE_ROOT = Path("/var/lib/batconnect")


@dataclass(frozen=True)
class DataDir:
    """The folder of one installation (`BATCONNECT_DATA_DIR`) and the names in it."""

    path: Path
    state_root: Path = DEFAULT_STATE_ROOT
    """Where root keeps a cluster whose data dir the server's user cannot enter."""
    durable: bool = True
    """False where nothing needs to outlive the machine: the suite's databases come and go by the hundred."""

    @property
    def digest(self) -> str:
        """Names this data dir in short: for folders and server titles outside it."""
        return hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops a server."""
        return self.path / "embedded.lock"

    @property
    def users(self) -> Path:
        """Held in common by every process that uses the servers; whoever can take it alone is the last."""
        return self.path / "embedded.users"

    @property
    def run_record(self) -> Path:
        """The supervisor of `make run`: process id and start time."""
        return self.path / "run.json"

    @property
    def secret_key(self) -> Path:
        return self.path / "secret-key"

    @property
    def encryption_keys(self) -> Path:
        """Without it the encrypted fields of this database cannot be read again."""
        return self.path / "encryption-keys"

    @property
    def demo_logins(self) -> Path:
        return self.path / "demo-logins.txt"

    @property
    def postgres_record(self) -> Path:
        """Port and passwords of the embedded PostgreSQL."""
        return self.path / "postgres.json"

    @property
    def postgres_pointer(self) -> Path:
        """Names the cluster's folder when it is not in the data dir."""
        return self.path / "postgres.location"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def broker_record(self) -> Path:
        """Address and password of the embedded broker."""
        return self.path / "broker.json"

    @property
    def broker(self) -> Path:
        return self.path / "broker"

    def make(self) -> None:
        """Make the folder; one that exists is left as it is.

        Raises EmbeddedError when it cannot be made or written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(f"{self.path} cannot be made: {error}. Set BATCONNECT_DATA_DIR.") from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise EmbeddedError(
                f"{self.path} cannot be written to. Set BATCONNECT_DATA_DIR to a folder of your own."
            )


def locate_data_dir(*, environ: Mapping[str, str]) -> DataDir:
    """The data dir the environment names, absolute; `var/` beside manage.py by default.

    `BATCONNECT_DURABLE=off` lets its database leave out every wait for the disk.
    """
    named = environ.get("BATCONNECT_DATA_DIR") or "var"
    state_root = Path(environ.get("BATCONNECT_STATE_DIR") or DEFAULT_STATE_ROOT)
    durable = environ.get("BATCONNECT_DURABLE") != "off"
    return DataDir(path=(PROJECT_ROOT / named).resolve(), state_root=state_root, durable=durable)


def make_private_folder(*, digest: str, environ: Mapping[str, str]) -> Path | None:
    """Make a short folder for a Unix socket that only this user can enter; None when there can be none.

    A socket's path ends at 107 bytes, so it cannot live in the data dir.
    """
    name = f"batconnect-{os.geteuid()}-{digest}"
    for parent in (environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if not parent or len(os.fsencode(f"{parent}/{name}/redis.sock")) > UNIX_SOCKET_PATH_BYTES:
            continue
        folder = Path(parent) / name
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            status = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
            return folder
    return None
