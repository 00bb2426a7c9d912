#!/usr/bin/env bash
# Prints the folder in which the suite keeps its servers. A new database is some thousand small files, so it lies in
# memory where there is room; BATCONNECT_DATA_DIR, when it is set, wins.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly MEMORY=/dev/shm NEEDED_KB=$((3 * 1024 * 1024))

if [[ -n ${BATCONNECT_DATA_DIR:-} ]]; then
  echo "$BATCONNECT_DATA_DIR/tests"
  exit 0
fi

# What other clones left behind, once the clone is gone.
for other in "$MEMORY"/batconnect-tests-"$(id -u)"-*; do
  [[ -O $other/clone && ! -d $(<"$other/clone") ]] && rm -rf "$other"
done

folder=$MEMORY/batconnect-tests-$(id -u)-$(pwd -P | sha256sum | cut -c1-12)
free=$(df --output=avail --block-size=1K "$MEMORY" 2>/dev/null | tail -1 || true)
if [[ -w $MEMORY && ${free:-0} -ge $NEEDED_KB ]] && mkdir -p "$folder" 2>/dev/null && [[ -O $folder && ! -L $folder ]]; then
  pwd -P >"$folder/clone"
  echo "$folder"
else
  echo var/tests
fi
