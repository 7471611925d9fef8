"""Credentials through google.auth's real code, against a token server on loopback; no secret is ever told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import google.auth.iam
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from deploying import clouds, make_bucket, push, serving

from workbench.core.consent import allow_host
from workbench.core.deploy.credentials import credentials_for, host_of, kind_of, redacted
from workbench.core.deploy.googleapi import ApiClient
from workbench.core.deploy.preflight import access
from workbench.core.deploy.release_log import log_path
from workbench.core.deploy.releases import list_versions
from workbench.core.deploy.sessions import open_session
from workbench.core.progress import silent
from workbench.core.serve.faults import DenyPermission, Faults, Rule
from workbench.core.serve.run import running
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

TOKEN = "ya29.a-very-secret-token"
ROBOT = "robot@my-project.iam.gserviceaccount.com"
Reply = tuple[int, dict[str, object]]


class Tokens:
    """A token server: what it was asked, and what it will say."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.says: Callable[[str], Reply] = lambda _: (200, {"access_token": TOKEN, "expires_in": 3600})


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tokens]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = Tokens("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            made.asked.append(self.path)
            status, body = made.says(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with serving(Handler) as url:
        made.url = url
        yield made


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.private_bytes(form, kind, serialization.NoEncryption()).decode()


@pytest.fixture
def account(tokens: Tokens, key: str, tmp_path: Path) -> Path:
    """A service account's key file whose tokens come from the server."""
    path = tmp_path / "key.json"
    told = {"type": "service_account", "client_email": ROBOT, "private_key": key, "private_key_id": "1"}
    path.write_text(json.dumps({**told, "token_uri": f"{tokens.url}/token", "project_id": "my-project"}))
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path / "root") as url:
        make_bucket(url)
        yield url


def with_key(server: str, tmp_path: Path, account: Path, **more: Any) -> MlEngineTarget:
    found = msgspec.structs.replace(clouds(server, tmp_path)["mlengine"], credentials=str(account), **more)
    assert isinstance(found, MlEngineTarget)
    allow_host(host_of(server))
    return found


def test_a_service_account_s_token_goes_with_every_request_and_nowhere_else(
    server: str, golden: tuple[Path, Path], tokens: Tokens, account: Path, key: str, tmp_path: Path
) -> None:
    target = with_key(server, tmp_path, account)
    result = push(golden[0], target, model="m", report=silent)
    assert result.tried == 2
    assert tokens.asked
    session = open_session(target, target.endpoint())
    reply = session.get(f"{server}/v1/projects/my-project/models")
    session.close()
    assert reply.request.headers["authorization"] == f"Bearer {TOKEN}"
    state = log_path().parent
    kept = [p.read_text() for p in state.rglob("*") if p.is_file()]
    assert all(TOKEN not in text and key not in text and str(account) not in text for text in kept)


def test_the_practice_server_is_asked_without_an_account(tokens: Tokens, server: str, tmp_path: Path) -> None:
    assert credentials_for(LocalTarget(url=server), server) is None
    assert credentials_for(clouds(server, tmp_path)["vertex"], server) is None


def test_a_token_is_never_sent_in_clear_to_another_machine() -> None:
    target = MlEngineTarget(project="my-project", bucket="stage-1", url="http://ml.example.org")
    with pytest.raises(WorkbenchError) as caught:
        credentials_for(target, target.endpoint())
    assert caught.value.code == "PLAIN_HTTP"
    assert credentials_for(msgspec.structs.replace(target, credentials="none"), target.endpoint()) is None


NO_MOVE = MlEngineTarget(project="my-project", bucket="stage-1")


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://ml.example.org"},
        {"url": "https://ml.example.org", "credentials": "adc"},
        {"url": "https://ml.example.org", "credentials": "/home/somebody/key.json"},
        {"url": "https://evilgoogleapis.com"},
        {"url": "https://ml.googleapis.com.example.org"},
        {"url": "https://ml.googleapis.com:8443"},
        {"region": "example.org/"},
        {"url": "http://127.0.0.1:1", "credentials": "adc"},
    ],
)
def test_a_token_goes_to_no_host_but_google_s_unless_the_user_said_yes_to_that_host(
    changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.auth.default", lambda **_: pytest.fail("credentials were looked for"))
    target = msgspec.structs.replace(NO_MOVE, **changes)
    with pytest.raises(WorkbenchError) as caught:
        credentials_for(target, target.endpoint())
    assert caught.value.code == "HOST_NOT_ALLOWED"
    host = host_of(target.endpoint())
    assert f"--trust-host {host}" in caught.value.hint
    allow_host(host)
    assert kind_of(target, target.endpoint()) in ("adc", "file")
    allow_host(host, allow=False)
    with pytest.raises(WorkbenchError):
        kind_of(target, target.endpoint())


def test_google_s_own_hosts_need_no_question() -> None:
    vertex = VertexTarget(project="p", region="europe-west4", bucket="b")
    for target, address in (
        (NO_MOVE, NO_MOVE.endpoint()),
        (vertex, vertex.endpoint()),
        (vertex, "https://storage.googleapis.com"),
        (vertex, "https://1234.europe-west4-5678.prediction.vertexai.goog"),
    ):
        assert kind_of(target, address) == "adc"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org\\@ml.googleapis.com",
        "https://ml.googleapis.com@example.org",
        "https://ml.googleapis.com%2f.example.org",
        "https://ml .googleapis.com",
        "ftp://ml.googleapis.com",
        "https://",
    ],
)
def test_an_address_that_parsers_may_read_differently_is_none(address: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        kind_of(NO_MOVE, address)
    assert caught.value.code == "BAD_URL"


def test_a_host_that_a_trusted_server_names_is_asked_about_too(account: Path, server: str, tmp_path: Path) -> None:
    client = ApiClient("aiplatform", "v1", with_key(server, tmp_path, account))
    with pytest.raises(WorkbenchError) as caught:
        client.at("https://elsewhere.example.org")
    client.close()
    assert caught.value.code == "HOST_NOT_ALLOWED"


def test_impersonation_asks_for_the_other_account_s_token(
    tokens: Tokens, account: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "release@my-project.iam.gserviceaccount.com"
    monkeypatch.setattr(google.auth.iam, "_IAM_ENDPOINT", tokens.url + "/iam/{}:generateAccessToken")
    tokens.says = lambda path: (
        (200, {"accessToken": "ya29.other", "expireTime": "2099-01-01T00:00:00Z"})
        if "generateAccessToken" in path
        else (200, {"access_token": TOKEN, "expires_in": 3600})
    )
    target = with_key(server, tmp_path, account, impersonate=other)
    session = open_session(target, server)
    reply = session.get(f"{server}/v1/projects/my-project/models")
    session.close()
    assert reply.request.headers["authorization"] == "Bearer ya29.other"
    assert any(other in path for path in tokens.asked)
    tokens.says = lambda path: (
        (403, {"error": {"code": 403, "message": "Permission 'iam.serviceAccounts.getAccessToken' denied"}})
        if "generateAccessToken" in path
        else (200, {"access_token": TOKEN, "expires_in": 3600})
    )
    with pytest.raises(OutsideError) as caught:
        list_versions(target, "m")
    assert caught.value.code == "BAD_CREDENTIALS"
    assert "serviceAccountTokenCreator" in caught.value.hint


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token"}, "clock"),
        ({"error": "invalid_grant", "error_description": "Bad Request"}, "login` again"),
        ({"error": "invalid_client", "error_description": f"The key {TOKEN} was deleted"}, "Check the account"),
    ],
)
def test_a_refused_token_says_what_to_do_and_no_secret(
    tokens: Tokens, account: Path, server: str, tmp_path: Path, reply: dict[str, object], words: str
) -> None:
    tokens.says = lambda _: (400, reply)
    with pytest.raises(OutsideError) as caught:
        list_versions(with_key(server, tmp_path, account), "m")
    assert caught.value.code == "BAD_CREDENTIALS"
    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_no_token_server_is_told(account: Path, server: str, tmp_path: Path) -> None:
    told = json.loads(account.read_text())
    account.write_text(json.dumps({**told, "token_uri": "http://127.0.0.1:1/token"}))
    with pytest.raises(OutsideError) as caught:
        list_versions(with_key(server, tmp_path, account), "m")
    assert caught.value.code == "NO_TOKEN_SERVER"


