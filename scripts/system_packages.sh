#!/usr/bin/env bash
# Names the Debian packages that `make test-system` needs and does not find; as root, installs them.
set -euo pipefail
packages=(
  libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core # PDF rendering
  poppler-utils                                                         # looking at the rendered pages
  rabbitmq-server                                                       # jobs over AMQP
  nginx-light                                                           # the proxy in front, as documented
  chromium                                                              # journeys through the console
  pgbouncer                                                             # a pool before the database
  haproxy                                                               # two web processes behind one address
  prometheus                                                            # promtool: the alerts
  systemd                                                               # systemd-analyze: the units
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ((EUID)); then
  echo "The system tests need Debian packages that are not installed. As root:" >&2
  echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "Installing for the system tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
