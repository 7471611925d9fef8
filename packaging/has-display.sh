#!/bin/sh
# Succeeds where a window can be shown: an X11 or Wayland display, or a Mac that is not being used over SSH.
set -eu

if [ "$(uname)" = Darwin ]; then
    [ -z "${SSH_CONNECTION:-}" ]
else
    [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]
fi
