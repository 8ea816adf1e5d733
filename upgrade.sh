#!/usr/bin/env bash
# Brings a node to the newest version of its branch, or leaves it as it was.
set -euo pipefail

readonly DONE=0 NOTHING=1 USAGE=2 ROLLED_BACK=3 CONFLICT=4 STUCK=5
readonly VENV_PYTHON=.venv/bin/python
readonly UNITS=${SYSTEMD_UNITS:-/etc/systemd/system}

usage() {
    cat <<'TEXT'
Usage: ./upgrade.sh [--dry-run] [--within SECONDS]
       ./upgrade.sh --help

Brings this folder to the newest version of its branch:
  1. puts local changes (also new files, not ignored ones) into git's stash
  2. fetches, and moves the branch forward
  3. puts the local changes back
  4. installs packages that have changed, where there is a .venv
  5. stops the service, if there is one; makes a backup of the database and proves that it can be
     restored; applies migrations
  6. starts the service and asks whether it is ready, for --within seconds (60) at most; without
     a service, asks whether this version could serve
When something from 3 on fails, all of it is taken back: program, local changes, packages and
database. Nothing is lost: what cannot be put back by itself is named with its place.

--dry-run says what would be done. It fetches, and changes nothing else.

The service is the one that ./install.sh --service has made for this folder; a node with one is
upgraded by root: sudo ./upgrade.sh

It ends with
  0  the node is up to date
  1  nothing was changed: the reason was told
  2  it was called in a wrong way
  3  something failed, and the node is as it was before
  4  local changes are in conflict with the new version; the node and they are as before
  5  something failed, and not all could be taken back: what was told is to be done by hand
130, 143  it was broken off by Ctrl-C or SIGTERM, and the node is as it was before (else 5)
TEXT
}

