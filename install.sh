#!/usr/bin/env bash
# Makes the environment of a node and runs it, or its tests. May be repeated at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly VENV=.venv
readonly VENV_PYTHON=$VENV/bin/python
readonly DEFAULT_ADDRESS=127.0.0.1:8000

usage() {
    cat <<'TEXT'
Usage: ./install.sh --run [ADDRESS:PORT]     install what is missing, then serve
       ./install.sh --test [PYTEST ARGS]     install what is missing, then run the tests
       ./install.sh --help

Needs Python 3.11 or newer with its venv module. Everything is kept in this folder: packages in
.venv, data in db.sqlite3 (or the PostgreSQL server that POSTGRES_DB and its companions name),
settings in envs/*.env. Repeating a command loses nothing.

--run makes or updates the database, makes the user "admin" with a random password when there is
no administrator yet, and serves on 127.0.0.1:8000, which only this machine can reach. With
another address, such as 0.0.0.0:8000, charge points and browsers of the network can reach it.

--test without arguments runs every test, on all processors; with arguments, pytest gets them:
./install.sh --test accounts -k credit

PYTHON=/path/to/python3 chooses the Python with which .venv is made.
TEXT
}

say() { if [ -t 1 ]; then printf '\033[1m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi; }
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# --- Python ---------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }
version_of() { "$1" -c 'import platform; print(platform.python_version())' 2>/dev/null; }

# Prints the first Python that is new enough and can make environments.
find_python() {
    local candidate version old="" without_venv=""
    local candidates=(python3.13 python3.12 python3.11 python3)
    [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        version=$(version_of "$candidate") || continue
        if ! new_enough "$candidate"; then
            old=${old:-"$candidate is Python $version"}
        elif ! has_venv "$candidate"; then
            without_venv=${without_venv:-$candidate}
        else
            printf '%s\n' "$candidate"
            return
        fi
    done
    if [ -n "$without_venv" ]; then
        fail "$without_venv cannot make environments: its module venv or ensurepip is missing." \
            "On Debian, Ubuntu and Raspberry Pi OS it is a package of its own:" \
            "    sudo apt-get install $(basename "$without_venv")-venv" \
            "Then run this again."
    fi
    fail "Python 3.11 or newer is needed, and ${old:-no Python was found}." \
        "On Debian 12, Ubuntu 24.04, Raspberry Pi OS and newer:" \
        "    sudo apt-get install python3 python3-venv" \
        "Elsewhere: https://www.python.org/downloads/" \
        "Then run this again, or name it: PYTHON=/path/to/python3 ./install.sh ..."
}

make_venv() {
    if [ -x "$VENV_PYTHON" ] && new_enough "$VENV_PYTHON" &&
        "$VENV_PYTHON" -c 'import pip' >/dev/null 2>&1; then
        return
    fi
    local python
    python=$(find_python)
    if [ -e "$VENV" ]; then
        say "$VENV no longer works: making it again"
        rm -rf "$VENV"
    fi
    say "Making $VENV with Python $(version_of "$python")"
    "$python" -m venv "$VENV"
}

# --- packages -------------------------------------------------------------------------------

digest() {
    "$VENV_PYTHON" -c 'import hashlib, sys
print(hashlib.sha256(b"".join(open(f, "rb").read() for f in sys.argv[1:])).hexdigest())' "$@"
}

# Shows how many packages pip has looked at so far; its whole output goes to $VENV/install.log.
progress() {
    local line count=0
    while IFS= read -r line; do
        printf '%s\n' "$line"
        case $line in
        Collecting*)
            count=$((count + 1))
            [ ! -t 2 ] || printf '\r    %d packages found' "$count" >&2
            ;;
        Installing*) [ ! -t 2 ] || printf '\r    installing %d packages…\n' "$count" >&2 ;;
        esac
    done >"$VENV/install.log"
}

# install_packages REQUIREMENTS [FURTHER FILE THAT IT INCLUDES]
install_packages() {
    local wanted stamp=$VENV/$1.sha256
    wanted=$(digest "$@")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        say "The packages of $1 are installed"
        return
    fi
    say "Installing the packages of $1 (a minute or two, the first time)"
    if ! "$VENV_PYTHON" -m pip install --disable-pip-version-check --no-input \
        --progress-bar off -r "$1" 2>&1 | progress; then
        tail -n 20 "$VENV/install.log" >&2
        fail "The packages could not be installed; all that pip said is in $VENV/install.log." \
            "When the network was the cause, run this again: it goes on where it stopped."
    fi
    printf '%s\n' "$wanted" >"$stamp"
}

# --- run ------------------------------------------------------------------------------------

# Whether a variable is set, in the environment or in a file that the node reads.
configured() {
    [ -n "${!1+x}" ] || grep -qsE "^[[:space:]]*(export[[:space:]]+)?$1=" envs/*.env
}

loopback_only() {
    case $1 in
    127.* | localhost | localhost:* | '[::1]' | '[::1]:'*) true ;;
    *[!0-9]*) false ;;
    *) true ;; # a port alone
    esac
}

# What a laptop may do and a network must not see, unless somebody has decided otherwise.
prepare_for_network() {
    configured DEBUG || export DEBUG=0
    configured SECURE_COOKIES || configured HTTPS || export SECURE_COOKIES=0
    if ! configured ALLOWED_HOSTS; then
        local name names
        names="localhost,127.0.0.1,[::1],$(uname -n)"
        for name in $(hostname -I 2>/dev/null); do
            case $name in
            *:*) names+=",[$name]" ;;
            *) names+=",$name" ;;
            esac
        done
        export ALLOWED_HOSTS=$names
    fi
    say "Others can reach $1: DEBUG is ${DEBUG:-as envs/*.env says}, names of this node:" \
        "${ALLOWED_HOSTS:-as envs/*.env says}"
}

run() {
    local address=${1:-$DEFAULT_ADDRESS}
    [ $# -le 1 ] || fail "--run takes one address at most, not: $*" "See ./install.sh --help"
    make_venv
    install_packages requirements.txt
    loopback_only "$address" || prepare_for_network "$address"
    say "Bringing the database up to date"
    "$VENV_PYTHON" manage.py migrate --noinput --verbosity 0
    say "Looking for an administrator"
    "$VENV_PYTHON" manage.py ensure_admin || say "Serving all the same"
    say "Starting the server"
    exec "$VENV_PYTHON" manage.py runserver "$address"
}

# --- test -----------------------------------------------------------------------------------

run_tests() {
    make_venv
    install_packages requirements-dev.txt requirements.txt
    [ $# -gt 0 ] || set -- -n auto --dist loadscope
    say "Running the tests: pytest $*"
    exec "$VENV_PYTHON" -m pytest "$@"
}

case ${1:-} in
--run)
    shift
    run "$@"
    ;;
--test)
    shift
    run_tests "$@"
    ;;
--help | -h) usage ;;
"")
    usage >&2
    exit 2
    ;;
*) fail "./install.sh does not know: $1" "See ./install.sh --help" ;;
esac
