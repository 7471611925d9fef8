"""Which verdict a push goes by, and that one which was shown binds it to every file it rests on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from judged_release import JudgedRelease, alter
from support import REFERENCE, changed

from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.report import CheckResult, GateReport, report_sha256
from workbench.spec.step_files import with_files
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget

pytestmark = pytest.mark.usefixtures("no_probe")


@pytest.fixture
def made(tmp_path: Path) -> JudgedRelease:
    return JudgedRelease(tmp_path / "made")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> JudgedRelease:
    return JudgedRelease(tmp_path_factory.mktemp("judged") / "made")


@pytest.fixture
def judged(shared: JudgedRelease, no_probe: list[int]) -> Iterator[tuple[JudgedRelease, GateReport]]:
    """One with a verdict that was shown; whatever a test changes is as it was afterwards."""
    export = Path(jobs.export(shared.project, shared.base).path)
    before = {path: path.read_bytes() for path in files_below(shared.base, export)}
    if not hasattr(shared, "shown"):
        shared.shown = shared.check(subject=str(shared.file))
    yield shared, shared.shown
    for path in files_below(shared.base, export):
        path.unlink()
    for path, content in before.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def other_labels(made: JudgedRelease) -> str:
    made.file.write_text(made.file.read_text().replace('"dog"', '"wolf"'))
    return str(made.file)


def an_image_more(made: JudgedRelease) -> str:
    place = made.classes / "dog" / "new.jpg"
    shutil.copy(REFERENCE / "images" / "img06.jpg", place)
    return str(place)


def an_image_less(made: JudgedRelease) -> str:
    (made.classes / "dog" / "img00.jpg").unlink()
    return str(made.classes / "dog" / "img00.jpg")


def another_class(made: JudgedRelease) -> str:
    (made.classes / "dog" / "img00.jpg").rename(made.classes / "cat" / "img00.jpg")
    return str(made.classes / "dog" / "img00.jpg")


def no_images(made: JudgedRelease) -> str:
    shutil.rmtree(made.classes)
    return str(made.classes)


def golden_answers(made: JudgedRelease) -> str:
    (made.base / "golden.json").write_text("{}")
    return str(made.base / "golden.json")


def file_of(name: str) -> Callable[[JudgedRelease], str]:
    def change(made: JudgedRelease) -> str:
        alter(made.base / name)
        return str(made.base / name)

    return change


def export_of(name: str) -> Callable[[JudgedRelease], str]:
    def change(made: JudgedRelease) -> str:
        path = Path(jobs.export(made.project, made.base).path) / name
        alter(path)
        return str(path)

    return change


CHANGES: dict[str, tuple[str, Callable[[JudgedRelease], str]]] = {
    "the model": ("model file changed", file_of("tiny_cnn.h5")),
    "the custom file": ("custom file changed", file_of("layers.py")),
    "the architecture": ("architecture changed", file_of("tiny.json")),
    "the mean of a step": ("file of means or deviations changed", file_of("mean.npy")),
    "the labels": ("labels changed", other_labels),
    "the features": ("features file changed", file_of("values.csv")),
    "the examples": ("example image changed", file_of("example.jpg")),
    "the values of the examples": ("values file changed", file_of("example.csv")),
    "training's arrays": ("file of training arrays changed", file_of("seen.npz")),
    "an image": ("image changed", file_of("classes/cat/img03.jpg")),
    "an image more": ("image added", an_image_more),
    "an image less": ("image removed", an_image_less),
    "an image's class": ("image removed", another_class),
    "no images": ("There is no such file", no_images),
    "golden answers": ("golden file added", golden_answers),
    "the export's graph": ("export's file changed", export_of("saved_model.pb")),
    "the export's manifest": ("export's file changed", export_of("assets.extra/workbench.json")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_a_shown_verdict_rests_on_may_not_change_before_the_push(
    judged: tuple[JudgedRelease, GateReport], what: str
) -> None:
    made, shown = judged
    words, change = CHANGES[what]
    where = change(made)
    with pytest.raises(WorkbenchError) as caught:
        jobs.gate(
            made.project, made.base, judging=jobs.Judging(subject=str(made.file)), override="a reason changes nothing"
        )
    assert (caught.value.code, caught.value.where) == ("CHANGED_SINCE_CHECK", where)
    assert words in caught.value.message
    assert shown.created in caught.value.message
    named = jobs.Judging(subject=str(made.file), verdict=report_sha256(shown))
    with pytest.raises(WorkbenchError, match="is no longer valid"):
        jobs.gate(made.project, made.base, judging=named, override="nor does a name")


def test_what_changed_can_be_judged_anew_and_then_pushed(made: JudgedRelease) -> None:
    made.check()
    for name in ("saved_model.pb", "tiny_cnn.h5"):
        alter(Path(jobs.export(made.project, made.base).path) / name if name.endswith("pb") else made.model)
        with pytest.raises(WorkbenchError, match="Nothing was sent"):
            jobs.gate(made.project, made.base, override="no")
        shown = made.check()
        assert jobs.gate(made.project, made.base, override="yes").report == report_sha256(shown)


def test_a_damaged_export_is_made_anew_before_it_is_judged(made: JudgedRelease) -> None:
    folder = Path(jobs.export(made.project, made.base).path)
    alter(folder / "saved_model.pb")
    altered = (folder / "saved_model.pb").read_bytes()
    made.check()
    assert (folder / "saved_model.pb").read_bytes() != altered


def test_a_damaged_export_is_made_anew_before_it_is_given_away(made: JudgedRelease, tmp_path: Path) -> None:
    folder = Path(jobs.export(made.project, made.base).path)
    (folder / "assets.extra" / "workbench.json").write_text("{}")
    jobs.export(made.project, made.base, tmp_path / "given")
    assert (tmp_path / "given" / "assets.extra" / "workbench.json").stat().st_size > 100


def test_golden_answers_accepted_in_a_run_belong_to_its_verdict(made: JudgedRelease) -> None:
    shown = made.check(accept_golden=True)
    record = jobs.gate(made.project, made.base, override="why")
    assert (record.report, len(record.judged["golden file"])) == (report_sha256(shown), 64)
    alter(made.base / "golden.json")
    with pytest.raises(WorkbenchError, match="golden file changed"):
        jobs.gate(made.project, made.base, override="why")


@pytest.mark.parametrize("name", ["tiny_cnn.h5", "classes/cat/img03.jpg", "layers.py"])
def test_a_file_that_changes_while_it_is_judged_leaves_no_verdict(made: JudgedRelease, name: str) -> None:
    def change(found: CheckResult) -> None:
        if found.name == "labels":
            alter(made.base / name)

    with pytest.raises(WorkbenchError) as caught:
        made.check(on_check=change)
    assert (caught.value.code, caught.value.where) == ("CHANGED_SINCE_CHECK", str(made.base / name))
    assert jobs.gate(made.project, made.base).images == 1  # The project's own image: nothing was kept of the other run.


def test_a_push_without_images_goes_by_the_newest_verdict_whatever_its_images_were(made: JudgedRelease) -> None:
    failed = made.check()
    with pytest.raises(WorkbenchError) as caught:
        jobs.gate(made.project, made.base)
    assert caught.value.code == "GATE_FAILED"
    assert jobs.gate(made.project, made.base, override="why").report == report_sha256(failed)
    passed = jobs.check(made.project, made.base)[0]
    assert jobs.gate(made.project, made.base).report == report_sha256(passed)
    by_images = jobs.gate(made.project, made.base, judging=jobs.Judging(**made.asked), override="why")
    assert by_images.report == report_sha256(failed)


def test_a_reason_is_kept_though_a_later_run_passed(made: JudgedRelease) -> None:
    assert jobs.gate(made.project, made.base, override="for nothing").override == ""
    made.check()
    passed = jobs.check(made.project, made.base)[0]
    record = jobs.gate(made.project, made.base, override="the cat is a dog")
    assert (record.verdict, record.report) == ("warn", report_sha256(passed))
    assert (record.override, record.overridden) == ("the cat is a dog", ("labels",))
    gone = jobs.Judging(verdict="0" * 64)
    assert jobs.gate(made.project, made.base, judging=gone, override="it was red").override == "it was red"


def test_another_target_is_judged_by_the_images_of_the_verdict_that_was_shown(
    made: JudgedRelease, no_probe: list[int]
) -> None:
    made.check(subject=str(made.file))
    shelf = FolderTarget(path="shelf", runtime="2.12")
    judging = jobs.Judging(subject=str(made.file))
    record = jobs.gate(made.project, made.base, judging=judging, place=shelf, override="why")
    assert (record.images, record.failed, len(no_probe)) == (4, ("labels",), 2)
    assert jobs.gate(made.project, made.base, judging=judging, place=shelf, override="why") == record
    assert len(no_probe) == 2
    alter(made.model)
    for place in (shelf, LocalTarget()):
        with pytest.raises(WorkbenchError, match="model file changed"):
            jobs.gate(made.project, made.base, judging=judging, place=place, override="why")


def test_a_machine_with_other_limits_is_judged_by_the_images_that_were_shown(
    made: JudgedRelease, no_probe: list[int]
) -> None:
    large = MlEngineTarget(project="my-project", bucket="b-b", machine_type="n1-standard-2", runtime="2.11")
    small = msgspec.structs.replace(large, machine_type="mls1-c1-m2")
    assert large.limits() != small.limits()
    named = jobs.Judging(verdict=report_sha256(made.check(place=large)))
    record = jobs.gate(made.project, made.base, judging=named, place=small, override="why")
    assert (record.images, record.failed, record.override, len(no_probe)) == (4, ("labels",), "why", 2)


def test_other_settings_are_judged_anew_by_the_same_images(made: JudgedRelease) -> None:
    made.check(subject=str(made.file))
    judging = jobs.Judging(subject=str(made.file))
    other = changed(made.project, exif="turn")
    assert jobs.gate(other, made.base, judging=judging, override="why").images == 4
    named = jobs.Judging(verdict=report_sha256(made.check()))
    with pytest.raises(WorkbenchError, match="settings changed"):
        jobs.gate(other, made.base, judging=named, override="why")


def test_a_verdict_that_only_a_push_gave_is_given_again_where_a_file_changed(
    made: JudgedRelease, no_probe: list[int]
) -> None:
    first = jobs.gate(made.project, made.base)
    assert jobs.gate(made.project, made.base) == first
    alter(made.model)
    second = jobs.gate(made.project, made.base)
    assert (second.judged["model file"] != first.judged["model file"], len(no_probe)) == (True, 2)


def test_a_project_that_was_saved_elsewhere_keeps_its_verdict(made: JudgedRelease, tmp_path: Path) -> None:
    bare = msgspec.structs.replace(
        made.project, export=type(made.project.export)(), check=type(made.project.check)(accuracy=1.0)
    )
    shown = jobs.check(bare, made.base, **made.asked)[0]
    paths = {name: str(made.base / getattr(bare, name)) for name in ("model", "custom", "architecture")}
    (tmp_path / "elsewhere").mkdir()
    moved = with_files(bare, lambda name: str(made.base / name))
    record = jobs.gate(
        msgspec.structs.replace(moved, **paths),
        tmp_path / "elsewhere",
        judging=jobs.Judging(verdict=report_sha256(shown)),
        override="why",
    )
    assert record.report == report_sha256(shown)
