#!/bin/sh
# Sets the workbench up in .venv: system libraries for Qt, a virtual environment, pinned Python packages.
#
#   packaging/setup.sh          what `make setup` and `make run` need
#   packaging/setup.sh test     the test tools as well
#
# It takes well under a second when nothing changed. Another Python: PYTHON=/path/to/python3 packaging/setup.sh
set -eu
# Not plain C: Python's site module decodes .pth files, with this folder's name in them, by the locale.
LC_ALL=C.UTF-8
export LC_ALL

cd "$(dirname "$0")/.."
root=$(pwd -P)
venv=.venv
python=$venv/bin/python
begun=$venv/.setup-begun # There while packages are being installed; left behind by an interrupted set-up.
constraints=packaging/constraints.txt
system_list=packaging/debian-packages.txt
test_list=packaging/debian-packages-test.txt
log=$(mktemp)
trap 'rm -f "$log" "$log.failed"' EXIT
trap 'exit 130' INT TERM

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# step WORDS COMMAND...: runs the command with its output in the log; prints the words and the seconds it took.
step() {
    printf 'setup: %s ... ' "$1"
    shift
    started=$(date +%s)
    status=0
    "$@" >>"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        printf '%s s\n' "$(($(date +%s) - started))"
    else
        printf 'failed\n'
    fi
    return "$status"
}

show_log() { tail -n 30 "$log" >&2; }

# --- the system ---------------------------------------------------------------------------------------------------

has_dpkg() { command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; }

may_install() { has_dpkg && { [ "$(id -u)" -eq 0 ] || sudo -n true >/dev/null 2>&1; }; }

