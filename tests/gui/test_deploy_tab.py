"""The Deploy tab and the local server behind it, with real children."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from pytestqt.qtbot import QtBot

from workbench.gui.deploy.local_server import LocalServer, ServerState, server_command
from workbench.gui.deploy.tab import DeployTab
from workbench.gui.notices import CallInputs
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import TabState
from workbench.spec.messages import PushVersion

MakeSession = Callable[..., ProjectSession]
MakeModel = Callable[[str], Path]
MakeServer = Callable[..., LocalServer]
MakeTab = Callable[..., tuple[ProjectSession, DeployTab, LocalServer]]


def has_versions(tab: DeployTab, count: int) -> bool:
    return len(tab.versions_card.table.versions) == count


def reach(qtbot: QtBot, server: LocalServer, state: ServerState) -> None:
    qtbot.waitUntil(lambda: server.state is state)


def test_nothing_at_the_address_is_absent(qtbot: QtBot, make_server: MakeServer, local_port: int) -> None:
    server = make_server()
    server.probe(f"http://127.0.0.1:{local_port}")
    reach(qtbot, server, ServerState.ABSENT)


def test_a_server_that_is_there_is_not_ours_and_is_left_alone(
    qtbot: QtBot, make_server: MakeServer, local_port: int
) -> None:
    server = make_server()
    with socket.create_server(("127.0.0.1", local_port)):
        server.ensure(f"http://127.0.0.1:{local_port}")
        reach(qtbot, server, ServerState.THEIRS)
        server.stop()
        assert server.state is ServerState.THEIRS


def test_ensure_starts_a_server_and_stop_ends_it(
    qtbot: QtBot, make_server: MakeServer, local_port: int, tmp_path: Path
) -> None:
    server = make_server()
    server.ensure(f"http://127.0.0.1:{local_port}")
    reach(qtbot, server, ServerState.OURS)
    socket.create_connection(("127.0.0.1", local_port), timeout=5).close()
    qtbot.waitUntil(lambda: f"root {tmp_path / 'root'}" in server.log)
    server.stop()
    reach(qtbot, server, ServerState.ABSENT)


def test_the_real_server_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    command = [*server_command(), "--port", "0", "--root", str(tmp_path / "root")]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline().startswith(b"http://127.0.0.1:")
    child.stdin.close()  # what the system does for a parent that crashed
    child.wait(timeout=20)
    child.stdout.close()


def test_a_server_that_does_not_come_up_says_why(qtbot: QtBot, make_server: MakeServer, local_port: int) -> None:
    server = make_server("--refuse")
    with qtbot.waitSignal(server.failed) as blocker:
        server.ensure(f"http://127.0.0.1:{local_port}")
    assert "Port 8471 is in use" in blocker.args[0]


def test_a_server_elsewhere_cannot_be_started_from_here(qtbot: QtBot, make_server: MakeServer) -> None:
    server = make_server()
    with qtbot.waitSignal(server.failed) as blocker:
        server.ensure("http://127.0.0.2:9")
    assert "not on this machine" in blocker.args[0]


def test_push_starts_the_server_and_lists_the_new_version(qtbot: QtBot, make_deploy: MakeTab) -> None:
    _, tab, server = make_deploy()
    assert tab.push_card.model.text() == "my_digits"
    tab.push_card.button.click()
    qtbot.waitUntil(lambda: bool(tab.versions_card.table.versions))
    assert server.state is ServerState.OURS
    assert [icon for _, icon in tab.push_card.steps.steps()] == ["done"] * 4
    assert tab.push_card.word == "my_digits/v1 is live: 9.3 MB in 1.5 s, now the default."
    assert tab.state is TabState.DONE
    assert tab.server_line.word == "running"


def test_a_second_version_becomes_the_default_when_asked(qtbot: QtBot, make_deploy: MakeTab) -> None:
    _, tab, _ = make_deploy()
    for count in (1, 2):
        tab.push_card.button.click()
        qtbot.waitUntil(partial(has_versions, tab, count))
        qtbot.waitUntil(tab.push_card.button.isEnabled)
    assert [v.default for v in tab.versions_card.table.versions] == [True, False]
    assert not tab.versions_card.default_button.isEnabled()
    tab.versions_card.view.selectRow(1)
    tab.versions_card.default_button.click()
    qtbot.waitUntil(lambda: tab.versions_card.table.versions[1].default)


def test_illegal_names_are_told_at_the_field_and_cannot_be_pushed(qtbot: QtBot, make_deploy: MakeTab) -> None:
    _, tab, _ = make_deploy()
    tab.push_card.version.setText("1.0")
    assert "'1.0' is not a valid version name" in tab.push_card.version_field.problem
    assert not tab.push_card.button.isEnabled()
    tab.push_card.version.setText("v1_0")
    assert tab.push_card.button.isEnabled()
    tab.push_card.model.setText("my-digits")
    assert "is not a valid model name" in tab.push_card.model_field.problem


def test_a_push_that_fails_marks_its_step_and_says_one_sentence(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy("--fail", "PushVersion")
    with qtbot.waitSignal(session.noticed) as blocker:
        tab.push_card.button.click()
    assert blocker.args[0].text == "There is no memory left."
    assert tab.state is TabState.ATTENTION
    assert tab.push_card.word == "There is no memory left."
    assert tab.push_card.button.isEnabled()


def test_a_push_can_be_cancelled(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy("--hold", "PushVersion")
    with qtbot.waitSignal(
        session.job_started, check_params_cb=lambda job: isinstance(job.request, PushVersion)
    ) as blocker:
        tab.push_card.button.click()
    job = blocker.args[0]
    qtbot.waitUntil(lambda: bool(tab.push_card.steps.steps()))
    job.cancel()
    qtbot.waitUntil(tab.push_card.button.isEnabled)
    assert tab.push_card.word == "Cancelled."
    assert tab.push_card.steps.steps()[-1][1] == "failed"


def test_a_server_that_refuses_leaves_the_tab_usable(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy(server=("--refuse",))
    with qtbot.waitSignal(session.noticed) as blocker:
        tab.push_card.button.click()
    assert "in use" in blocker.args[0].text
    assert tab.push_card.button.isEnabled()


def test_call_sends_what_the_test_tab_has_chosen_and_shows_the_reply(
    qtbot: QtBot, make_deploy: MakeTab, image_files: Callable[..., list[Path]]
) -> None:
    session, tab, _ = make_deploy()
    good, bad = image_files("a.png", "bad.jpg")
    assert not tab.call_card.selection_button.isEnabled()
    session.set_call_inputs(CallInputs((str(good), str(bad)), {"metadata": "mine"}))
    tab.call_card.selection_button.click()
    qtbot.waitUntil(lambda: "errors" in tab.call_card.reply.text())
    assert '"metadata": "mine"' in tab.call_card.reply.text()
    assert "This is not a JPEG image." in tab.call_card.reply.text()


def test_other_settings_after_a_push_need_attention(qtbot: QtBot, make_deploy: MakeTab) -> None:
    session, tab, _ = make_deploy()
    tab.push_card.button.click()
    qtbot.waitUntil(lambda: tab.state is TabState.DONE)
    assert session.project is not None
    session.set_signature(msgspec.structs.replace(session.project.signature, scores_key="other"))
    assert tab.state is TabState.ATTENTION
