#!/usr/bin/env bash
# Makes the environment of a node and runs it, once or as a service, or its tests. May be repeated
# at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly VENV=.venv
readonly VENV_PYTHON=$VENV/bin/python
readonly DEFAULT_ADDRESS=127.0.0.1:8000

usage() {
    cat <<'TEXT'
Usage: ./install.sh --run [ADDRESS:PORT]     install what is missing, then serve
       ./install.sh --service NAME [OPTIONS OF serve]
                                             install what is missing, then serve now and on boot
       ./install.sh --print-service NAME [OPTIONS OF serve]
                                             show what --service would tell systemd; changes nothing
       ./install.sh --prepare                install what is missing, bring the database up to date
       ./install.sh --packages               install what is missing, and nothing else
       ./install.sh --test [PYTEST ARGS]     install what is missing, then run the tests
       ./install.sh --dry-run COMMAND ...    say what a command would do; changes nothing
       ./install.sh --help

Needs Python 3.11 or newer with its venv module. Everything is kept in this folder: packages in
.venv, data in db.sqlite3 (or the PostgreSQL server that POSTGRES_DB and its companions name),
settings in envs/*.env. Repeating a command loses nothing.

--run makes or updates the database, makes the user "admin" with a random password when there is
no administrator yet, and serves on 127.0.0.1:8000, which only this machine can reach. With
another address, such as 0.0.0.0:8000, charge points and browsers of the network can reach it.

--service needs root and systemd. The service runs as the owner of this folder, with the production
server (manage.py serve), and is started again whatever happens. By default it listens on
127.0.0.1:8000, for a reverse proxy; see docs/production.md. With other options:
sudo ./install.sh --service constellation --host 0.0.0.0 --port 8000 --workers 2

--test without arguments runs every test, on all processors; with arguments, pytest gets them:
./install.sh --test accounts -k credit

PYTHON=/path/to/python3 chooses the Python with which .venv is made.

It ends with 0 when all was done, 1 when something was not, for the reason that is told, and 2 when
it was called in a wrong way. --run and --test end as the server and the tests do.
TEXT
}

say() { if [ -t 1 ]; then printf '\033[1m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi; }
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}
misused() {
    printf '%s\n' "$@" "See ./install.sh --help" >&2
    exit 2
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
    # Whatever breaks it off, the next run begins it again.
    rm -f "$stamp"
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
configured() { [ -n "${!1+x}" ] || in_files "$1"; }
in_files() { grep -qsE "^[[:space:]]*(export[[:space:]]+)?$1=" envs/*.env; }

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
        ALLOWED_HOSTS=$(own_names)
        export ALLOWED_HOSTS
    fi
    say "Others can reach $1: DEBUG is ${DEBUG:-as envs/*.env says}, names of this node:" \
        "${ALLOWED_HOSTS:-as envs/*.env says}"
}

# The names and addresses by which this machine may be asked for.
own_names() {
    local name names
    names="localhost,127.0.0.1,[::1],$(uname -n)"
    for name in $(hostname -I 2>/dev/null); do
        case $name in
        *:*) names+=",[$name]" ;;
        *) names+=",$name" ;;
        esac
    done
    printf '%s\n' "$names"
}

prepare() {
    make_venv
    install_packages requirements.txt
    say "Bringing the database up to date"
    "$VENV_PYTHON" manage.py migrate --noinput --verbosity 0
    say "Looking for an administrator"
    "$VENV_PYTHON" manage.py ensure_admin || say "Going on all the same"
}

run() {
    local address=${1:-$DEFAULT_ADDRESS}
    [ $# -le 1 ] || misused "--run takes one address at most, not: $*"
    loopback_only "$address" || prepare_for_network "$address"
    prepare
    say "Starting the server"
    exec "$VENV_PYTHON" manage.py runserver "$address"
}

# --- service --------------------------------------------------------------------------------

readonly UNITS=${SYSTEMD_UNITS:-/etc/systemd/system}
# What the node's own files do not say; they come before it, and the first one wins.
readonly SERVICE_ENV=envs/zz-service.env

check_service_name() {
    [[ ${1:-} =~ ^[A-Za-z][A-Za-z0-9_-]{0,62}$ ]] ||
        fail "A service has a name of letters, digits, - and _, not: ${1:-nothing}" \
            "For example: sudo ./install.sh --service constellation"
}

# Checks the options of `serve`, since systemd reads some characters in a way of its own.
check_serve_options() {
    local option
    for option in "$@"; do
        [[ $option =~ ^[A-Za-z0-9_./:=,@+-]+$ ]] ||
            fail "This cannot be an option of a service: $option" \
                "Letters, digits and _ . / : = , @ + - can be."
    done
}

# option_of NAME DEFAULT OPTIONS...: the value of an option, however it is written.
option_of() {
    local name=$1 value=$2
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
        "$name") value=${2:-} ;;
        "$name"=*) value=${1#*=} ;;
        esac
        shift
    done
    printf '%s\n' "$value"
}

# The value of a variable in the node's files, without quotes.
from_files() {
    cat envs/*.env 2>/dev/null |
        sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1=[\"']?([^\"'#]*[^\"'# ]).*/\2/p" | head -n 1
}

