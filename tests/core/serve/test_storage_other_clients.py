"""Across modules. What storage clients other than Google's own for Python send, in their own bytes."""

from __future__ import annotations

import gzip
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


def put(send: Http, name: str, data: bytes, query: str = "") -> dict[str, str]:
    status, _, reply = send("POST", f"{UPLOAD}?uploadType=media&name={name}{query}", data)
    assert status == 200, reply
    stored: dict[str, str] = json.loads(reply)
    return stored


def test_a_range_over_the_whole_object_is_a_partial_reply(send: Http) -> None:
    put(send, "ranged", b"abcdef")
    for asked in ("bytes=0-5", "bytes=0-"):
        status, headers, data = send("GET", f"{BUCKET}/o/ranged?alt=media", headers={"range": asked})
        assert (status, headers["content-range"], data) == (206, "bytes 0-5/6", b"abcdef")
    old = send("GET", f"{BUCKET}/o/ranged?alt=media", headers={"range": "bytes=0-1", "if-range": '"1"'})
    assert (old[0], old[2]) == (200, b"abcdef")


def test_conditions_of_the_protocol_are_kept(send: Http) -> None:
    stored = put(send, "held", b"abc")
    item = f"{BUCKET}/o/held"
    assert send("GET", f"{item}?ifGenerationNotMatch={stored['generation']}")[0::2] == (304, b"")
    assert send("GET", item, headers={"if-none-match": stored["etag"]})[0] == 304
    assert send("GET", item, headers={"if-match": '"other"'})[0] == 412
    assert send("PATCH", item, b"{}", {"if-match": '"other"'})[0] == 412
    assert send("DELETE", item, headers={"if-match": '"other"'})[0] == 412
    assert send("DELETE", f"{item}?generation=1")[0] == 404
    assert send("DELETE", f"{item}?generation={stored['generation']}", headers={"if-match": stored["etag"]})[0] == 204


def test_a_gzip_object_goes_out_as_it_is_or_unpacked(send: Http) -> None:
    packed = gzip.compress(b"text" * 1000)
    put(send, "packed", packed, "&contentEncoding=gzip")
    status, headers, data = send("GET", f"{BUCKET}/o/packed?alt=media", headers={"accept-encoding": "gzip"})
    assert (status, headers["content-encoding"], data) == (200, "gzip", packed)
    status, headers, data = send("GET", f"{BUCKET}/o/packed?alt=media", headers={"accept-encoding": "identity"})
    assert (status, "content-encoding" in headers, data) == (200, False, b"text" * 1000)


def test_a_move_is_one_step_and_keeps_the_content(send: Http) -> None:
    old = put(send, "before", b"moved")
    target = f"{BUCKET}/o/before/moveTo/o/after"
    assert send("POST", f"{target}?ifSourceGenerationMatch=1")[0] == 412
    status, _, reply = send("POST", target)
    assert (status, json.loads(reply)["name"], json.loads(reply)["md5Hash"]) == (200, "after", old["md5Hash"])
    assert (send("GET", f"{BUCKET}/o/before")[0], media(send, "after")) == (404, b"moved")


def test_a_listing_shows_folder_objects_fields_and_the_only_generations(send: Http) -> None:
    for name in ("t%2F", "t%2Fin%2F", "t%2Fin%2Fx", "t%2Fz"):
        put(send, name, b"")
    listing = f"{BUCKET}/o?prefix=t%2F&delimiter=%2F&fields=items(name),prefixes,nextPageToken"
    plain = json.loads(send("GET", listing)[2])
    assert plain == {"items": [{"name": "t/"}, {"name": "t/z"}], "prefixes": ["t/in/"]}
    names: list[str] = []
    token: str | None = ""
    while token is not None:
        query = f"&versions=true&includeTrailingDelimiter=true&maxResults=1&pageToken={token}"
        page = json.loads(send("GET", listing + query)[2])
        names += [item["name"] for item in page.get("items", [])] + page.get("prefixes", [])
        token = page.get("nextPageToken")
    assert names == ["t/", "t/in/", "t/in/", "t/z"]


def test_a_bucket_is_changed_and_refuses_what_it_would_not_do(send: Http) -> None:
    send("POST", "/storage/v1/b", b'{"name": "changed", "labels": {"a": "1"}}')
    status, _, reply = send("PATCH", "/storage/v1/b/changed", b'{"labels": {"a": null, "b": "2"}}')
    assert (status, json.loads(reply)["labels"], json.loads(reply)["metageneration"]) == (200, {"b": "2"}, "2")
    assert send("PATCH", "/storage/v1/b/changed?ifMetagenerationMatch=1", b"{}")[0] == 412
    assert send("PATCH", "/storage/v1/b/changed", b'{"versioning": {"enabled": true}}')[0] == 501
    assert send("DELETE", "/storage/v1/b/changed")[0] == 204


def test_the_xml_api_is_refused_by_name(send: Http) -> None:
    status, _, reply = send("POST", "/workbench/x?uploads")
    assert (status, b"XML API" in reply) == (501, True)


GCSFS = "predefinedAcl=projectPrivate&predefinedDefaultObjectAcl=bucketOwnerFullControl&enableObjectRetention=false"


@pytest.mark.parametrize(
    ("name", "query", "body", "status", "word"),
    [
        ("gcsfs", GCSFS, {}, 200, ""),
        ("pyarrow", "", {"defaultEventBasedHold": False, "labels": {}, "cors": []}, 200, ""),
        ("public", "predefinedAcl=publicRead", {}, 501, "predefinedAcl=publicRead"),
        ("retention", "enableObjectRetention=true", {}, 501, "enableObjectRetention=true"),
        ("held", "", {"defaultEventBasedHold": True}, 501, "defaultEventBasedHold"),
    ],
)
def test_a_new_bucket_may_say_what_it_is_not_to_have(
    send: Http, name: str, query: str, body: dict[str, object], status: int, word: str
) -> None:
    document = json.dumps({"name": f"bucket-{name}", **body}).encode()
    found, _, reply = send("POST", f"/storage/v1/b?{query}", document)
    assert (found, word in reply.decode()) == (status, True)
