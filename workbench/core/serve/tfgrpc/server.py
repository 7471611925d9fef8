"""The gRPC server: a port and a thread of its own, with the places that the REST APIs have."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import grpc
import grpc.aio

from workbench.core.serve.replies import BODY_SECONDS, ApiError
from workbench.core.serve.serving.server_limits import AdmissionQueue
from workbench.core.serve.tfgrpc.service import Method, TfServingGrpc
from workbench.spec.errors import OutsideError

_log = logging.getLogger(__name__)

MAX_MESSAGE: Final = 32 << 20
"""Bytes of a request."""

_GRACE: Final = 30.0
"""Seconds that calls under way have when the server stops."""

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", -1),
    # A port that another process listens on is refused, not shared.
    ("grpc.so_reuseport", 0),
)

_CODES: Final = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    501: grpc.StatusCode.UNIMPLEMENTED,
    503: grpc.StatusCode.UNAVAILABLE,
}


@contextmanager
def grpc_running(host: str, port: int, service: TfServingGrpc, turns: AdmissionQueue) -> Iterator[str]:
    """A server for as long as the block lasts; yields its address. Port 0 takes a free one.

    Raises `OutsideError` CANNOT_LISTEN.
    """
    server = _GrpcServer(host, port, service, turns)
    try:
        yield server.start()
    finally:
        server.stop()


class _GrpcServer:
    """An event loop in a thread: a message that arrives slowly costs no thread and no place."""

    def __init__(self, host: str, port: int, service: TfServingGrpc, turns: AdmissionQueue) -> None:
        self._host, self._port = host, port
        self._methods = service.methods()
        self._turns = turns
        self._pool = ThreadPoolExecutor(turns.limit, "grpc-predictions")
        self._loop = asyncio.new_event_loop()
        self._address: Future[str] = Future()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="grpc")

    def start(self) -> str:
        """The address that it listens on. Raises `OutsideError`."""
        self._thread.start()
        return self._address.result()

    def stop(self) -> None:
        """Answer what is under way and end."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as err:  # It belongs to the thread that waits for the address.
            if self._address.done():
                raise
            self._address.set_exception(err)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = grpc.aio.server(options=_OPTIONS)
        server.add_generic_rpc_handlers((_Handlers(self._methods, self._called),))
        name = f"[{self._host}]" if ":" in self._host else self._host
        try:
            port = server.add_insecure_port(f"{name}:{self._port}")
        except RuntimeError as err:
            hint = "Choose another port for gRPC (0: a free port)."
            where = f"{name}:{self._port}"
            raise OutsideError("CANNOT_LISTEN", "gRPC cannot listen on this address.", where=where, hint=hint) from err
        await server.start()
        self._address.set_result(f"{name}:{port}")
        await self._ending.wait()
        await server.stop(_GRACE)

    async def _called(self, method: Method, context: Any) -> bytes:
        """One call. A place is taken only when all of its message is there."""
        try:
            message = await _received(context)
            with self._turns.turn():
                return await asyncio.get_running_loop().run_in_executor(self._pool, method, message)
        except ApiError as err:
            code, text = _CODES.get(err.code, grpc.StatusCode.INTERNAL), err.message
        except Exception:  # noqa: BLE001 - one call fails, the server goes on.
            _log.exception("a gRPC call failed")
            code, text = grpc.StatusCode.INTERNAL, "Internal error encountered."
        await context.abort(code, text)
        raise AssertionError("abort raises")


async def _received(context: Any) -> bytes:
    try:
        message = await asyncio.wait_for(context.read(), BODY_SECONDS)
    except TimeoutError as err:
        raise ApiError(408, f"The message did not arrive within {BODY_SECONDS:g} seconds.") from err
    if message is grpc.aio.EOF:
        raise ApiError(400, "The call has no message.")
    found: bytes = message
    return found


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Finds a method by its path.

    A call reads its message itself (on the wire one message is one message): only so the wait has a deadline.
    """

    def __init__(self, methods: Any, called: Callable[[Method, Any], Awaitable[bytes]]) -> None:
        self._handlers = {path: grpc.stream_unary_rpc_method_handler(_bound(called, m)) for path, m in methods.items()}

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a call; `None` makes it UNIMPLEMENTED."""
        return self._handlers.get(handler_call_details.method)


def _bound(called: Callable[[Method, Any], Awaitable[bytes]], method: Method) -> Any:
    async def handle(messages: Any, context: Any) -> bytes:
        return await called(method, context)

    return handle