say() { if [ -t 1 ]; then printf '\033[1m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi; }
warn() { printf '%s\n' "$@" >&2; }
refuse() {
    warn "$@" "Nothing was changed."
    exit "$NOTHING"
}

# As the owner of the folder, whoever runs this: what is made must be good for the service.
owned() {
    if [ "$(id -u)" = 0 ] && [ "$OWNER" != root ]; then
        runuser -u "$OWNER" -- env HOME="$PWD" "$@"
    else
        "$@"
    fi
}
repo() { owned git "$@"; }
manage() { owned "$PYTHON_HERE" manage.py "$@"; }

# --- what there is --------------------------------------------------------------------------

OWNER="" SERVICE="" UNIT="" PYTHON_HERE="" WITHIN=60 DRY_RUN=""
OLD="" NEW="" STASH="" BACKUP="" STATE="" WAS_RUNNING="" DEV_PACKAGES=""
# How far it has come, for what has to be taken back.
MOVED="" APPLIED="" PACKAGES="" MIGRATING="" MIGRATED="" STOPPED="" STARTED=""

find_service() {
    local unit
    for unit in "$UNITS"/*.service; do
        [ -f "$unit" ] || continue
        if [ "$(sed -n '1{s/^# Arthexis Constellation in //p}' "$unit")" = "$PWD" ]; then
            UNIT=$unit
            SERVICE=$(basename "$unit")
            return
        fi
    done
}

check_surroundings() {
    command -v git >/dev/null || refuse "git was not found: sudo apt-get install git"
    OWNER=$(stat -c %U .)
    [ "$(repo rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ] ||
        refuse "$PWD is no clone made by git, or git does not trust its owner."
    if [ -x "$VENV_PYTHON" ]; then
        PYTHON_HERE=$PWD/$VENV_PYTHON
    else
        PYTHON_HERE=${PYTHON:-python3}
    fi
    [ ! -e .venv/requirements-dev.txt.sha256 ] || DEV_PACKAGES=1
    find_service
    if [ -n "$SERVICE" ] && [ "$(id -u)" != 0 ] && [ -z "$DRY_RUN" ]; then
        refuse "This node is the service ${SERVICE%.service}: only root may stop and start it." \
            "Run: sudo ./upgrade.sh"
    fi
}

check_repository() {
    local branch operation
    branch=$(repo symbolic-ref --quiet --short HEAD) ||
        refuse "No branch is checked out (HEAD is detached). Check one out: git switch main"
    UPSTREAM=$(repo rev-parse --abbrev-ref --symbolic-full-name '@{upstream}' 2>/dev/null) ||
        refuse "The branch $branch follows no other: git branch --set-upstream-to=origin/$branch"
    for operation in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG rebase-merge rebase-apply; do
        [ ! -e "$(repo rev-parse --git-path "$operation")" ] ||
            refuse "git is in the middle of something ($operation): finish it, or end it with --abort."
    done
    [ -z "$(repo ls-files --unmerged)" ] ||
        refuse "There are conflicts that nobody has resolved: see git status"
    [ ! -e "$(repo rev-parse --git-path index.lock)" ] ||
        refuse "git is used by another program, or was broken off: .git/index.lock is there."
    OLD=$(repo rev-parse HEAD)
    STATE=$(repo rev-parse --git-path arthexis-upgrade)
}

fetch() {
    say "Looking for a newer version ($UPSTREAM)"
    repo fetch --quiet || refuse "It could not be fetched. Is there a connection to the network?"
    NEW=$(repo rev-parse '@{upstream}')
    if repo merge-base --is-ancestor "$NEW" "$OLD"; then
        NEW=$OLD
    elif ! repo merge-base --is-ancestor "$OLD" "$NEW"; then
        refuse "This branch has commits that $UPSTREAM has not, and the other way round:" \
            "$(repo log --oneline "$NEW..$OLD" | head -n 5)" \
            "Bring them together first: git pull --rebase"
    fi
}

local_changes() { repo status --porcelain=v1 --untracked-files=all; }
short() { repo rev-parse --short "$1"; }

# Note what is under way, for whoever finds it broken off by a loss of power or SIGKILL.
note() {
    printf 'old=%s\nstash=%s\nbackup=%s\nrunning=%s\n' \
        "$OLD" "$STASH" "$BACKUP" "$WAS_RUNNING" | owned tee "$STATE" >/dev/null
}

broken_off_before() {
    [ -e "$STATE" ] || return 1
    say "The last upgrade was broken off. What it has noted:"
    sed -n 's/^old=\(.*\)/    it began at \1/p; s/^stash=\(..*\)/    local changes: git stash apply --index \1/p
        s/^backup=\(..*\)/    the database before: \1/p' "$STATE"
    if [ -n "$(sed -n 's/^stash=\(..*\)/\1/p' "$STATE")" ]; then
        refuse "Put its local changes back where they are missing, then remove $STATE and try again."
    fi
    WAS_RUNNING=$(sed -n 's/^running=//p' "$STATE")
}

# --- local changes --------------------------------------------------------------------------

stash_away() {
    [ -n "$(local_changes)" ] || return 0
    say "Putting local changes into git's stash"
    repo stash push --quiet --include-untracked --message "upgrade.sh: $1" ||
        return 1
    STASHED=$(repo rev-parse refs/stash)
}

# apply STASH: puts it back, with what was staged; what fails leaves the tree to clean_up.
apply() { repo stash apply --quiet --index "$1" >/dev/null 2>&1; }

drop() {
    local number
    number=$(repo stash list --format=%H | grep -n -x "$1" | cut -d : -f 1) || return 0
    repo stash drop --quiet "stash@{$((number - 1))}"
}

# Removes what a stash that was applied in part has left: only files that are the very same in it.
clean_up() {
    local blob path
    repo reset --quiet --hard "$2"
    repo rev-parse --quiet --verify "$1^3" >/dev/null || return 0
    while IFS= read -r -d '' line; do
        path=${line#*$'\t'}
        blob=${line%%$'\t'*}
        blob=${blob##* }
        [ -f "$path" ] || [ -L "$path" ] || continue
        repo ls-files --error-unmatch -- "$path" >/dev/null 2>&1 && continue
        [ "$(repo hash-object -- "$path")" != "$blob" ] || rm -f -- "$path"
    done < <(repo ls-tree -r -z "$1^3")
}

# What two stashes change, without where.
patch_of() { repo stash show --patch --binary --include-untracked "$1" | repo patch-id --stable; }

# --- taking back ----------------------------------------------------------------------------

take_back_code() {
    local second=""
    [ -n "$MOVED" ] || [ -n "$STASH" ] || return 0
    say "Taking the program back to $(short "$OLD")"
    if [ -n "$STASH" ] && [ -z "$APPLIED" ]; then
        clean_up "$STASH" "$OLD" || return 1
    else
        # Somebody may have worked here meanwhile.
        STASHED=""
        stash_away "after an upgrade that failed" || return 1
        second=$STASHED
        repo reset --quiet --hard "$OLD" || return 1
    fi
    if [ -n "$STASH" ]; then
        if ! apply "$STASH"; then
            warn "The local changes could not be put back. They are safe:" \
                "    git stash apply --index $STASH"
            return 1
        fi
        drop "$STASH"
    fi
    if [ -n "$second" ]; then
        if [ -n "$STASH" ] && [ "$(patch_of "$second")" = "$(patch_of "$STASH")" ]; then
            drop "$second"
        else
            warn "What was changed here during the upgrade is in git's stash: git stash apply $second"
        fi
    fi
}

take_back_packages() {
    [ -n "$PACKAGES" ] || return 0
    say "Taking the packages back"
    install_packages
}

keep_what_came() {
    if [ -n "$STARTED" ] && [ -n "$MIGRATED" ]; then
        # The new version has served: what was stored meanwhile is not in the first backup.
        say "Keeping what was stored since the migrations"
        manage backup || warn "That was not possible; going on."
    fi
}

restore_database() {
    [ -n "$MIGRATING" ] || return 0
    say "Taking the database back"
    manage restore --wait 45 "$BACKUP"
}

stop_service() {
    [ -n "$SERVICE" ] || return 0
    say "Stopping ${SERVICE%.service}"
    STOPPED=1
    systemctl stop "$SERVICE"
}

start_service() {
    [ -n "$SERVICE" ] || return 0
    [ -n "$WAS_RUNNING" ] || return 0
    say "Starting ${SERVICE%.service}"
    systemctl restart "$SERVICE"
}

# roll_back CODE: all as before, or all that can be; then the end.
roll_back() {
    local code=$1
    trap '' INT TERM HUP
    trap - EXIT
    set +e
    if [ -n "$STARTED" ]; then stop_service || code=$STUCK; fi
    keep_what_came
    take_back_code || code=$STUCK
    if [ "$code" != "$STUCK" ]; then
        take_back_packages || code=$STUCK
        restore_database || code=$STUCK
        [ -z "$MOVED" ] || collect_static || code=$STUCK
    fi
    if [ "$code" = "$STUCK" ]; then
        warn "Not all could be taken back." \
            "The version before: $OLD (git reset --hard $OLD)"
        [ -z "$STASH" ] || warn "Local changes, where they are missing: git stash apply --index $STASH"
        [ -z "$BACKUP" ] || warn "The database before: $PYTHON_HERE manage.py restore $BACKUP"
        [ -z "$STOPPED" ] || warn "The service is stopped: sudo systemctl start $SERVICE"
        exit "$code"
    fi
    if [ -n "$STOPPED" ] && ! start_service; then
        warn "The service did not start again: journalctl -u $SERVICE -n 50"
        exit "$STUCK"
    fi
    rm -f "$STATE"
    say "All is as before: version $(short "$OLD")"
    exit "$code"
}

failed() {
    set +e # nobody may be there to read what is told
    warn "$@"
    roll_back "$ROLLED_BACK"
}

# shellcheck disable=SC2317  # by a trap
broken_off() {
    set +e
    warn "" "Broken off by $1."
    roll_back "$2"
}

# --- the steps ------------------------------------------------------------------------------

install_packages() {
    [ -x "$VENV_PYTHON" ] || return 0
    owned ./install.sh --packages || return 1
    [ -z "$DEV_PACKAGES" ] || owned ./install.sh --dev-packages
}

collect_static() {
    [ ! -e staticfiles/staticfiles.json ] ||
        manage collectstatic --noinput --verbosity 0
}

move_forward() {
    [ "$NEW" != "$OLD" ] || return 0
    STASHED=""
    stash_away "before an upgrade from $(short "$OLD")" ||
        failed "The local changes could not be put into the stash."
    STASH=$STASHED
    note
    say "From $(short "$OLD") to $(short "$NEW")"
    MOVED=1
    repo merge --quiet --ff-only "$NEW" || failed "git could not move the branch forward."
    [ -n "$STASH" ] || return 0
    say "Putting the local changes back"
    if apply "$STASH"; then
        APPLIED=1
        return
    fi
    warn "Local changes are in conflict with the new version, in:"
    warn "$(conflicts)"
    warn "Commit or undo them, then try again."
    roll_back "$CONFLICT"
}

# The files that both have changed.
conflicts() {
    comm -12 <(repo stash show --name-only --include-untracked "$STASH" | sort) \
        <(repo diff --name-only "$OLD" "$NEW" | sort) | sed 's/^/    /'
}

bring_packages() {
    [ -x "$VENV_PYTHON" ] || return 0
    PACKAGES=1
    install_packages || failed "The packages could not be installed."
}

health_url() {
    local host port scheme=http line
    line=$(sed -n 's/^ExecStart=//p' "$UNIT")
    host=$(value_of --host "$line")
    port=$(value_of --port "$line")
    case $line in *--tls-cert*) scheme=https ;; esac
    case ${host:=127.0.0.1} in 0.0.0.0 | ::) host=127.0.0.1 ;; *:*) host="[$host]" ;; esac
    printf '%s://%s:%s\n' "$scheme" "$host" "${port:-8000}"
}

value_of() { printf '%s\n' "$2" | sed -nE "s/.*$1[= ]([^ ]+).*/\1/p"; }

migrate() {
    if manage migrate --check --noinput >/dev/null 2>&1; then
        say "The database is up to date"
        return
    fi
    stop_service || failed "The service could not be stopped."
    say "Making a backup"
    local told
    told=$(manage backup) || failed "No backup could be made."
    BACKUP=${told#*: }
    BACKUP=${BACKUP% (*}
    printf '    %s\n' "$BACKUP"
    note
    manage restore --dry-run --wait 45 "$BACKUP" >/dev/null ||
        failed "The backup could not be restored now, so no migration is applied."
    say "Applying migrations"
    MIGRATING=1
    manage migrate --noinput --verbosity 1 || failed "A migration failed."
    MIGRATED=1
}

look() {
    collect_static || failed "The static files could not be collected."
    if [ -n "$SERVICE" ] && [ -n "$WAS_RUNNING" ]; then
        STARTED=1 STOPPED=1
        start_service || failed "The service did not start: journalctl -u $SERVICE -n 50"
        say "Asking whether it is ready"
        manage ready --url "$(health_url)" --within "$WITHIN" || failed "The service is not ready."
    else
        say "Asking whether this version could serve"
        manage ready || failed "This version could not serve."
    fi
}

tell_plan() {
    if [ "$NEW" = "$OLD" ]; then
        say "There is no newer version than $(short "$OLD")"
    else
        say "From $(short "$OLD") to $(short "$NEW"):"
        repo log --oneline "$OLD..$NEW" | head -n 20 | sed 's/^/    /'
        [ -z "$(local_changes)" ] || say "Local changes would be put aside and back:"
        local_changes | sed 's/^/    /'
        repo diff --quiet "$OLD" "$NEW" -- 'requirements*.txt' || say "Packages would be installed"
        repo diff --name-only --diff-filter=A "$OLD" "$NEW" -- '*/migrations/0*.py' | {
            migrations=$(sed 's/^/    /')
            [ -z "$migrations" ] || {
                say "After a backup these migrations would be applied:"
                printf '%s\n' "$migrations"
            }
        }
    fi
    [ -z "$SERVICE" ] || say "The service ${SERVICE%.service} would be started anew"
    say "Nothing was changed"
}

main() {
    cd "$(dirname "${BASH_SOURCE[0]}")"
    while [ $# -gt 0 ]; do
        case $1 in
        --dry-run) DRY_RUN=1 ;;
        --within)
            [[ ${2:-} =~ ^[0-9]+$ ]] || { warn "--within needs seconds, not: ${2:-nothing}" && exit "$USAGE"; }
            WITHIN=$2
            shift
            ;;
        --help | -h)
            usage
            exit
            ;;
        *)
            warn "./upgrade.sh does not know: $1" "See ./upgrade.sh --help"
            exit "$USAGE"
            ;;
        esac
        shift
    done
    check_surroundings
    check_repository
    fetch
    if [ -n "$DRY_RUN" ]; then
        tell_plan
        exit "$DONE"
    fi
    if [ -n "$SERVICE" ] && systemctl is-active --quiet "$SERVICE"; then WAS_RUNNING=1; fi
    broken_off_before || true
    trap 'broken_off Ctrl-C 130' INT
    trap 'broken_off SIGTERM 143' TERM
    trap 'broken_off "the end of the terminal" 129' HUP
    trap '' PIPE
    trap 'failed "Something unexpected failed."' EXIT
    note
    move_forward
    bring_packages
    migrate
    look
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$STASH" ] || drop "$STASH"
    rm -f "$STATE"
    [ -z "$BACKUP" ] || say "The backup of the database before stays: $BACKUP"
    say "The node is at version $(short HEAD)"
    exit "$DONE"
}

# All of it is read before any of it runs: the script replaces itself.
main "$@"
