"""`PYTHONPATH=tests python -m screenshots OUTDIR [PATH...]`: the window on the sample, both schemes, real engines.

With `--readme DIR` the tabs at their usual size go there as well, light: the README shows them.

Every tab comes in three sizes: 1366x768, 1920x1080, and 4K at twice the resolution, which is taken by a second run of
this module (`--scale 2`), for Qt knows only one scale a process. Further models and projects are photographed in
Inputs, Signature and Test, SavedModels in their viewer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QSettings, QStandardPaths
from support import free_port

from screenshots.camera import ScreenshotCamera, TooSlowError
from screenshots.target_tour import TargetTour
from workbench.gui.app import Application, make_application
from workbench.gui.dropped_files import saved_model_of
from workbench.gui.exported.viewer import SavedModelViewer
from workbench.gui.gate.evidence_images import EvidenceImagesView
from workbench.gui.inputs.compare_dialog import CompareDialog
from workbench.spec.messages import Export
from workbench.spec.resources import resource
from workbench.spec.targets.local import LOCAL_URL_VARIABLE

SIZE: Final = (1366, 768)
LARGE: Final = (1920, 1080)
SCALED: Final = "--scale"
"""Followed by Qt's factor: the tabs alone, at the large size, in so many pixels."""

README: Final = "--readme"
"""Followed by the folder of the README's pictures."""

TABS: Final = ("model", "inputs", "signature", "test", "deploy")
STATE_VARIABLE: Final = "WORKBENCH_STATE"
"""Where the engines keep the release log and receipts."""


class ScreenshotTour:
    """Goes the whole way once, then takes the pictures."""

    def __init__(self, workbench: Application, camera: ScreenshotCamera, scratch: Path) -> None:
        self._scratch = scratch
        self._workbench = workbench
        self._window = workbench.window
        self._take, self._settle, self._until = camera.take, camera.settle, camera.until

    def show_empty(self, mark: str = "") -> None:
        """The window as one first meets it."""
        self._window.resize(*SIZE)
        self._window.show()
        self._workbench.begin()
        self._take(f"0-empty{mark}")

    def work(self) -> None:
        """Open, predict, push, call."""
        workbench, tabs = self._workbench, self._window.tabs
        # A copy: whose checkout it was would be seen in the pictures.
        shutil.copytree(resource("sample"), self._scratch / "sample")
        workbench.session.open(str(self._scratch / "sample" / "project.toml"))
        self._until("the sample project is open", lambda: workbench.session.project is not None)
        tabs.test.filter.compare.setChecked(True)
        tabs.test.add([str(self._class_folders())])
        run = tabs.test.run
        self._until(
            "the images are predicted", lambda: bool(run.model.rows) and not run.running and not run.model.waiting()
        )
        tabs.deploy.pages.show_page(tabs.deploy.push_page)
        tabs.deploy.push_card.button.click()
        self._until("a version is pushed", lambda: bool(tabs.deploy.versions_card.table.versions))
        tabs.deploy.call_card.selection_button.click()
        self._until("the call is answered", lambda: bool(tabs.deploy.call_card.reply.text()))

    def photograph(self, size: tuple[int, int] = SIZE, mark: str = "") -> None:
        """Every tab in both schemes; with them the charts of the Test tab."""
        self._window.resize(*size)
        for place, name in enumerate(TABS):
            self._window.pages.setCurrentIndex(place)
            self._until_seen()
            self._take(f"{place + 1}-{name}{mark}")
        test = self._window.tabs.test
        self._window.pages.setCurrentWidget(test)
        test.bar.show_view(1)
        assert test.charts is not None
        reach = test.charts.reach
        self._until("the reach is known", lambda: bool(reach.model.rowCount()))
        self._take(f"4-test-charts{mark}")
        test.bar.show_view(0)
        self._window.resize(*SIZE)

    def photograph_gate(self) -> None:
        """The release gate before, while and after it runs, its images large, and out of date."""
        session, deploy = self._workbench.session, self._window.tabs.deploy
        assert session.project is not None
        gate = deploy.gate
        self._window.pages.setCurrentWidget(deploy)
        deploy.pages.show_page(gate)
        self._take("5-gate-1-before")
        gate.head.run_button.click()
        self._until("two checks are done", lambda: gate.run.number > 2 or not gate.run.running)
        self._take("5-gate-2-running")
        self._until("the gate has run", lambda: not gate.run.running)
        self._take("5-gate-3-done")
        for place, row in enumerate(gate.run.model.rows):
            gate.view.selectRow(place)
            self._take(f"5-gate-4-{row.name}")
        self._photograph_worst()
        before = session.project.signature
        session.set_signature(msgspec.structs.replace(before, scores_key="other"))
        self._take("5-gate-6-stale")
        session.set_signature(before)

    def _photograph_worst(self) -> None:
        """The first image of the first evidence that has any, large."""
        gate = self._window.tabs.deploy.gate
        for place in range(len(gate.run.model.rows)):
            gate.view.selectRow(place)
            strips = [view.content for view in gate.detail.evidence if isinstance(view.content, EvidenceImagesView)]
            if strips and strips[0].items:
                dialog = strips[0].compare(0)
                self._settle()
                self._take("5-gate-5-compare", dialog)
                dialog.close()
                return

    def photograph_targets(self, folder: Path) -> None:
        """Every kind of target, what is asked before something is done there, and what came of it."""
        self._window.pages.setCurrentWidget(self._window.tabs.deploy)
        TargetTour(self._workbench, self._take, self._until).tell(folder)

    def photograph_labels(self) -> None:
        """The sample answering its best labels, and a key that is used twice."""
        session, tabs = self._workbench.session, self._window.tabs
        assert session.project is not None
        before = session.project.signature
        session.set_signature(msgspec.structs.replace(before, top_k=3, best_key="label"))
        self._window.pages.setCurrentWidget(tabs.signature)
        self._take("3-signature-labels")
        session.set_signature(msgspec.structs.replace(before, image_key="metadata"))
        self._take("3-signature-problem")
        session.set_signature(before)

    def photograph_rare(self) -> None:
        """The settings few people need, opened."""
        session, tabs = self._workbench.session, self._window.tabs
        assert session.project is not None
        assert session.project.preprocess is not None
        before = session.project.preprocess
        session.set_preprocess(msgspec.structs.replace(before, reader="load_img:bicubic", formats="any", fit="pad"))
        tabs.inputs.form.more.open()
        self._window.pages.setCurrentWidget(tabs.inputs)
        self._until_seen()
        self._take("2-inputs-more")
        self._photograph_readers()
        session.set_preprocess(before)

    def _photograph_readers(self) -> None:
        """The sample image as each reader of a library reads it."""
        inputs = self._window.tabs.inputs
        inputs.preview.compare_button.click()
        (dialog,) = inputs.findChildren(CompareDialog)
        self._until("the readers are compared", lambda: dialog.list.count() > 0)
        self._take("2-inputs-compare", dialog)
        dialog.close()

    def photograph_export(self, folder: Path) -> None:
        """An export of our own in the viewer."""
        session = self._workbench.session
        assert session.project is not None
        request = Export(id=0, project=session.project, base=session.base, output=str(folder / "digits"))
        job = session.ask(request, "Exporting")
        self._until("the export is written", lambda: job.ending is not None)
        self.photograph_other(str(folder / "digits"))

    def photograph_other(self, path: str) -> None:
        """A further model or project in its tabs, a SavedModel in its viewer."""
        if not saved_model_of(path):
            self._workbench.session.open(path)
            self._until(f"{path} is open", lambda: self._workbench.session.model_path.endswith(Path(path).name))
            for name in ("inputs", "signature", "test"):
                self._window.pages.setCurrentIndex(TABS.index(name))
                self._take(f"{Path(path).stem}-{name}")
            return
        self._window.saved_models.view(path)
        self._until(f"{path} is shown", lambda: bool(self._window.findChildren(SavedModelViewer)))
        (viewer,) = self._window.findChildren(SavedModelViewer)
        self._take(f"viewer-{Path(path).name}", viewer)
        viewer.close()
        self._settle()

    def _class_folders(self) -> Path:
        """The sample's images in folders named for their classes, as data sets have them."""
        for image in sorted(resource("sample", "images").glob("*.jpg")):
            folder = self._scratch / "classes" / image.stem.partition("_")[0]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / image.name).write_bytes(image.read_bytes())
        return self._scratch / "classes"

    def _until_seen(self) -> None:
        """Where Inputs or Test is in front: until the engine has made what the network sees."""
        preview = self._window.tabs.inputs.preview
        if preview.isVisible():
            self._until("the preview is there", lambda: bool(preview.word.text()) and not preview.query.busy)
        test = self._window.tabs.test
        if self._window.pages.currentWidget() is test and test.run.model.rowCount():
            self._until("the network's picture is there", lambda: not test.detail.pictures.seen.word)


