"""Two versions compared through the engine, on a real folder of versions that TensorFlow wrote."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import IMAGE, facts

from workbench.core.lazy import tensorflow
from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.targets.folder import FolderTarget


def write(folder: Path, *keys: str) -> None:
    """A SavedModel that adds up its inputs."""
    tf = tensorflow()
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        inputs = {key: v1.placeholder(tf.float32, [None], name=key) for key in keys}
        signature = v1.saved_model.predict_signature_def(inputs, {"sum": tf.add_n(list(inputs.values()), name="sum")})
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a folder beside it in which version 2 wants a further key."""
    write(tmp_path / "shelf" / "m" / "1", "x")
    write(tmp_path / "shelf" / "m" / "2", "x", "y")
    made = default_project(facts(IMAGE), "m.h5")
    return Project(model=made.model, preprocess=made.preprocess, targets={"shelf": FolderTarget(path="shelf")})


def told(request: m.DiffVersions) -> m.AnyEvent:
    return HANDLERS[m.DiffVersions](request, silent, lambda _event: None)


def test_a_key_that_is_new_breaks_callers_and_the_way_back_does_too(project: Project, tmp_path: Path) -> None:
    request = m.DiffVersions(id=7, project=project, base=str(tmp_path), target="shelf", model="m", old="1", new="2")
    event = told(request)
    assert isinstance(event, m.VersionDiff)
    assert event.id == 7
    assert event.diff.kind == "breaking"
    assert "serving_default, input 'y'" in [change.where for change in event.diff.changes]
    assert m.decode_event(m.encode(event)) == event


def test_a_version_is_the_same_as_itself_and_one_that_is_not_there_is_told(project: Project, tmp_path: Path) -> None:
    about = m.DiffVersions(id=8, project=project, base=str(tmp_path), target="shelf", model="m", old="1", new="1")
    event = told(about)
    assert isinstance(event, m.VersionDiff)
    assert event.diff.kind == "same"
    with pytest.raises(WorkbenchError, match="has no version '9'"):
        told(msgspec.structs.replace(about, new="9"))
