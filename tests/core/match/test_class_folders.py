"""Folders of images as the classes of a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.match.class_folders import class_places, labelled
from workbench.spec.errors import WorkbenchError


@pytest.mark.parametrize(
    ("labels", "width", "places"),
    [
        (("dog", "cat"), 2, {"dog": 0, "cat": 1}),
        ((), 2, {"cat": 0, "dog": 1}),
    ],
)
def test_folders_are_classes_by_the_labels_or_in_keras_order(
    labels: tuple[str, ...], width: int, places: dict[str, int]
) -> None:
    assert class_places(["dog", "cat", "dog"], labels, width) == places


def test_folders_named_by_numbers_are_the_classes_of_a_model_that_has_more() -> None:
    assert class_places(["3", "7"], (), 10)["7"] == 7


@pytest.mark.parametrize(("labels", "width"), [(("a", "b"), 2), ((), 3), (("cat", "x", "dog"), 2)])
def test_a_folder_that_is_no_class_is_named(labels: tuple[str, ...], width: int) -> None:
    with pytest.raises(WorkbenchError, match=r"'(cat|dog)' is not one of the model's"):
        class_places(["cat", "dog"], labels, width)


def test_each_file_is_of_the_class_of_its_folder(tmp_path: Path) -> None:
    paths = {tmp_path / name: name for name in ("cat", "dog")}
    for path, name in paths.items():
        path.write_bytes(name.encode())
    found = labelled({str(path): name for path, name in paths.items()}, {"cat": 0, "dog": 1})
    assert [(one.data, one.truth) for one in found] == [(b"cat", 0), (b"dog", 1)]
