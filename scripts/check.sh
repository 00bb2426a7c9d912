#!/usr/bin/env bash
# Every check of `make check`; all of them run, and one that fails makes the whole fail.
set -uo pipefail
failed=()

step() {
  local name=$1 began=$SECONDS
  shift
  echo "── $name"
  if "$@"; then
    echo "✓ $name ($((SECONDS - began)) s)"
  else
    echo "✗ $name ($((SECONDS - began)) s)"
    failed+=("$name")
  fi
}

deployment() {
  # As a deployment sets it: TLS in front.
  BATCONNECT_HTTPS=1 python manage.py check --deploy --fail-level WARNING
}

secrets() {
  # Whatever git knows. Names like `password` are left to ruff (S105 to S107), which reads Python as Python; what only looks
  # like a secret says so on its line, by `pragma: allowlist secret`. Migrations are generated.
  git ls-files -z | xargs -0 detect-secrets-hook --no-verify --disable-plugin KeywordDetector \
    --exclude-files '(^|/)migrations/[^/]*\.(py|zip)$'
}

step "lint" ruff check .
step "format" ruff format --check .
step "types" mypy .
step "layers" lint-imports --no-cache
step "words" pytest -q --no-header tests/build/test_words.py
step "migrations" python manage.py makemigrations --check --dry-run
step "deployment" deployment
step "security" bandit --quiet --configfile pyproject.toml --recursive --severity-level medium .
# There is a wheel of it for this processor alone.
if [[ $(uname -m) == x86_64 ]]; then
  step "Dockerfile" hadolint --failure-threshold info Dockerfile
fi
step "secrets" secrets
step "advisories" python scripts/advisories.py
step "OpenAPI" python manage.py spectacular --validate --fail-on-warn --file /dev/null
step "generated docs" python manage.py generate_docs --check

((${#failed[@]})) || exit 0
printf 'Failed: %s\n' "${failed[@]}" >&2
exit 1
