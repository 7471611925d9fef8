"""What a file holds by its name: shards and gzip as TensorFlow, Beam and the workbench write them, any case."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from workbench.spec.input_files import IMAGE_ENDINGS, RECORD_PATTERNS, is_image_name, kind_by_ending, record_kind

RECORDS = {
    "rows.jsonl": "lines",
    "rows.NDJSON": "lines",
    "rows.json.gz": "lines",
    "rows.jsonl-00000-of-00005": "lines",
    "rows.jsonl-00000-of-00005.gz": "lines",
    "rows-00000-of-00005.jsonl.gz": "lines",
    "pixels.npy": "npy",
    "pixels.NPZ": "npz",
    "train.tfrecord": "tfrecord",
    "train.tfrecords.gz": "tfrecord",
    "train.tfrecord-00000-of-00005": "tfrecord",
    "train-00000-of-00005.tfrecord.gz": "tfrecord",
}


@pytest.mark.parametrize(("name", "kind"), RECORDS.items())
def test_files_of_records_are_told_by_their_names(name: str, kind: str) -> None:
    assert record_kind(name) == kind_by_ending(f"a/folder.png/{name}") == kind


@pytest.mark.parametrize("name", ["rows.txt", "pixels.npy.gz", "jsonl", "train.tfrecord-1-of-5", "photo.jpg", "photo"])
def test_other_names_tell_of_no_records(name: str) -> None:
    assert record_kind(name) is None
    assert kind_by_ending(name) == "image"


def test_an_image_in_a_folder_has_an_ending_behind_a_name() -> None:
    assert all(is_image_name(f"photo{ending}") and is_image_name(f"PHOTO{ending.upper()}") for ending in IMAGE_ENDINGS)
    assert not any(is_image_name(name) for name in (".jpg", "photo", "photo.jpg.txt", "rows.jsonl"))


def test_a_file_dialog_shows_every_kind_of_records() -> None:
    shown = {RECORDS[name] for name in RECORDS if any(fnmatch(name.lower(), pattern) for pattern in RECORD_PATTERNS)}
    assert shown == set(RECORDS.values())
