#!/usr/bin/env bash
# Set-up, a smoke of `make run` and the suite, on every Python from 3.11 on that this machine has: as whoever calls, and
# when that is root, also as an ordinary user whose home is closed to others.
#   ARGS="path -k name"   narrows the suite;  PYTHONS="python3.12"   tries these alone
set -uo pipefail
cd "$(dirname "$0")/.."
readonly ARGS=${ARGS:-} READY_SECONDS=${READY_SECONDS:-300}
readonly USER_NAME=batconnect-try
results=()
work=$(mktemp -d -t batconnect-pythons-XXXXXX)
chmod 755 "$work"
made_user=

clean_up() {
  [[ -z $made_user ]] || userdel --force --remove "$USER_NAME" 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# The versions on PATH, and pyenv's where that is in use: its programs on PATH run the chosen versions alone.
candidates() {
  if [[ -n ${PYTHONS:-} ]]; then
    printf '%s\n' $PYTHONS
    return
  fi
  compgen -c | grep -xE 'python3(\.[0-9]+)?' | sort -u
  type -aP python3 2>/dev/null
  if command -v pyenv >/dev/null; then
    local version
    for version in $(pyenv versions --bare 2>/dev/null); do
      printf '%s/bin/python3\n' "$(pyenv prefix "$version")"
    done
  fi
}

# One line for each Python: its version, the program itself, the folder that it is installed in.
pythons() {
  local candidate
  while read -r candidate; do
    "$candidate" -c '
import os, sys
if sys.version_info >= (3, 11) and sys.prefix == sys.base_prefix:
    print("%d.%d.%d" % sys.version_info[:3], os.path.realpath(sys.executable), sys.base_prefix)' 2>/dev/null
  done < <(candidates) | sort -u -k2,2 | sort -V
}

# An ordinary user with a home that nobody else can enter.
make_user() {
  useradd --create-home --home-dir "$work/home" --shell /bin/bash "$USER_NAME" || return 1
  made_user=yes
  chmod 700 "$work/home"
}

as_user() {
  runuser --user "$USER_NAME" -- env --unset=XDG_RUNTIME_DIR --unset=TMPDIR HOME="$work/home" USER="$USER_NAME" \
    LOGNAME="$USER_NAME" PATH=/usr/local/bin:/usr/bin:/bin "$@"
}

# The program of a Python that the ordinary user can run: a copy, where it lies in somebody's closed folder.
reachable() {
  local program=$1 prefix=$2 copy
  if as_user "$program" -c '' 2>/dev/null; then
    echo "$program"
    return
  fi
  copy=$work/python-${prefix##*/}
  [[ -d $copy ]] || cp -a "$prefix" "$copy"
  echo "$copy/bin/${program##*/}"
}

# The project's files, without what is kept beside them.
copy_project() {
  mkdir -p "$1"
  git ls-files -z --cached --others --exclude-standard | xargs -0 tar --create --file - --ignore-failed-read |
    tar --extract --no-same-owner --file - --directory "$1"
}

# In the folder of a copy: set-up, a start that serves and stops, the suite.
cat >"$work/try.sh" <<'TRY'
set -euo pipefail
cd "$1"
export PYTHON=$2
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH BATCONNECT_DATA_DIR DATABASE_URL CELERY_BROKER_URL SECRET_KEY
make --no-print-directory setup
port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
PORT=$port make --no-print-directory run >run.log 2>&1 &
run=$!
"$PYTHON" - "$port" "$READY_SECONDS" "$run" <<'ASK' || { tail -n 30 run.log; kill "$run"; exit 1; }
import os, sys, time, urllib.request
port, seconds, run = (int(word) for word in sys.argv[1:])
until = time.monotonic() + seconds
while time.monotonic() < until:
    os.kill(run, 0)
    try:
        if urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready/", timeout=5).status == 200:
            sys.exit(0)
    except OSError:
        time.sleep(0.5)
sys.exit("`make run` was not ready in time")
ASK
echo "make run: ready"
# The program itself is stopped, as a service manager would: make only waits for it.
"$PYTHON" -c 'import json, os, signal; os.kill(int(json.load(open("var/run.json"))["pid"]), signal.SIGTERM)'
wait "$run"
tail -n 1 run.log
make --no-print-directory test ARGS="$ARGS"
TRY
chmod 755 "$work/try.sh"

# try VERSION WHO FOLDER COMMAND…: runs it and keeps the outcome.
try() {
  local version=$1 who=$2 log=$work/$1-$2.log began=$SECONDS outcome=passed
  shift 2
  echo "── Python $version as $who"
  "$@" 2>&1 | tee "$log" | grep -E --line-buffered '^(make run|Making|Everything|FAILED|ERROR|✗|[0-9]+ (passed|failed))|====='
  ((PIPESTATUS[0] == 0)) || { outcome=FAILED; tail -n 40 "$log"; }
  results+=("$outcome  Python $version as $who ($((SECONDS - began)) s)")
}

mapfile -t found < <(pythons)
((${#found[@]})) || { echo "No Python from 3.11 on was found." >&2; exit 1; }
export ARGS READY_SECONDS
caller=$(id -un)
for line in "${found[@]}"; do
  read -r version program prefix <<<"$line"
  copy_project "$work/$caller-$version"
  try "$version" "$caller" bash "$work/try.sh" "$work/$caller-$version" "$program"
  rm -rf "$work/$caller-$version"
  ((EUID == 0)) || continue
  [[ -n $made_user ]] || make_user || { results+=("FAILED  no ordinary user could be made"); break; }
  copy_project "$work/home/project"
  chown -R "$USER_NAME:" "$work/home"
  program=$(reachable "$program" "$prefix")
  # A copy looks for its own library where the original's was.
  libraries=()
  [[ $program != "$work"/* ]] || libraries=(LD_LIBRARY_PATH="${program%/bin/*}/lib")
  try "$version" ordinary-user as_user "${libraries[@]}" bash "$work/try.sh" "$work/home/project" "$program"
  rm -rf "$work/home/project"
done

printf '%s\n' "${results[@]}"
! printf '%s\n' "${results[@]}" | grep -q '^FAILED'