apt_get() {
    # The lock is waited for: other package work may be going on.
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@"
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_install() {
    # A fresh or old system has no or stale package lists; they are fetched only where they are needed.
    apt_get install --no-install-recommends "$@" ||
        { apt_get update && apt_get install --no-install-recommends "$@"; }
}

# missing_libraries LIST...: the packages of lists that are not here, on one line. A package may be here under a newer name that provides it.
missing_libraries() {
    wanted=$(sed 's/#.*//' "$@" | tr '\n' ' ')
    # shellcheck disable=SC2016 # ${...} is dpkg-query's own notation.
    dpkg-query -W -f '${db:Status-Abbrev}|${Package}, ${Provides}\n' | awk -F '|' -v wanted="$wanted" '
        $1 ~ /^ii/ { n = split($2, names, /, */); for (i = 1; i <= n; i++) { sub(/ .*/, "", names[i]); here[names[i]] } }
        END { n = split(wanted, want, " "); for (i = 1; i <= n; i++) if (!(want[i] in here)) printf "%s ", want[i] }'
}

# Never ends the set-up: everything but the window works without these libraries.
system_libraries() {
    has_dpkg || {
        [ "$(uname)" = Darwin ] || say "this is no Debian system: Qt's libraries are taken to be here already."
        return 0
    }
    missing=$(missing_libraries "$system_list")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # The list is split on purpose.
    if may_install && step "system libraries for Qt: $missing" apt_install $missing; then return 0; fi
    show_log
    say "these system libraries are missing, and the window will not open without them. As root, run:"
    say "    apt-get install --no-install-recommends $missing"
}

# The tests run without these: the one that needs them is skipped by name.
test_programs() {
    has_dpkg || return 0
    missing=$(missing_libraries "$test_list")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # The list is split on purpose.
    if may_install && step "programs for the window's end-to-end test: $missing" apt_install $missing; then return 0; fi
    say "without these the window's end-to-end test is skipped: apt-get install --no-install-recommends $missing"
}

# --- Python -------------------------------------------------------------------------------------------------------

supported() {
    "$1" -c 'import ssl, sys, zlib; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

makes_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Sets `base` to a supported Python, one that can make environments before one that cannot yet; empty if there is none.
find_python() {
    base=
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi
    for name in "$@"; do
        supported "$name" || continue
        if makes_venvs "$name"; then
            base=$name
            return
        fi
        base=${base:-$name}
    done
}

# Sets `base` to a Python that can make environments, installing what lacks where that is allowed.
need_python() {
    find_python
    if [ -z "$base" ] && [ -z "${PYTHON:-}" ] && may_install; then
        step "Python 3 from the system" apt_install python3 python3-venv || show_log
        find_python
    fi
    [ -n "$base" ] || fail "there is no Python 3.11, 3.12 or 3.13 (with ssl and zlib) here${PYTHON:+ at $PYTHON}." \
        "Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13)" \
        "or name one: make setup PYTHON=/path/to/python3"
    makes_venvs "$base" && return
    package=$("$base" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')
    if may_install; then step "$package, which makes virtual environments" apt_install "$package" || show_log; fi
    makes_venvs "$base" || fail "$base cannot make virtual environments." \
        "As root, run: apt-get install $package"
}

# Why the environment cannot be built upon, in words; nothing if it can.
trouble() {
    if [ -e "$begun" ]; then
        echo "an earlier set-up was interrupted"
    elif ! supported "$python" || ! "$python" -c 'import pip' >/dev/null 2>&1; then
        echo "its Python or its pip does not start"
    elif ! grep -qF "$root/$venv/bin/" "$venv/bin/pip" 2>/dev/null; then
        echo "it was made in another folder"
    elif [ -n "$(lost)" ]; then
        echo "parts of it are gone: $(lost | head -n 3 | tr '\n' ' ')"
    fi
}

# Commands and top-level packages. Not version records: whoever tries another version of a package may.
contents() { (cd "$venv" && ls -d bin/* lib/python3*/site-packages/*) | grep -v '\.dist-info$' | sort; }

# What the last set-up left in the environment and is not there now.
lost() {
    [ -e "$venv/.setup-contents" ] || return 0
    contents | comm -13 - "$venv/.setup-contents"
}

make_venv() {
    # The mark comes first: an environment of which only a part was made must not be taken for a whole one.
    mkdir -p "$venv" && : >"$begun" && "$base" -m venv "$root/$venv"
}

# Changes with whatever a set-up depends on.
key() {
    { cat pyproject.toml "$constraints" "$system_list" "$test_list" && "$python" --version; } | cksum
}

is_done() { [ "$(cat "$venv/.setup-$1" 2>/dev/null)" = "$(key)" ]; }

install_packages() {
    PIP_CONSTRAINT=$constraints # For hatchling too, which pip fetches into a place of its own; newer pips
    PIP_BUILD_CONSTRAINT=$constraints # ask for that under this second name.
    export PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
    # A slow line is waited for a minute at a time and not pip's 15 seconds.
    "$python" -m pip --disable-pip-version-check --no-input --timeout "${PIP_TIMEOUT:-60}" \
        install --progress-bar off -c "$constraints" -e "$1"
}

# pip's lines into the log; of them to the screen what takes long: every file of 10 MB and more, and each 20th package.
show_progress() {
    packages=0
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case $line in
            Collecting\ *)
                packages=$((packages + 1))
                [ $((packages % 20)) -ne 0 ] || say "  $packages packages found" ;;
            *Downloading\ *\([0-9][0-9]*[0-9.]\ MB\)*) # 10 MB and more, "(10.5 MB)": two digits before the point
                size=${line##*\(}
                case $size in
                    [0-9].*) ;;
                    *) say "  package $packages: downloading ${size%%)*}, $(file_name "$line")" ;;
                esac ;;
            Installing\ collected\ packages:*)
                say "  unpacking $(printf '%s\n' "$line" | tr -cd ',\n' | awk '{ print length + 1 }') packages" ;;
        esac
    done
}

# The file of a line of pip's, such as "  Downloading ADDRESS/numpy-2.4.6-cp311.whl (16 MB)", without its address.
file_name() {
    words=${1%% (*}
    words=${words##* }
    echo "${words##*/}"
}

# The exit code of a pipe is its last command's; pip's own goes by way of a file.
install_with_progress() {
    rm -f "$log.failed"
    { install_packages "$1" 2>&1 </dev/null || : >"$log.failed"; } | show_progress
    [ ! -e "$log.failed" ]
}

# Words for a failure that lies with the network; nothing for any other.
network_trouble() {
    unreachable='NameResolutionError|name resolution|NewConnectionError|ProxyError|ConnectTimeoutError'
    broken='ReadTimeoutError|IncompleteRead|Connection broken|ConnectionResetError|RemoteDisconnected|ProtocolError'
    if grep -qE "$unreachable" "$log"; then
        echo "the package index cannot be reached. Is there a network? Behind a proxy set HTTPS_PROXY; for a mirror set PIP_INDEX_URL."
    elif grep -qE "$broken" "$log"; then
        echo "the connection to the package index broke or is too slow (PIP_TIMEOUT=300 waits longer). Files that came whole are kept."
    fi
}

python_packages() {
    case $1 in
        core) what="." words="Python packages (TensorFlow is large: the first time this takes minutes)" ;;
        test) what=".[test]" words="Python packages and test tools (TensorFlow is large: the first time this takes minutes)" ;;
    esac
    fresh=
    [ ! -e "$begun" ] || fresh=yes
    : >"$begun"
    say "$words"
    started=$(date +%s)
    if ! install_with_progress "$what"; then
        # A whole environment that pip refused to change is still whole.
        [ -n "$fresh" ] || rm -f "$begun"
        show_log
        why=$(network_trouble)
        fail "the Python packages could not be installed: ${why:-"pip's last words stand above."} Run the same command again."
    fi
    say "Python packages are in place: $(($(date +%s) - started)) s"
    key >"$venv/.setup-core"
    [ "$1" = core ] || key >"$venv/.setup-$1"
    contents >"$venv/.setup-contents"
    rm -f "$begun"
}

case ${1:-core} in
    core | test) part=${1:-core} ;;
    *) fail "'$1' is not a part; there are: core, test." ;;
esac
if [ -e "$venv" ] || [ -L "$venv" ]; then
    why=$(trouble)
    if [ -n "$why" ]; then
        say "$venv is made anew: $why."
        rm -rf "$venv"
    fi
fi
if [ ! -e "$venv" ]; then
    need_python
    step "virtual environment with $("$base" --version)" make_venv || {
        show_log
        fail "the virtual environment could not be made; the reason stands above."
    }
fi
system_libraries
[ "$part" = core ] || test_programs
if is_done "$part"; then
    say "nothing to do."
else
    python_packages "$part"
fi
