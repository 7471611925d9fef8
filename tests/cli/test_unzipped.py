"""A model that Keras saved as a folder goes through the command line like a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from saved_models import library


def test_init_and_inspect_take_an_unzipped_model_and_name_other_folders(cli: Any, tmp_path: Path) -> None:
    keras = library("keras")
    model = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.save(tmp_path / "model", zipped=False)
    assert cli("inspect", tmp_path / "model").code == 0
    assert cli("init", tmp_path / "model", "-o", tmp_path / "p.toml").code == 0
    assert 'model = "model"' in (tmp_path / "p.toml").read_text(encoding="utf-8")
    (tmp_path / "base").mkdir()
    shutil.copytree(tmp_path / "model", tmp_path / "base" / "1")
    (tmp_path / "base" / "1" / "saved_model.pb").touch()
    refused = cli("init", tmp_path / "base", "-o", tmp_path / "q.toml")
    assert refused.code == 2
    assert "TensorFlow Serving" in refused.err
    assert not (tmp_path / "q.toml").exists()
