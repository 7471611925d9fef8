"""The library is found without importing its package, loaded once, and refused with the reason where it is wrong."""

from __future__ import annotations

import ctypes.util
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from workbench.core.lazy import tensorflow
from workbench.core.savedmodel import c_api as module
from workbench.core.savedmodel import library
from workbench.core.savedmodel.c_api import c_api, load
from workbench.core.savedmodel.config import config_proto
from workbench.core.savedmodel.library import LIBRARIES, find_library
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.opening import open_session, why_python
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError


def refusal(path: Path) -> str:
    with pytest.raises(WorkbenchError) as caught:
        load(path)
    assert (caught.value.code, caught.value.where) == ("NO_C_API", str(path))
    return caught.value.message


def test_the_library_is_the_installed_packages() -> None:
    assert c_api().version == version("tensorflow")
    assert c_api().path == find_library()
    assert why_python() == ""


def test_threads_that_ask_at_once_get_one_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_known", [])
    with ThreadPoolExecutor(8) as pool:
        assert len({id(api) for api in pool.map(lambda _: c_api(), range(16))}) == 1


def test_a_file_that_is_no_library_is_refused_with_the_linkers_reason(tmp_path: Path) -> None:
    fake = tmp_path / find_library().name
    fake.write_bytes(b"not a library")
    assert "cannot be loaded" in refusal(fake)
    fake.unlink()
    assert "cannot be loaded" in refusal(fake)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder like the installed TensorFlow's, of links, beside a record of another version's."""
    package, record = tmp_path / "tensorflow", tmp_path / "tensorflow-9.9.9.dist-info"
    package.mkdir()
    record.mkdir()
    for name in next(names for names in LIBRARIES.values() if find_library().name in names):
        (package / name).symlink_to(find_library().with_name(name))
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: tensorflow\nVersion: 9.9.9\n", encoding="utf-8")
    return package


def test_the_library_of_another_version_than_its_package_is_refused(installed: Path) -> None:
    assert f"is version {version('tensorflow')}, and the installed package is 9.9.9" in refusal(
        installed / find_library().name
    )


@pytest.mark.parametrize("which", [0, 1])
def test_a_library_cut_short_is_refused_before_the_linker_maps_it(installed: Path, which: int) -> None:
    names = next(names for names in LIBRARIES.values() if find_library().name in names)
    lines = [f"tensorflow/{name},sha256=abc,{(installed / name).stat().st_size}\n" for name in names]
    (installed.parent / "tensorflow-9.9.9.dist-info" / "RECORD").write_text("".join(lines), encoding="utf-8")
    whole = installed / names[which]
    with whole.open("rb") as file:
        head = file.read(100_000)
    whole.unlink()
    whole.write_bytes(head)
    with pytest.raises(WorkbenchError, match="The file has 100000 bytes; the installed package recorded") as caught:
        load(installed / names[0])
    assert (caught.value.code, caught.value.where) == ("NO_C_API", str(whole))


def test_a_library_without_a_function_is_refused_by_its_name() -> None:
    name = ctypes.util.find_library("m")
    assert name
    assert "lacks a function: " in refusal(Path(name))


def test_a_system_without_the_library_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for platform, words in (("win32", "no C API for win32"), ("linux", "not installed")):
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(WorkbenchError, match=words):
            find_library(platform)
    monkeypatch.undo()
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").touch()
    other = next(platform for platform, names in LIBRARIES.items() if find_library().name not in names)
    with pytest.raises(WorkbenchError, match="The installed TensorFlow has no libtensorflow_cc"):
        find_library(other)


def test_without_the_c_api_pythons_session_serves_and_the_reason_is_known(
    monkeypatch: pytest.MonkeyPatch, identities: Path
) -> None:
    rows = [[1, 2, 3, 4]]
    with closing(open_session(identities)) as session:
        assert isinstance(session, NativeSession)
    monkeypatch.setattr(module, "_known", [])
    monkeypatch.setattr(module, "find_library", lambda: library.find_library("win32"))
    assert why_python().startswith("TensorFlow's wheels carry no C API for win32.")
    with pytest.raises(WorkbenchError, match="no C API for win32"):
        NativeSession(identities)
    with closing(open_session(identities, optimise=False)) as session:
        assert isinstance(session, ServingSession)
        assert session.run("sums", {"x": rows})["y"].tolist() == [10]


@pytest.mark.parametrize(("optimise", "threads"), [(True, 0), (False, 0), (True, 3), (False, 200)])
def test_the_options_are_what_tensorflow_reads_of_them(optimise: bool, threads: int) -> None:
    proto = tensorflow().compat.v1.ConfigProto
    expected = proto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
    if not optimise:
        expected.graph_options.rewrite_options.disable_meta_optimizer = True
    assert proto.FromString(config_proto(optimise=optimise, threads=threads)) == expected


def test_a_function_that_is_not_declared_cannot_be_called() -> None:
    with pytest.raises(AttributeError, match="TF_NewWhile is not declared"):
        c_api().TF_NewWhile()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"]
