"""The local target as a running server: in the foreground, or in a thread of this process (tests)."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from workbench.core.serve.app import LocalTargetApp
from workbench.core.serve.faults.injector import FaultInjector
from workbench.core.serve.faults.spec import Faults
from workbench.core.serve.serving.server_limits import QUALITY, ServerLimits
from workbench.spec.errors import OutsideError, WorkbenchError


class _Server(uvicorn.Server):
    """uvicorn's server with a callback when it is ready; it ends by returning instead of raising the signal again."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def serve(
    host: str,
    port: int,
    root: Path,
    on_ready: Callable[[str], None],
    *,
    warm_up: bool = True,
    faults: Faults | None = None,
    quality: ServerLimits = QUALITY,
    grpc_port: int | None = None,
    on_grpc: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first. Port 0 picks a free one.

    `on_ready` receives the URL once the server accepts requests; only then the runtime is loaded, in the background.
    With `grpc_port` it also speaks TensorFlow Serving's gRPC there, and `on_grpc` receives that address.
    With `faults` it fails on purpose, by their rules. Raises `OutsideError` PORT_IN_USE or CANNOT_LISTEN,
    `WorkbenchError` BAD_PORT, and what `TargetStore` raises for the root.
    """
    injector = None if faults is None else FaultInjector(faults)
    with _listening(host, port) as listener, _opened(root, host, injector, quality) as target:
        url = _url(listener)
        grpc_at = _grpc(target, host, grpc_port)

        def started() -> None:
            on_ready(url)
            if on_grpc is not None and grpc_at:
                on_grpc(grpc_at)
            if warm_up:
                target.models.warm_up()

        _Server(_config(target), started).run(sockets=[listener])


@contextmanager
def running(
    root: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    warm_up: bool = False,
    faults: Faults | FaultInjector | None = None,
    quality: ServerLimits = QUALITY,
    grpc_port: int | None = None,
    on_grpc: Callable[[str], None] | None = None,
) -> Iterator[str]:
    """A server in a thread of this process for as long as the block lasts; yields its URL.

    Raises `OutsideError` PORT_IN_USE or CANNOT_LISTEN, `WorkbenchError` BAD_PORT. A `FaultInjector` records the rules
    that were applied.
    """
    injector = FaultInjector(faults) if isinstance(faults, Faults) else faults
    with _listening(host, port) as listener, _opened(root, host, injector, quality) as target:
        grpc_at = _grpc(target, host, grpc_port)
        if on_grpc is not None and grpc_at:
            on_grpc(grpc_at)
        started = threading.Event()
        server = _Server(_config(target), started.set)
        thread = threading.Thread(target=server.run, args=([listener],), name="local-target")
        thread.start()
        try:
            while not started.wait(0.05) and thread.is_alive():
                continue
            if warm_up:
                target.models.warm_up()
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _opened(root: Path, host: str, injector: FaultInjector | None, quality: ServerLimits) -> Iterator[LocalTargetApp]:
    target = LocalTargetApp(root, host=host, injector=injector, quality=quality)
    try:
        yield target
    finally:
        target.close()


def _grpc(target: LocalTargetApp, host: str, port: int | None) -> str:
    """The address at which the target speaks gRPC from now until it is closed; empty where no port is asked for."""
    if port is None:
        return ""
    _check_port(port)
    # grpc costs a start of its own; most servers do without.
    from workbench.core.serve.tfgrpc.server import grpc_running
    from workbench.core.serve.tfgrpc.service import TfServingGrpc

    service = TfServingGrpc(target.servables, target.models)
    return target.also_open.enter_context(grpc_running(host, port, service, target.turns))


def _config(target: LocalTargetApp) -> uvicorn.Config:
    return uvicorn.Config(
        target.app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        http=target.lines.protocol(),
        ws="none",
        # Clients keep connections open between polls; closing them would cost each client a retry.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
    )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    _check_port(port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as err:
        raise _cannot_listen(host, port, err) from err
    with listener:
        try:
            # Binds a port whose last connections are just closing, never one that another process listens on.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError as err:
            raise _cannot_listen(host, port, err) from err
        yield listener


def _check_port(port: int) -> None:
    if not 0 <= port <= 65535:
        # The resolver would silently use the port modulo 65536.
        raise WorkbenchError("BAD_PORT", f"{port} is not a port.", hint="Use 0 to 65535.")


def _cannot_listen(host: str, port: int, error: OSError) -> OutsideError:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        hint = "Stop it, or choose another with --port (0: a free port)."
        return OutsideError("PORT_IN_USE", "The port is in use by another program.", where=where, hint=hint)
    reason = error.strerror or str(error)
    hint = "Choose another --host or --port."
    return OutsideError(
        "CANNOT_LISTEN", f"The local target cannot listen on this address: {reason}.", where=where, hint=hint
    )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if address.version == 6 or ":" in host else f"http://{host}:{port}"
