#!/bin/sh
# Shows the main job on the sample project: in the window, or headless where there is no display.
set -eu

cd "$(dirname "$0")/.."
if packaging/has-display.sh; then
    exec .venv/bin/workbench gui resources/sample/project.toml
fi
echo "run: there is no display here, so the same job runs without the window (workbench demo)."
exec .venv/bin/workbench demo
