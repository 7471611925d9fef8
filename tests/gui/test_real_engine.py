"""The window on the real engine: a real model from opening to a prediction, consent, and a killed engine."""

from __future__ import annotations

import base64
import json
import marshal
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import h5py
import msgspec
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gui.acting import project_of
from workbench.gui.app import Application
from workbench.gui.exported.viewer import SavedModelViewer
from workbench.gui.rows.image_row import ImageRow
from workbench.spec.manifest import read_export_manifest
from workbench.spec.messages import Export
from workbench.spec.resources import resource

PATIENCE: Final = 120_000


def _predicted(row: ImageRow) -> bool:
    return row.brief is not None and bool(row.brief.lines)


def write_squaring_model(path: Path) -> None:
    """A tf_keras file whose Lambda layer squares, written without TensorFlow (which takes seconds to start)."""
    code = base64.b64encode(marshal.dumps((lambda t: t * t).__code__)).decode()
    raw = {"module": "__main__", "output_shape": None, "output_shape_type": "raw", "output_shape_module": None}
    layers: list[tuple[str, dict[str, object]]] = [
        ("InputLayer", {"name": "image", "batch_input_shape": [None, 8, 8, 3], "dtype": "float32"}),
        ("Lambda", {"name": "square", "function_type": "lambda", "function": [code, None, None], **raw}),
        ("Flatten", {"name": "flat"}),
        ("Dense", {"name": "dense", "units": 2, "activation": "softmax"}),
    ]
    config = {"name": "m", "layers": [{"class_name": kind, "config": settings} for kind, settings in layers]}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["keras_version"], file.attrs["backend"] = "2.15.0", "tensorflow"
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"square", b"flat", b"dense"]
        for name in ("square", "flat"):
            weights.create_group(name).attrs["weight_names"] = []
        dense = weights.create_group("dense")
        dense.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        dense["dense/kernel:0"] = np.linspace(-1, 1, 384, dtype="float32").reshape(192, 2)
        dense["dense/bias:0"] = np.zeros(2, "float32")


@pytest.fixture
def real(qtbot: QtBot, tmp_path: Path) -> Iterator[Application]:
    made = Application(server_root=tmp_path / "server")
    made.window.show()
    made.begin()
    yield made
    made.window.close()
    made.shut_down()
    made.window.deleteLater()


def test_the_sample_is_opened_and_predicted_and_a_killed_engine_loses_nothing(qtbot: QtBot, real: Application) -> None:
    real.session.open(str(resource("sample", "project.toml")))
    qtbot.waitUntil(lambda: real.session.facts is not None, timeout=PATIENCE)
    run = real.window.tabs.test.run
    real.window.tabs.test.add([str(resource("sample", "images", "three_1438.jpg"))])
    qtbot.waitUntil(lambda: bool(run.model.rows) and not run.running and not run.model.waiting(), timeout=PATIENCE)
    assert _predicted(run.model.rows[0])
    preview = real.window.tabs.inputs.preview
    real.window.pages.setCurrentWidget(real.window.tabs.inputs)
    qtbot.waitUntil(lambda: bool(preview.word.text()), timeout=PATIENCE)
    assert preview.source.endswith("three_1438.jpg")
    assert preview.word.text() == "Identical: all 3\u202f072 values are the same."
    assert real.engine.pid
    os.kill(real.engine.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(real.window.banner.text), timeout=PATIENCE)
    assert real.session.project is not None
    real.session.engines.restart_engine()
    run.run_again()
    qtbot.waitUntil(lambda: not run.running and not run.model.waiting(), timeout=PATIENCE)
    assert _predicted(run.model.rows[0])