def test_a_machine_without_credentials_is_told_how_to_get_some(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "nothing"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    target = msgspec.structs.replace(clouds(server, tmp_path)["mlengine"], credentials="adc")
    allow_host(host_of(server))
    with pytest.raises(OutsideError) as caught:
        list_versions(target, "m")
    assert caught.value.code == "NO_CREDENTIALS"
    assert "gcloud auth application-default login" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "code"), [(None, "NO_FILE"), ("{", "BAD_CREDENTIALS"), ('{"type": "robot"}', "BAD_CREDENTIALS")]
)
def test_a_file_that_holds_no_credentials_is_named(server: str, tmp_path: Path, content: str | None, code: str) -> None:
    path = tmp_path / "wrong.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(WorkbenchError) as caught:
        list_versions(with_key(server, tmp_path, path), "m")
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-ghi",
        f"token={TOKEN}",
        "refresh 1//0abcDEF-_x",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
        "assertion=eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl",
    ],
)
def test_secrets_are_hidden_in_words(text: str) -> None:
    assert "[hidden]" in redacted(text)
    for secret in ("abc.def-ghi", TOKEN, "0abcDEF", "MIIEvQ", "eyJpc3MiOi"):
        assert secret not in redacted(text)


def test_a_permission_that_is_missing_is_found_before_a_push(tokens: Tokens, account: Path, tmp_path: Path) -> None:
    deny = Faults(rules=(Rule(action=DenyPermission(permission="storage.objects.create"), match="nothing at all"),))
    with running(tmp_path / "denying", faults=deny) as url:
        make_bucket(url)
        found = access(with_key(url, tmp_path, account))
    assert (found.kind, found.account) == ("file", ROBOT)
    assert found.missing == ("storage.objects.create",)
    assert set(found.granted) >= {"storage.objects.get", "storage.objects.list"}


def test_every_permission_is_told_as_granted_where_nothing_is_denied(server: str, tmp_path: Path) -> None:
    target = clouds(server, tmp_path)["vertex"]
    assert isinstance(target, VertexTarget)
    found = access(target)
    assert (found.kind, found.missing) == ("none", ())
    assert set(found.granted) | set(found.unknown) >= {"storage.objects.create", "aiplatform.models.upload"}
