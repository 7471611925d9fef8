"""Across modules. What a client that is not Google's, or means no good, may send to the storage half."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import google_crc32c
import pytest
from http_requests import Http

from workbench.core.serve import run
from workbench.core.serve.app import LocalTargetApp, create_app
from workbench.core.serve.run import running
from workbench.core.serve.storage.downloads import byte_range

UPLOAD = "/upload/storage/v1/b/workbench/o"


@pytest.fixture
def send(url: str, bucket: Any) -> Http:
    return Http(url)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """One server for all the requests that change nothing."""
    with running(tmp_path_factory.mktemp("shared")) as url:
        send = Http(url)
        send("POST", "/storage/v1/b", b'{"name": "workbench"}')
        yield send


def crc(data: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(data).digest()).decode()


def related(metadata: dict[str, object], data: bytes, end: bytes = b"") -> bytes:
    head = b"--sep\r\ncontent-type: application/json\r\n\r\n" + json.dumps(metadata).encode()
    return head + b"\r\n--sep\r\ncontent-type: text/plain\r\n\r\n" + data + b"\r\n--sep--" + end


MULTIPART = {"content-type": 'multipart/related; boundary="sep"'}


@pytest.mark.parametrize("end", [b"", b"\r\n"])
@pytest.mark.parametrize("data", [b"", b"x", b"\r\n--sep", b"\r\n" * 40, b"y" * 300_000])
def test_a_multipart_body_keeps_every_byte_of_its_content(send: Http, data: bytes, end: bytes) -> None:
    status, _, reply = send("POST", f"{UPLOAD}?uploadType=multipart", related({"name": "x"}, data, end), MULTIPART)
    assert (status, json.loads(reply)["size"]) == (200, str(len(data)))
    assert send("GET", "/storage/v1/b/workbench/o/x?alt=media")[2] == data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--sep\r\n",
        b"nonsense",
        related({"name": "x"}, b"abc")[:-3],
        b"--sep\r\n\r\n[1]\r\n--sep\r\n\r\nx\r\n--sep--",
    ],
)
def test_a_broken_multipart_body_is_refused_and_nothing_is_kept(send: Http, root: Path, body: bytes) -> None:
    status, _, reply = send("POST", f"{UPLOAD}?uploadType=multipart", body, MULTIPART)
    assert (status, json.loads(reply)["error"]["errors"][0]["reason"]) == (400, "invalid")
    assert list((root / "content").iterdir()) + list((root / "incoming").iterdir()) == []


@pytest.mark.parametrize("said", [{"crc32c": crc(b"other")}, {"md5Hash": "AAAAAAAAAAAAAAAAAAAAAA=="}])
def test_content_that_is_not_what_was_said_is_refused(send: Http, root: Path, said: dict[str, object]) -> None:
    body = related({"name": "x", **said}, b"abc")
    status, _, reply = send("POST", f"{UPLOAD}?uploadType=multipart", body, MULTIPART)
    assert status == 400
    assert "doesn't match calculated" in json.loads(reply)["error"]["message"]
    assert send("GET", "/storage/v1/b/workbench/o/x")[0] == 404
    assert list((root / "content").iterdir()) == []


def test_a_media_upload_is_checked_against_its_hash_header(send: Http) -> None:
    path = f"{UPLOAD}?uploadType=media&name=x"
    assert send("POST", path, b"abc", {"x-goog-hash": f"crc32c={crc(b'abd')}"})[0] == 400
    assert send("POST", path, b"abc", {"x-goog-hash": f"crc32c={crc(b'abc')}"})[0] == 200


def begin(send: Http, query: str = "") -> str:
    status, headers, _ = send("POST", f"{UPLOAD}?uploadType=resumable&name=x{query}", b"{}")
    assert status == 200
    parts = urlsplit(headers["location"])
    return f"{parts.path}?{parts.query}"


def test_an_interrupted_resumable_upload_says_how_far_it_is_and_goes_on(send: Http) -> None:
    place = begin(send)
    assert send("PUT", place, b"", {"content-range": "bytes */*"})[:2][0] == 308
    assert send("PUT", place, b"abcd", {"content-range": "bytes 0-3/9"})[1]["range"] == "bytes=0-3"
    status, headers, _ = send("PUT", place, b"", {"content-range": "bytes */9"})
    assert (status, headers["range"]) == (308, "bytes=0-3")
    assert send("PUT", place, b"ghi", {"content-range": "bytes 6-8/9"})[0] == 400
    status, _, reply = send("PUT", place, b"cdefghi", {"content-range": "bytes 2-8/9"})
    assert (status, json.loads(reply)["size"]) == (200, "9")
    assert send("GET", "/storage/v1/b/workbench/o/x?alt=media")[2] == b"abcdefghi"


def test_the_last_piece_sent_again_after_a_lost_reply_succeeds_again(send: Http) -> None:
    place = begin(send, "&ifGenerationMatch=0")
    first = send("PUT", place, b"abc", {"content-range": "bytes 0-2/3"})
    again = send("PUT", place, b"abc", {"content-range": "bytes 0-2/3"})
    assert (first[0], again[0]) == (200, 200)
    assert first[2] == again[2]


def test_a_whole_resumable_upload_needs_no_content_range(send: Http) -> None:
    assert send("PUT", begin(send), b"abc")[0] == 200


@pytest.mark.parametrize(
    ("field", "wished", "off"),
    [
        ("acl", [{"entity": "allUsers", "role": "READER"}], []),
        ("defaultObjectAcl", [{"entity": "allUsers", "role": "READER"}], []),
        ("softDeletePolicy", {"retentionDurationSeconds": "604800"}, {"retentionDurationSeconds": "0"}),
        ("rpo", "ASYNC_TURBO", "DEFAULT"),
        ("versioning", {"enabled": True}, {"enabled": False}),
        ("lifecycle", {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 1}}]}, {}),
    ],
)
def test_what_a_bucket_cannot_have_is_named_and_not_ignored(send: Http, field: str, wished: Any, off: Any) -> None:
    for method, path in (("POST", "/storage/v1/b"), ("PATCH", "/storage/v1/b/workbench")):
        status, _, reply = send(method, path, json.dumps({"name": "new", field: wished}).encode())
        assert (status, f"'{field}'" in json.loads(reply)["error"]["message"]) == (501, True)
        assert send(method, path, json.dumps({"name": f"new-{method.lower()}", field: off}).encode())[0] == 200
    assert send("GET", "/storage/v1/b/new")[0] == 404


def test_an_access_list_of_an_object_is_named_and_not_ignored(send: Http) -> None:
    assert send("POST", f"{UPLOAD}?uploadType=media&name=x", b"x")[0] == 200
    for body, status in (({"acl": [{"entity": "allUsers", "role": "READER"}]}, 501), ({"acl": []}, 200)):
        found, _, reply = send("PATCH", "/storage/v1/b/workbench/o/x", json.dumps(body).encode())
        assert (found, b"'acl'" in reply) == (status, status == 501)


def test_a_resumable_upload_with_the_wrong_hash_is_refused_and_forgotten(send: Http, root: Path) -> None:
    place = begin(send)
    headers = {"content-range": "bytes 0-2/3", "x-goog-hash": f"crc32c={crc(b'zzz')}"}
    assert send("PUT", place, b"abc", headers)[0] == 400
    assert send("PUT", place, b"", {"content-range": "bytes */3"})[0] == 404
    assert list((root / "incoming").iterdir()) == []


def test_a_cancelled_session_is_gone(send: Http, root: Path) -> None:
    place = begin(send)
    assert send("DELETE", place)[0] == 499
    assert send("PUT", place, b"abc", {"content-range": "bytes 0-2/3"})[0] == 404
    assert list((root / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/storage/v1/b/nowhere", 404),
        ("GET", "/storage/v1/b/nowhere/o", 404),
        ("GET", "/storage/v1/b/workbench/o/none", 404),
        ("GET", "/storage/v1/b/workbench/o?maxResults=-1", 400),
        ("GET", "/storage/v1/b/workbench/o?maxResults=99999999999999999999", 400),
        ("GET", "/storage/v1/b/workbench/o?pageToken=%FF", 400),
        ("GET", "/storage/v1/b/workbench/o?softDeleted=true", 501),
        ("GET", "/storage/v1/b/workbench/o/x?ifMetagenerationMatch=1", 404),
        ("POST", f"{UPLOAD}?uploadType=media", 400),
        ("POST", f"{UPLOAD}?uploadType=media&name=..", 400),
        ("POST", f"{UPLOAD}?uploadType=media&name=a%0Ab", 400),
        ("POST", f"{UPLOAD}?uploadType=other&name=x", 400),
        ("POST", f"{UPLOAD}?uploadType=multipart", 400),
        ("POST", "/upload/storage/v1/b/nowhere/o?uploadType=media&name=x", 404),
        ("PUT", f"{UPLOAD}?upload_id=never", 404),
        ("POST", "/storage/v1/b", 400),
        ("PATCH", "/storage/v1/b/nowhere", 404),
        ("GET", "/storage/v2", 404),
    ],
)
def test_a_bad_request_is_answered_in_the_api_s_own_shape(shared: Http, method: str, path: str, status: int) -> None:
    found, _, reply = shared(method, path)
    error = json.loads(reply)["error"]
    assert (found, error["code"]) == (status, status)
    assert error["message"]
    assert error["errors"][0]["message"] == error["message"]


def test_an_object_over_the_limit_is_refused_and_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LocalTargetApp", lambda root, **wishes: LocalTargetApp(root, **wishes, max_object=1000))
    with run.running(root) as url:
        send = Http(url)
        send("POST", "/storage/v1/b", b'{"name": "workbench"}')
        assert send("POST", f"{UPLOAD}?uploadType=media&name=x", b"x" * 1000)[0] == 200
        assert send("POST", f"{UPLOAD}?uploadType=media&name=y", b"x" * 1001)[0] == 413
        assert send("PUT", begin(send), b"x" * 1001)[0] == 413
        assert send("GET", "/storage/v1/b/workbench/o/y")[0] == 404
        assert len(list((root / "content").iterdir())) == 1


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "[::", "192.168.0.7"]
)
def test_a_foreign_host_header_is_refused(shared: Http, host: str) -> None:
    status, _, reply = shared("GET", "/storage/v1/b", headers={"host": host})
    assert status in (400, 403)
    assert b"workbench" not in reply or status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "[::1]:8471", "LOCALHOST"])
def test_a_loopback_name_is_welcome(shared: Http, host: str) -> None:
    assert shared("GET", "/storage/v1/b", headers={"host": host})[0] == 200


def test_a_web_page_of_another_site_is_refused(shared: Http) -> None:
    assert shared("POST", "/v1/projects/p/models", b"{}", {"origin": "https://evil.example"})[0] == 403
    assert shared("POST", "/v1/projects/p/models", b"{}", {"origin": "null"})[0] == 403
    assert shared("GET", "/storage/v1/b", headers={"origin": f"http://{shared.address}"})[0] == 200
    for page in (
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "same-site"},
    ):
        assert shared("DELETE", "/storage/v1/b/workbench", headers=page)[0] == 403
    assert shared("POST", "/storage/v1/b", b'{"name": "forged"}', {"content-type": "text/plain"})[0] == 415
    assert shared("GET", "/storage/v1/b/forged")[0] == 404


@pytest.mark.parametrize("body", [b'{"name": "\xff"}', b'{"x": ' + b"9" * 5000 + b"}", b'{"name": "\\ud800"}'])
@pytest.mark.parametrize(
    "path", ["storage/v1/b", "v1/projects/p/models", "v1/projects/p/locations/us-central1/endpoints"]
)
def test_json_that_cannot_be_said_again_is_a_400_of_the_api(shared: Http, path: str, body: bytes) -> None:
    status, _, reply = shared("POST", f"/{path}", body)
    assert (status, json.loads(reply)["error"]["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", (0, 10)),
        ("bytes=0-", (0, 10)),
        ("bytes=3-5", (3, 6)),
        ("bytes=3-99", (3, 10)),
        ("bytes=-4", (6, 10)),
        ("bytes=-40", (0, 10)),
        ("bytes=10-", None),
        ("bytes=5-3", None),
        ("bytes=-0", None),
        ("bytes=-", (0, 10)),
        ("bytes=1-2,4-5", (0, 10)),
        ("items=1-2", (0, 10)),
    ],
)
def test_a_range_header_is_read_as_the_standard_says(header: str, span: tuple[int, int] | None) -> None:
    assert byte_range(10, header) == span


def test_the_application_alone_opens_and_names_its_root(root: Path) -> None:
    app = create_app(root)
    assert any(getattr(route, "path", "") == "/v1/projects/{project}/models" for route in app.routes)
    assert (root / "state.sqlite").is_file()