def test_a_model_with_code_waits_for_consent_and_then_predicts(qtbot: QtBot, real: Application, tmp_path: Path) -> None:
    write_squaring_model(tmp_path / "m.h5")
    real.session.open(str(tmp_path / "m.h5"))
    qtbot.waitUntil(lambda: real.session.facts is not None, timeout=PATIENCE)
    facts = real.session.facts
    assert facts is not None
    assert [p.code for p in facts.problems] == ["LAMBDA"]
    real.session.consents.trust()
    qtbot.waitUntil(lambda: bool(real.session.facts and real.session.facts.trusted), timeout=PATIENCE)
    run = real.window.tabs.test.run
    real.window.tabs.test.add([str(resource("sample", "images", "three_1438.jpg"))])
    qtbot.waitUntil(lambda: bool(run.model.rows) and not run.running and not run.model.waiting(), timeout=PATIENCE)
    assert _predicted(run.model.rows[0])


def test_an_export_is_shown_and_leads_back_to_its_project_and_records_are_predicted(
    qtbot: QtBot, real: Application, tmp_path: Path
) -> None:
    real.session.open(str(resource("sample", "project.toml")))
    qtbot.waitUntil(lambda: real.session.project is not None, timeout=PATIENCE)
    project = project_of(real.session)
    request = Export(id=0, project=project, base=real.session.base, output=str(tmp_path / "digits"))
    job = real.session.ask(request, "Exporting")
    qtbot.waitUntil(lambda: job.ending is not None, timeout=PATIENCE)
    real.window.open(str(tmp_path / "digits"))
    qtbot.waitUntil(lambda: bool(real.window.findChildren(SavedModelViewer)), timeout=PATIENCE)
    (viewer,) = real.window.findChildren(SavedModelViewer)
    told = read_export_manifest(tmp_path / "digits")
    assert told is not None
    assert viewer.manifest == msgspec.structs.replace(told, golden=())
    (instance, *_) = told.golden
    with qtbot.waitSignal(real.session.opened, timeout=PATIENCE):
        viewer.project_button.click()
    assert project_of(real.session).signature == project.signature
    (tmp_path / "golden.jsonl").write_text(json.dumps(instance.instance) + "\nnot json\n")
    run = real.window.tabs.test.run
    real.window.tabs.test.add([str(tmp_path / "golden.jsonl")])
    qtbot.waitUntil(lambda: len(run.model.rows) == 2 and not run.running and not run.model.waiting(), timeout=PATIENCE)
    assert _predicted(run.model.rows[0])
    assert [row.name for row in run.model.rows] == ["golden.jsonl:1", "golden.jsonl:2"]
    assert run.model.counts() == (2, 1, 1)
    detail = real.window.tabs.test.detail
    detail.pages.setCurrentWidget(detail.record)
    qtbot.waitUntil(lambda: bool(detail.record.model.values), timeout=PATIENCE)
    assert {value.key for value in detail.record.model.values} == set(instance.instance)
    assert any(value.picture and Path(value.picture).is_file() for value in detail.record.model.values)


@pytest.mark.heavy
def test_a_version_is_planned_pushed_to_the_practice_server_and_called_with_a_dropped_image(
    qtbot: QtBot, real: Application, drop: Callable[..., bool]
) -> None:
    real.session.open(str(resource("sample", "project.toml")))
    tab = real.window.tabs.deploy
    real.window.pages.setCurrentWidget(tab)
    tab.pages.show_page(tab.push_page)
    qtbot.waitUntil(tab.push_card.button.isEnabled, timeout=PATIENCE)
    tab.push_card.plan_button.click()
    qtbot.waitUntil(lambda: not tab.desk.busy, timeout=PATIENCE)
    assert "versions" in tab.push_page.plan.calls.text()
    tab.push_card.button.click()
    qtbot.waitUntil(lambda: bool(tab.versions_card.table.versions) and not tab.desk.busy, timeout=PATIENCE)
    assert tab.push_card.word.startswith("digits/v1 is live: ")
    assert Path(tab.push_card.progress.receipt).is_file()
    assert drop(real.window, resource("sample", "images", "three_1438.jpg"))
    qtbot.waitUntil(lambda: not tab.desk.busy, timeout=PATIENCE)
    (prediction,) = json.loads(tab.call_card.reply.text())["predictions"]
    assert max(range(10), key=prediction["classes"].__getitem__) == 3
