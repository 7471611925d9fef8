#!/bin/sh
# Puts the workbench into this user's desktop menu, with its icon and file types. No root needed.
#
#   packaging/install-desktop.sh               install
#   packaging/install-desktop.sh --uninstall   take it all away again
set -eu

cd "$(dirname "$0")/.."
program=$(pwd -P)/.venv/bin/workbench
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/workbench.desktop
icons=$data/icons/hicolor
icon=$icons/scalable/apps/workbench.svg
types=$data/mime/packages/workbench-mime.xml
about=$data/metainfo/org.keras_export_workbench.workbench.metainfo.xml

fail() {
    printf 'install-desktop: %s\n' "$*" >&2
    exit 1
}

# The entry with the program's full path: a menu does not know this folder.
entry_with_path() {
    PROGRAM=$program awk '
        /^Exec=workbench / { sub(/^Exec=workbench/, ""); print "Exec=\"" ENVIRON["PROGRAM"] "\"" $0; next }
        /^TryExec=/ { print "TryExec=" ENVIRON["PROGRAM"]; next }
        { print }' packaging/workbench.desktop
}

# The caches that menus and file managers read. A desktop without these tools reads the files themselves.
refresh() {
    if command -v update-desktop-database >/dev/null && [ -d "$data/applications" ]; then
        update-desktop-database -q "$data/applications"
    fi
    if command -v update-mime-database >/dev/null && [ -d "$data/mime/packages" ]; then
        update-mime-database "$data/mime"
    fi
    # Icon caches count by the folder's time.
    if [ -d "$icons" ]; then touch "$icons"; fi
}

install_all() {
    [ -x "$program" ] || fail "$program is not there; run 'make setup' first."
    case $program in
        *[\"\`\$\\%]*) fail "a menu entry cannot hold the path $program; move this folder to a plainer one." ;;
    esac
    mkdir -p "${entry%/*}" "${icon%/*}" "${types%/*}" "${about%/*}"
    entry_with_path >"$entry"
    cp resources/icons/workbench.svg "$icon"
    for picture in packaging/icons/*.png; do
        size=${picture##*/}
        mkdir -p "$icons/${size%.png}/apps"
        cp "$picture" "$icons/${size%.png}/apps/workbench.png"
    done
    cp packaging/workbench-mime.xml "$types"
    cp packaging/workbench.metainfo.xml "$about"
    refresh
    echo "Installed: $entry"
}

uninstall_all() {
    rm -f "$entry" "$icon" "$icons"/*x*/apps/workbench.png "$types" "$about"
    refresh
    echo "Removed: $entry"
}

[ "$(uname)" != Darwin ] || fail "menu entries of this kind are for Linux desktops; on a Mac use 'make run'."
case ${1:-} in
    "") install_all ;;
    --uninstall) uninstall_all ;;
    *) fail "'$1' is not an option; there is only --uninstall." ;;
esac
