"""The request of a call beside its reply: shown, and copied as commands that really send it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from deploying import golden_export, make_bucket
from number_exports import number_export
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MakeDeploy
from workbench.core.deploy.push import push
from workbench.core.deploy.state import STATE_VARIABLE
from workbench.core.progress import silent
from workbench.core.serve.run import running
from workbench.gui.deploy.call_request import CallRequest, call_request
from workbench.gui.deploy.call_snippets import curl_text, python_text
from workbench.gui.notices import CallInputs
from workbench.gui.project.session import ProjectSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.release import PushOrder
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget


def run_curl(text: str) -> dict[str, Any]:
    """What a shell prints for the command."""
    done = subprocess.run(["sh"], input=text.encode(), capture_output=True, check=True, timeout=60)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def run_python(text: str) -> dict[str, Any]:
    """What Python prints for the script, without anything that is installed."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", text], capture_output=True, check=True, timeout=60)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


class EchoHandler(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"path": self.path, "type": self.headers["Content-Type"], "body": body}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: standard error is the test's."""


@pytest.fixture
def echo() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), EchoHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_copied_commands_send_the_body_with_every_character_and_the_picture_of_the_file(
    qtbot: QtBot, echo: str, make_deploy: MakeDeploy, image_files: Callable[..., list[Path]]
) -> None:
    session, _, _ = make_deploy()
    assert session.composition is not None
    (image,) = image_files('it\'s "one" $HOME.png')
    words = "'; echo $(id) `id`\n\\ \u00e9 END_OF_REQUEST"
    made = call_request(
        f"{echo}/v1/it's:predict", str(image), CallInputs(values={"metadata": words}), session.composition
    )
    instance: dict[str, Any] = json.loads(made.whole)["instances"][0]
    assert instance["metadata"] == words
    told = {"path": "/v1/it's:predict", "type": "application/json", "body": made.body}
    assert run_curl(made.curl) == told
    assert run_python(made.python) == told
    assert str(image) in made.python.replace("\\'", "'")
    assert instance[session.composition.image_alias]["b64"] not in made.python


def test_a_request_that_is_larger_than_a_shells_argument_is_sent(echo: str) -> None:
    body: dict[str, object] = {"instances": [{"text": "x" * 300_000}]}
    assert run_curl(curl_text(f"{echo}/v1/m:predict", body))["body"] == body


def test_the_practice_server_answers_the_copied_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    body: dict[str, object] = {"instances": [{"number": "1.5", "key": "a"}, {"number": "-2", "key": "b"}]}
    with running(tmp_path / "root") as address:
        make_bucket(address)
        target = LocalTarget(url=address)
        export = golden_export(number_export(tmp_path, 2.0), tmp_path, 2.0)
        push(export, target, PushOrder(model="numbers", default=True), report=silent)
        wanted = {"predictions": [{"scores": 3.0, "key": "a"}, {"scores": -4.0, "key": "b"}]}
        for version in ("", "v1"):
            url = target.predict_url("numbers", version)
            assert run_curl(curl_text(url, body)) == wanted
            assert run_python(python_text(url, body)) == wanted


def test_each_kind_of_target_says_where_it_is_asked_and_google_is_asked_with_a_token() -> None:
    cloud = MlEngineTarget(project="p", bucket="b", region="us-east1").predict_url("m", "v2")
    assert cloud == "https://us-east1-ml.googleapis.com/v1/projects/p/models/m/versions/v2:predict"
    body: dict[str, object] = {"instances": [1]}
    assert '-H "Authorization: Bearer $(gcloud auth print-access-token)"' in curl_text(cloud, body)
    compile(python_text(cloud, body), "call.py", "exec")
    assert "'gcloud', 'auth', 'print-access-token'" in python_text(cloud, body)
    served = FolderTarget(path="/models", url="http://host:8501/").predict_url("m", "3")
    assert served == "http://host:8501/v1/models/m/versions/3:predict"
    assert "Authorization" not in curl_text(served, body) + python_text(served, body)
    assert FolderTarget(path="/models").predict_url("m") == ""
    # The service names its endpoints: none can be told from the settings.
    assert VertexTarget(project="p", region="us-east1", bucket="b").predict_url("m") == ""


def test_lines_are_shown_by_their_first_and_other_records_by_nothing(
    make_session: Callable[..., ProjectSession], make_deploy: MakeDeploy, tmp_path: Path
) -> None:
    session, _, _ = make_deploy()
    made = session.composition
    assert made is not None
    lines = tmp_path / "two.jsonl"
    lines.write_text('{"key": 1}\n{"key": 2}\n')
    assert call_request("u", str(lines), CallInputs(), made).body == {"instances": [{"key": 1}]}
    other = call_request("u", str(tmp_path / "x.tfrecord"), CallInputs(), made)
    assert (other.shown, other.curl, other.python) == ("", "", "")
    with pytest.raises(WorkbenchError, match="cannot be read"):
        call_request("u", str(tmp_path / "gone.png"), CallInputs(), made)
    assert CallRequest("", {"instances": []}, {}).curl == ""


def test_the_card_shows_address_request_and_outcome_and_copies_them(
    qtbot: QtBot, make_deploy: MakeDeploy, image_files: Callable[..., list[Path]]
) -> None:
    session, tab, _ = make_deploy()
    card = tab.call_card
    good, bad = image_files("a.png", "bad.jpg")
    tab.pages.show_page(tab.push_page)
    tab.push_page.below.show_page(card)
    assert not card.curl_button.isEnabled()
    session.set_call_inputs(CallInputs((str(good), str(bad)), {"metadata": "mine"}))
    QTest.mouseClick(card.selection_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.outcome.toolTip().startswith("1 of 2 answered in "))
    assert session.project is not None
    url = session.project.target("local").predict_url(tab.desk.model)
    assert card.url.toolTip() == f"POST {url}"
    assert '"metadata": "mine"' in card.request.text()
    clipboard = QGuiApplication.clipboard()
    QTest.mouseClick(card.curl_button, Qt.MouseButton.LeftButton)
    assert clipboard.text().startswith("curl -sS ")
    assert url in clipboard.text()
    QTest.mouseClick(card.python_button, Qt.MouseButton.LeftButton)
    assert f"encoded({str(good)!r})" in clipboard.text()
    QTest.mouseClick(card.request.copy_button, Qt.MouseButton.LeftButton)
    assert json.loads(clipboard.text())["instances"][0]["metadata"] == "mine"
    good.unlink()
    session.set_call_inputs(CallInputs((str(good),)))
    QTest.mouseClick(card.selection_button, Qt.MouseButton.LeftButton)
    assert not card.curl_button.isEnabled()
    assert card.request.text() == ""
    qtbot.waitUntil(lambda: card.outcome.toolTip().startswith("1 of 1 answered in "))