def _all(story: ScreenshotTour, scratch: Path, paths: list[str]) -> None:
    """What one run at one scale can show."""
    story.photograph()
    story.photograph(LARGE, f"-{LARGE[0]}")
    story.photograph_targets(scratch)
    story.photograph_gate()
    story.photograph_labels()
    story.photograph_rare()
    story.photograph_export(scratch)
    for path in paths:
        story.photograph_other(path)


def _option(arguments: list[str], name: str) -> str:
    """Take an option and its value out of the arguments."""
    if name not in arguments:
        return ""
    place = arguments.index(name)
    value = arguments[place + 1]
    del arguments[place : place + 2]
    return value


def main(arguments: list[str]) -> int:
    """Take the pictures into the folder named; says where they are."""
    scale, readme = _option(arguments, SCALED), _option(arguments, README)
    if scale:
        os.environ["QT_SCALE_FACTOR"] = scale
    out = Path(arguments[0] if arguments else ".screenshots").absolute()
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "" if os.environ.get("DISPLAY") else "offscreen")
    os.environ[LOCAL_URL_VARIABLE] = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="workbench-") as root:
        # Nothing that is done for a picture may be found by the user's own window.
        QStandardPaths.setTestModeEnabled(True)
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, root)
        os.environ[STATE_VARIABLE] = str(Path(root) / "state")
        app = make_application()
        workbench = Application(server_root=Path(root) / "server")
        pages = {f"{place + 1}-{name}": Path(readme) / f"{name}.png" for place, name in enumerate(TABS) if readme}
        story = ScreenshotTour(workbench, ScreenshotCamera(workbench.window, out, pages), Path(root))
        try:
            story.show_empty(f"-x{scale}" if scale else "")
            story.work()
            if scale:
                story.photograph(LARGE, f"-4k-x{scale}")
            else:
                _all(story, Path(root), arguments[1:])
        except TooSlowError as err:
            sys.stderr.write(f"screenshots: {err}\n")
            return 1
        finally:
            workbench.window.tabs.close()
            workbench.shut_down()
            app.closeAllWindows()
    if not scale:
        # Once more in a process of its own, at twice the resolution.
        done = subprocess.run([sys.executable, "-m", "screenshots", str(out), SCALED, "2"], check=False)
        return done.returncode
    sys.stdout.write(f"{out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
