"""Each image's values out of a file of any size: by name, by chosen columns, and what of it was of use."""

from __future__ import annotations

import datetime
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.core.instances.feature_index import FeatureIndex, columns_of
from workbench.spec.errors import WorkbenchError

ROWS = [{"path": "a.jpg", "sku": 7, "size": [1.5, 2.0]}, {"path": "/x/b.jpg", "sku": 8, "size": [0.1, 0.2]}]


def written(folder: Path, kind: str) -> Path:
    path = folder / f"f.{kind}"
    if kind == "csv":
        path.write_text('sku,path,size\n7,a.jpg,"[1.5, 2.0]"\n8,/x/b.jpg,"[0.1, 0.2]"\n')
    elif kind == "jsonl":
        path.write_text("\n".join(map(json.dumps, ROWS)))
    else:
        pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    return path


@pytest.fixture
def opened() -> Iterator[Any]:
    """Opens indexes; closed when the test ends."""
    found: list[FeatureIndex] = []

    def make(path: Path, **options: Any) -> FeatureIndex:
        found.append(FeatureIndex(path, **options))
        return found[-1]

    yield make
    for index in found:
        index.close()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_values_are_the_same_from_every_format(opened: Any, tmp_path: Path, kind: str) -> None:
    index = opened(written(tmp_path, kind), file_key="path")
    assert dict(index) == {row["path"]: {"sku": row["sku"], "size": row["size"]} for row in ROWS}
    assert columns_of(index) == {"sku", "size"}
    taken = opened(written(tmp_path, kind), file_key="path", take={"sku": "metadata"})
    assert taken["a.jpg"] == {"metadata": 7}
    assert (list(taken), len(taken), columns_of(taken)) == (["a.jpg", "/x/b.jpg"], 2, {"metadata"})
    with pytest.raises(WorkbenchError, match="no column 'price'"):
        opened(written(tmp_path, kind), file_key="path", take={"price": "p"})


def test_rows_that_come_again_count_last_and_those_asked_for_are_counted(opened: Any, tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").write_text('{"file": "a", "k": 1}\n{"file": "b", "k": 2}\n{"file": "a", "k": 3}\n')
    index = opened(tmp_path / "f.jsonl")
    assert (index["a"], index.repeated, len(index)) == ({"k": 3}, ["a"], 2)
    assert index.get("none") is None
    assert index.get("caf\udce9") is None
    assert index.asked == 1


def test_any_thread_may_ask(opened: Any, tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").write_text("".join(f'{{"file": "n{n}", "k": {n}}}\n' for n in range(400)))
    index = opened(tmp_path / "f.jsonl")
    wrong: list[int] = []

    def ask() -> None:
        wrong.extend(n for n in range(400) if index[f"n{n}"] != {"k": n})

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, index.asked) == ([], 400)


def test_what_parquet_has_and_json_has_not_is_text(opened: Any, tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [{"file": "a", "day": datetime.date(2018, 12, 17), "raw": b"\xff", "none": None}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "f.parquet")
    assert opened(tmp_path / "f.parquet")["a"] == {"day": "2018-12-17", "raw": b"\xff", "none": None}


def test_parquet_without_its_reader_is_one_sentence_with_the_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (tmp_path / "f.parquet").touch()
    with pytest.raises(WorkbenchError) as caught:
        FeatureIndex(tmp_path / "f.parquet")
    assert caught.value.code == "NO_PYARROW"
    assert 'pip install "keras-export-workbench[parquet]"' in str(caught.value)


def test_a_file_that_is_none_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "f.jsonl").write_text('{"file": "a", "k": 1}\nbroken\n')
    (tmp_path / "f.parquet").write_bytes(b"PAR1 not")
    (tmp_path / "big.jsonl").write_text('{"file": "a", "k": 123456789012345678901234567890}\n')
    for name in ("f.jsonl", "f.parquet", "none.csv", "big.jsonl"):
        with pytest.raises(WorkbenchError) as caught:
            FeatureIndex(tmp_path / name)
        assert caught.value.code in ("BAD_FEATURES", "NO_FILE")
    assert not list(tmp_path.glob("workbench-features-*"))
