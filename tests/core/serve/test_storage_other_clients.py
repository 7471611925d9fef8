"""Across modules. What storage clients other than Google's own for Python send, in their own bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from http_requests import Http

from workbench.core.serve.run import running

BUCKET = "/storage/v1/b/workbench"
UPLOAD = "/upload" + BUCKET + "/o"
MULTIPART = f"{UPLOAD}?uploadType=multipart"


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """One server for the whole file."""
    with running(tmp_path_factory.mktemp("shared")) as url:
        shared = Http(url)
        shared("POST", "/storage/v1/b", b'{"name": "workbench"}')
        yield shared


def media(send: Http, name: str = "x") -> bytes:
    return send("GET", f"{BUCKET}/o/{name}?alt=media")[2]


CONTENTS = [b"", b"abc", b"one\r\n\r\ntwo\r\n\r\n", b"a: b\n\nc\r", b"\n", b"\r\n", b"z" * 200_000]


@pytest.mark.parametrize("data", CONTENTS)
@pytest.mark.parametrize(
    ("boundary", "between", "end"),
    [
        # rclone: a content without header lines.
        ("B", b"\r\n--B\r\n\r\n", b"\r\n--B--\r\n"),
        # gcsfs and gcloud-aio: lines that end in LF.
        ('"==0=="', b"\n--==0==\nContent-Type: image/png\n\n", b"\n--==0==--"),
        ("B", b"\n--B\n\n", b"\n--B--\n"),
        # Blanks after a boundary (RFC 2046: transport padding).
        ("B", b"\r\n--B \t\r\ncontent-type: image/png\r\n\r\n", b"\r\n--B-- \r\n"),
    ],
)
def test_a_multipart_upload_keeps_its_content_however_its_lines_end(
    send: Http, boundary: str, between: bytes, end: bytes, data: bytes
) -> None:
    line_end = b"\r\n" if between.startswith(b"\r") else b"\n"
    first = b"--" + boundary.strip('"').encode() + line_end
    head = first + b"Content-Type: application/json; charset=UTF-8" + 2 * line_end + b'{"name": "x"}'
    headers = {"content-type": f"multipart/related; boundary={boundary}"}
    status, _, reply = send("POST", MULTIPART, head + between + data + end, headers)
    assert (status, json.loads(reply)["size"]) == (200, str(len(data)))
    assert media(send) == data


@pytest.mark.parametrize(
    ("part", "status", "word"),
    [
        (b"no header line\r\n\r\nabc", 400, "multipart/related"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nYWJj", 501, "Content-Transfer-Encoding: base64"),
    ],
)
def test_content_that_would_be_lost_or_left_encoded_is_refused(send: Http, part: bytes, status: int, word: str) -> None:
    body = b'--B\r\n\r\n{"name": "refused"}\r\n--B\r\n' + part + b"\r\n--B--"
    found, _, reply = send("POST", MULTIPART, body, {"content-type": "multipart/related; boundary=B"})
    assert (found, word in json.loads(reply)["error"]["message"]) == (status, True)
    assert send("GET", f"{BUCKET}/o/refused")[0] == 404


def test_a_part_that_ends_with_its_headers_is_an_empty_object(send: Http) -> None:
    body = b'--B\r\n\r\n{"name": "x"}\r\n--B\r\ncontent-type: text/plain\r\n\r\n--B--'
    status, _, reply = send("POST", MULTIPART, body, {"content-type": "multipart/related; boundary=B"})
    assert (status, json.loads(reply)["size"], json.loads(reply)["contentType"]) == (200, "0", "text/plain")


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_resumable_session_goes_on_by_put_and_by_post(send: Http, method: str) -> None:
    _, headers, _ = send("POST", f"{UPLOAD}?uploadType=resumable", b'{"name": "pieces"}')
    place = urlsplit(headers["location"])
    target = f"{place.path}?{place.query}"
    status, headers, _ = send(method, target, b"abcd", {"content-range": "bytes 0-3/*"})
    assert (status, headers["range"]) == (308, "bytes=0-3")
    status, _, reply = send(method, target, b"efg", {"content-range": "bytes 4-6/7"})
    assert (status, json.loads(reply)["size"]) == (200, "7")
    assert media(send, "pieces") == b"abcdefg"
