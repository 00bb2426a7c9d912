#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned requirements.  Usage: scripts/setup.sh VENV
set -euo pipefail
venv=$1

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
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
