"""Folders in natural order, however many names they hold."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from workbench.core.instances import folder_walk as module
from workbench.core.instances.folder_walk import holds_images, natural, walk
from workbench.core.instances.sources import Sources
from workbench.spec.errors import WorkbenchError

NAMES = [
    "b/img10.jpg", "b/img2.jpg", "b/IMG3.jpg", "b2/a.jpg", "b-1/a.jpg", "b10/x/y/z.png", "b1.jpg", "b.jpg", "B0.gif",
    "b/1/2.jpg", "b/1/10.jpg", "b/01.jpg", "é².jpg", "x/١٢.jpg", "x/9.jpg", ".hidden.jpg",
]  # fmt: skip


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_the_walk_has_the_order_of_all_paths_sorted_together(tmp_path: Path) -> None:
    touch(tmp_path, *NAMES, "b/notes.txt", "z/none.csv", ".jpg")
    found = [os.path.relpath(path, tmp_path) for path in walk(str(tmp_path))]
    assert found == natural(NAMES)
    assert found.index("b/img2.jpg") < found.index("b/IMG3.jpg") < found.index("b/img10.jpg")
    assert found.index("x/9.jpg") < found.index("x/١٢.jpg")


def test_more_names_than_are_held_are_sorted_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"n{number}-{'x' * (number % 7)}.jpg" for number in random.Random(1).sample(range(10_000), 500)]
    touch(tmp_path, *names, "sub/a.jpg")
    expected = list(walk(str(tmp_path)))
    for held in (1, 7, 499, 501):
        monkeypatch.setattr(module, "HELD", held)
        assert list(walk(str(tmp_path))) == expected
    assert [os.path.basename(path) for path in expected[:-1]] == natural(names)


def test_names_that_are_no_utf8_and_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = os.fsdecode(b"caf\xe9.jpg")
    touch(tmp_path, odd, "a.jpg")
    monkeypatch.setattr(module, "HELD", 1)
    monkeypatch.chdir(tmp_path)
    assert list(walk(".")) == ["a.jpg", odd]


def test_links_to_folders_are_not_followed_and_links_to_images_are(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.jpg", "out/b.jpg")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "b.jpg").symlink_to(tmp_path / "out" / "b.jpg")
    (tmp_path / "in" / "gone.jpg").symlink_to(tmp_path / "none.jpg")
    assert [Path(path).name for path in walk(str(tmp_path / "in"))] == ["a.jpg", "b.jpg"]


def test_a_folder_that_cannot_be_listed_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        list(walk(str(tmp_path / "none")))
    assert caught.value.code == "CANNOT_READ"
    assert not holds_images(str(tmp_path))


def test_lists_name_inputs_after_those_named(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "f/b.jpg")
    (tmp_path / "l.txt").write_bytes(b"/x/1.jpg\n\n/x/caf\xe9.png\r\n/x/r.tfrecord")
    (tmp_path / "l.jsonl").write_text('{"file": "2.jpg", "id": 7}\n')
    (tmp_path / "l.csv").write_text("file,id\n3.jpg,8\n")
    found = Sources([tmp_path / "a.jpg", tmp_path / "f"], [tmp_path / f"l.{e}" for e in ("txt", "jsonl", "csv")])
    assert [(Path(s.path).name, s.kind) for s in found] == [
        ("a.jpg", "image"), ("b.jpg", "image"), ("1.jpg", "image"), (os.fsdecode(b"caf\xe9.png"), "image"),
        ("r.tfrecord", "tfrecord"), ("2.jpg", "image"), ("3.jpg", "image"),
    ]  # fmt: skip
    assert list(found) == list(found)


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"\xff\xd8\0\0")
    (tmp_path / "empty.txt").touch()
    for name, code in (("photo", "BAD_LIST"), ("none.txt", "NO_FILE"), ("empty.txt", "NO_INPUTS")):
        with pytest.raises(WorkbenchError) as caught:
            Sources([], [tmp_path / name])
        assert caught.value.code == code
