"""The batch endpoint of the JSON API: several small requests in one `multipart/mixed` body."""

from __future__ import annotations

import email
import email.message
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from workbench.core.serve.api_route import ApiRoute
from workbench.core.serve.replies import ApiError, read_body

_MAX_BODY: Final = 10 << 20
_MOST: Final = 100
"""Maximum number of requests in one batch (Cloud Storage's limit)."""

_BOUNDARY: Final = "batch_of_the_local_target"


def batch_routes() -> list[Route]:
    """The route of `/batch/storage/v1`."""
    return [ApiRoute("/batch/storage/v1", _batch, methods=["POST"], query=())]


async def _batch(request: Request) -> Response:
    """Handle each part as a request of its own, in order. Raises `ApiError` 400 if the body is not a batch."""
    head = b"content-type: " + request.headers.get("content-type", "").encode("latin-1") + b"\r\n\r\n"
    message = email.message_from_bytes(head + await read_body(request, _MAX_BODY))
    parts = message.get_payload()
    if not message.is_multipart() or not isinstance(parts, list):
        raise ApiError(400, "A batch is multipart/mixed with a part for each request.")
    if len(parts) > _MOST:
        raise ApiError(400, f"The batch has {len(parts)} requests; {_MOST} are the most.")
    answers = [await _answer(request, part) for part in parts if isinstance(part, email.message.Message)]
    body = b"".join(b"--%s\r\n%s\r\n" % (_BOUNDARY.encode(), answer) for answer in answers)
    return Response(body + b"--%s--\r\n" % _BOUNDARY.encode(), media_type=f"multipart/mixed; boundary={_BOUNDARY}")


async def _answer(request: Request, part: email.message.Message) -> bytes:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else str(part.get_payload()).encode()
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, rest = first.partition(" ")
    status, headers, reply = await _ask(request, method, rest.rpartition(" HTTP/")[0], lines, body)
    number = part.get("Content-ID", "<>").strip("<>")
    shown = "".join(f"{k.decode('latin-1')}: {v.decode('latin-1')}\r\n" for k, v in headers)
    top = f"Content-Type: application/http\r\nContent-ID: <response-{number}>\r\n\r\nHTTP/1.1 {status} -\r\n{shown}\r\n"
    return top.encode() + reply


async def _ask(
    request: Request, method: str, url: str, lines: list[str], body: bytes
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """One inner request, sent through the whole application."""
    parts = urlsplit(url)
    if not parts.path.startswith("/storage/v1/"):
        raise ApiError(400, f"A batch cannot hold a request to '{parts.path}'.")
    given = [tuple(p.strip().encode("latin-1") for p in line.split(":", 1)) for line in lines if ":" in line]
    headers: list[Any] = [(name.lower(), value) for name, value in given if name.lower() not in (b"host", b"origin")]
    headers.append((b"host", request.headers.get("host", "").encode("latin-1")))
    scope = {
        **request.scope,
        "method": method,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": headers,
    }
    for leftover in ("path_params", "endpoint", "route"):
        scope.pop(leftover, None)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await request.app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], sent[0].get("headers", []), content
