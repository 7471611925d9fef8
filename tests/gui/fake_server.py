"""A real child in place of `workbench serve`: listens, says its address, or fails as told by its first argument."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading


def leave_with_parent() -> None:
    """As the real one does: the end of stdin is the end."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    """Accept connections until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--refuse", action="store_true")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--root", default="")
    options = parser.parse_args()
    if options.refuse:
        sys.exit("workbench: Port 8471 is in use.")
    threading.Thread(target=leave_with_parent, daemon=True).start()
    listener = socket.create_server((options.host, options.port))
    print(f"http://{options.host}:{options.port}", flush=True)
    print(f"root {options.root}", file=sys.stderr, flush=True)
    while True:
        listener.accept()[0].close()


if __name__ == "__main__":
    main()