# A path as systemd reads it: quoted, and a percent sign twice.
quoted() { printf '"%s"' "${1//%/%%}"; }

writable_paths() {
    local name path
    quoted "$PWD"
    for name in LOGS_DIR MEDIA_ROOT UPLOADS_ROOT BACKUPS_ROOT SQLITE_PATH; do
        path=$(from_files "$name")
        [ "$name" != SQLITE_PATH ] || path=${path%/*}
        case $path in
        "$PWD" | "$PWD"/* | "") ;;
        /*) printf ' ' && quoted "$path" ;;
        esac
    done
}

# The program itself is not for the service to change.
read_only_paths() {
    local path
    for path in .venv .git manage.py */apps.py; do
        path=${path%/apps.py}
        [ ! -e "$path" ] || printf ' %s' "$(quoted "$PWD/$path")"
    done
}

service_unit() {
    local name=$1 owner=$2 group=$3 port capability=""
    shift 3
    port=$(option_of --port 8000 "$@")
    [ "$port" -ge 1024 ] 2>/dev/null || capability=CAP_NET_BIND_SERVICE
    cat <<UNIT
# Arthexis Constellation in $PWD
# Made by install.sh --service, which writes it anew; changes belong into
# systemctl edit $name
[Unit]
Description=Arthexis Constellation ($name)
After=network-online.target postgresql.service redis-server.service
Wants=network-online.target
# It is tried again for ever: a charging site has nobody who would start it.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
User=$owner
Group=$group
WorkingDirectory=${PWD//%/%%}
ExecStart=$(quoted "$PWD/$VENV_PYTHON") manage.py serve --supervise $*
ExecReload=/bin/kill -HUP \$MAINPID
Restart=always
RestartSec=2
# The supervisor ends its workers in order; what is left after the time is killed.
KillMode=mixed
KillSignal=SIGTERM
TimeoutStartSec=120
TimeoutStopSec=60
LimitNOFILE=65536
UMask=0027

NoNewPrivileges=yes
CapabilityBoundingSet=$capability
AmbientCapabilities=$capability
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=$(writable_paths)
ReadOnlyPaths=$(read_only_paths | cut -c 2-)
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
UNIT
}

# Settings that a service needs and nobody has decided.
decide_for_service() {
    local host
    host=$(option_of --host 127.0.0.1 "$@")
    in_files DEBUG || printf 'DEBUG=0\n' >>"$SERVICE_ENV"
    loopback_only "$host" && return
    in_files SECURE_COOKIES || in_files HTTPS || [ -n "$(option_of --tls-cert "" "$@")" ] ||
        printf 'SECURE_COOKIES=0\n' >>"$SERVICE_ENV"
    in_files ALLOWED_HOSTS || printf 'ALLOWED_HOSTS=%s\n' "$(own_names)" >>"$SERVICE_ENV"
}

prepare_service() {
    prepare
    mkdir -p envs
    decide_for_service "$@"
    say "Collecting static files"
    "$VENV_PYTHON" manage.py collectstatic --noinput --verbosity 0
}

print_service() {
    check_service_name "${1:-}"
    local name=$1
    shift
    check_serve_options "$@"
    service_unit "$name" "$(stat -c %U .)" "$(stat -c %G .)" "$@"
}

install_service() {
    check_service_name "${1:-}"
    local name=$1 unit=$UNITS/$1.service owner
    shift
    check_serve_options "$@"
    case $PWD in
    *[\"\'\\$'\n']*) fail "systemd cannot be told of a folder with quotes or backslashes: $PWD" ;;
    esac
    [ "$(id -u)" = 0 ] ||
        fail "A service needs root. Run: sudo ./install.sh --service $name $*"
    command -v systemctl >/dev/null ||
        fail "systemctl was not found: this machine has no systemd." \
            "Have its own way of starting services run: $PWD/$VENV_PYTHON manage.py serve --supervise"
    if [ "$(sed -n '1{s/^# Arthexis Constellation in //p}' "$unit" 2>/dev/null)" != "$PWD" ] &&
        { [ -e "$unit" ] || systemctl cat "$name.service" >/dev/null 2>&1; }; then
        fail "There is another service named $name. Choose another name."
    fi
    owner=$(stat -c %U .)
    case $owner in
    root | UNKNOWN)
        fail "The service runs as the owner of $PWD, which must not be $owner. Give it to a user:" \
            "    sudo useradd --system --home-dir '$PWD' --shell /usr/sbin/nologin $name" \
            "    sudo chown -R $name: '$PWD'" \
            "Then run this again."
        ;;
    esac
    # As that user, and with the environment of a service: what it makes must be good for both.
    runuser -u "$owner" -- env -i PATH="$PATH" HOME="$PWD" LC_ALL=C.UTF-8 ${PYTHON:+PYTHON="$PYTHON"} \
        /bin/bash ./install.sh --prepare-service "$@"
    say "Installing the service $name, which runs as $owner"
    service_unit "$name" "$owner" "$(stat -c %G .)" "$@" >"$unit.new"
    chmod 0644 "$unit.new"
    mv "$unit.new" "$unit"
    systemctl daemon-reload
    systemctl enable "$name.service"
    systemctl restart "$name.service" ||
        fail "The service did not start. What it said: journalctl -u $name -n 50" \
            "and the files in $PWD/logs"
    say "It serves, now and on boot. To look: systemctl status $name"
    say "To take up new settings or certificates: sudo systemctl reload $name"
}

# --- what would be done ---------------------------------------------------------------------

would_install() {
    local python
    if [ -x "$VENV_PYTHON" ] && new_enough "$VENV_PYTHON"; then
        if [ "$(cat "$VENV/$1.sha256" 2>/dev/null)" = "$(digest "$@")" ]; then
            say "The packages of $1 are installed"
            return
        fi
    else
        python=$(find_python)
        say "Would make $VENV with Python $(version_of "$python")"
    fi
    say "Would install the packages of $1"
}

would_prepare() {
    would_install requirements.txt
    say "Would apply migrations that are missing, and make an administrator where there is none"
}

dry_run() {
    local command=${1:-}
    [ $# -eq 0 ] || shift
    case $command in
    --run)
        [ $# -le 1 ] || misused "--run takes one address at most, not: $*"
        would_prepare
        say "Would serve on ${1:-$DEFAULT_ADDRESS}"
        ;;
    --service)
        check_service_name "${1:-}"
        check_serve_options "${@:2}"
        would_prepare
        say "Would collect the static files, write $UNITS/$1.service, enable and start it:"
        print_service "$@"
        ;;
    --prepare) would_prepare ;;
    --packages) would_install requirements.txt ;;
    --test)
        would_install requirements-dev.txt requirements.txt
        say "Would run the tests"
        ;;
    *) misused "--dry-run is for --run, --service, --prepare, --packages and --test, not: ${command:-nothing}" ;;
    esac
    say "Nothing was changed"
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
--service)
    shift
    install_service "$@"
    ;;
--print-service)
    shift
    print_service "$@"
    ;;
--prepare) prepare ;;
--packages)
    make_venv
    install_packages requirements.txt
    ;;
--dev-packages)
    make_venv
    install_packages requirements-dev.txt requirements.txt
    ;;
--dry-run)
    shift
    dry_run "$@"
    ;;
--prepare-service)
    shift
    prepare_service "$@"
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
*) misused "./install.sh does not know: $1" ;;
esac
