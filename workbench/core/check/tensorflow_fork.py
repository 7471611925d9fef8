"""Imports TensorFlow once for two processes of the gate: one loads the export, the other runs the Keras model.

Started by `reference_client`. A child is forked off as soon as TensorFlow is imported, before anything else is: in it
the export is loaded, by `load_worker`. The process itself then becomes the Keras reference (`reference_worker`) and
never sees the export. Forking is safe while a process has one thread; where it has more, or the system cannot tell,
there is no child, and whoever wants one starts another process.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

from workbench.core.check import load_worker
from workbench.core.lazy import import_tensorflow


def main() -> None:
    """Import, fork and be the reference. The argument is the descriptor of the loader's socket."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    start = time.perf_counter()
    tf = import_tensorflow()
    load_worker.IMPORT_SECONDS[id(tf)] = time.perf_counter() - start
    gc.freeze()  # A collection would write to the pages of all modules, which the two share until then.
    if has_one_thread():
        child = os.fork()
        if child == 0:
            _load_when_asked(orders)
        # The child's end is waited for, so that its processor time counts among this process's.
        threading.Thread(target=os.waitpid, args=(child, 0), daemon=True).start()
    orders.close()
    from workbench.core.check import reference_worker

    reference_worker.main()


def has_one_thread() -> bool:
    """Whether a fork of this process would be whole: a thread that holds a lock is not in the child, its lock is."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:  # Not Linux.
        return False


def _load_when_asked(orders: socket.socket) -> NoReturn:
    """Be the loader: send a descriptor of this process, wait for the order, carry it out and end."""
    status = 1
    try:
        _leave_to_the_reference()
        socket.send_fds(orders, [b"ready"], [os.pidfd_open(os.getpid())])
        order = orders.makefile().readline()
        if order:
            _load(json.loads(order))
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as the reference
        traceback.print_exc()
    finally:
        os._exit(status)


def _leave_to_the_reference() -> None:
    """Give up the pipes of the reference, which has to see their ends."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)


def _load(order: dict[str, Any]) -> None:
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    load_worker.load(*order["arguments"])


if __name__ == "__main__":
    main()
