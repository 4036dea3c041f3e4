# shellcheck shell=bash
# Sourced by the entry points: finds a Python that Odoo 19 runs on, installs one if there is
# none and apt may be used, and hands over to scripts/lib.
set -euo pipefail

LIB="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

usable_python() {
    # A version manager's shim may exist and still fail: only a run tells.
    "$1" -c 'import sys, ensurepip, venv
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    local name
    for name in "${CARLOAN_PYTHON:-}" python3 python3.12 python3.13 python3.11 python3.10 \
        /usr/bin/python3; do
        if [ -n "$name" ] && command -v "$name" >/dev/null && usable_python "$name"; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

install_python() {
    command -v apt-get >/dev/null || return 1
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || return 1
        root=(sudo)
    fi
    echo "Python 3 with venv by apt ..."
    "${root[@]}" apt-get update -qq &&
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null
}

run_lib() {
    local python
    if ! python="$(find_python)"; then
        if ! install_python || ! python="$(find_python)"; then
            echo "Python 3.10 to 3.13 with its venv module is needed and was not found." >&2
            echo "Install it, or name it: CARLOAN_PYTHON=/path/to/python3.12" >&2
            exit 1
        fi
    fi
    exec "$python" -B "$LIB" "$@"
}
