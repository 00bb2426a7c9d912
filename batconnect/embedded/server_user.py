"""Who the PostgreSQL server runs as: it refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError

# Known to every Debian; the first that exists is taken. No user is ever made.
SYSTEM_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class ServerUser:
    """The user of the server's processes; `switch` says whether the caller must change to it."""

    uid: int
    gid: int
    switch: bool

    def run(
        self, *, command: Sequence[object], stdin: str = "", environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command as this user, in `/` with a clean environment, and return it with its output."""
        return subprocess.run(  # noqa: S603 - the commands are the callers' constants
            [str(word) for word in command],
            input=stdin,
            text=True,
            capture_output=True,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", **(environ or {})},
            check=False,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def can_enter(self, *, folder: Path) -> bool:
        """True when this user may pass through the folder and all its parents."""
        return self.run(command=["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0

    def own(self, *, folder: Path) -> None:
        """Give one of our own folders to this user."""
        if self.switch:
            os.chown(folder, self.uid, self.gid)


def choose_server_user(*, cluster_home: Path) -> ServerUser:
    """The caller, or for root the owner of the cluster's folder, or an unprivileged system user.

    Raises EmbeddedError when root finds no such user.
    """
    if os.geteuid() != 0:
        return ServerUser(uid=os.geteuid(), gid=os.getegid(), switch=False)
    if cluster_home.exists() and cluster_home.stat().st_uid != 0:
        status = cluster_home.stat()
        return ServerUser(uid=status.st_uid, gid=status.st_gid, switch=True)
    for name in SYSTEM_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    raise EmbeddedError(f"PostgreSQL does not run as root and there is no user {' or '.join(SYSTEM_USERS)}.")
