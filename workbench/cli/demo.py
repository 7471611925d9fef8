"""`demo`: the main job on the sample project, end to end and headless, each step with its figures."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from workbench.cli.output import console
from workbench.cli.rows import summary
from workbench.cli.serve import running_server
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import describe_shape
from workbench.spec.image_size import size_words
from workbench.spec.model import Row
from workbench.spec.preprocess import Preprocess
from workbench.spec.printable import one_line
from workbench.spec.project import Project, load_project, save_project
from workbench.spec.release import PushOrder
from workbench.spec.render import render_text
from workbench.spec.resources import resource
from workbench.spec.signature import compose
from workbench.spec.size_text import size_text
from workbench.spec.target import PushResult
from workbench.spec.targets.local import LocalTarget

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

MODEL_NAME = "digits"
SHOWN_ROWS = 4


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="Working folder.  [default: a new temporary folder]"
)
def demo(folder: Path | None) -> None:
    """Run the whole workflow on the sample: inspect, signature, export, predict, push, call, roll back.

    Nothing is simulated: it runs TensorFlow, the google clients, and a local target as a child process.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="workbench-demo-"))
    if place.exists() and any(place.iterdir()):
        hint = "Use an empty or a new folder."
        raise WorkbenchError("NOT_EMPTY", "The folder is not empty.", where=str(place), hint=hint)
    shutil.copytree(resource("sample"), place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    Demo(place, console()).run()


class Demo:
    """The steps in their order; each prints a heading, its seconds and what it found."""

    def __init__(self, place: Path, out: Console) -> None:
        self._place = place
        self._out = out
        self._number = 0
        self._seconds = 0.0
        self.project = load_project(place / "project.toml")
        self.images = [str(place / "images")]

    @property
    def _preprocess(self) -> Preprocess:
        found = self.project.preprocess
        assert found is not None  # The sample is a model of images.
        return found

    def run(self) -> None:
        """Run all steps. Raises `WorkbenchError` if a step fails or the numbers do not agree."""
        self._inspect()
        self._signature()
        self._export()
        local = self._predict()
        self._gate()
        with running_server(self._place / "local-target") as url:
            self._deploy(LocalTarget(url=url), local)
        self._out.print(f"\n[bold green]Done in {self._seconds:.1f} s.[/] The files are in {self._place}")

    def _step(self, title: str, work: Callable[[], T]) -> T:
        self._number += 1
        start = time.perf_counter()
        result = work()
        spent = time.perf_counter() - start
        self._seconds += spent
        self._out.print(f"\n[bold cyan]{self._number}. {title}[/]  [dim]{spent:.2f} s[/]")
        return result

    def _say(self, text: str) -> None:
        self._out.print(f"   {one_line(text)}", markup=False)

    def _inspect(self) -> None:
        facts = self._step("Inspect the model", lambda: jobs.inspect(self._place / self.project.model))
        self._say(
            f"{facts.class_name}, Keras {facts.keras_version}, {facts.layers} layers, {facts.parameters:,} parameters"
        )
        for tensor in facts.inputs:
            self._say(f"input  {tensor.name} {tensor.dtype} {describe_shape(tensor.shape)}")
        for tensor in facts.outputs:
            self._say(f"output {tensor.name} {tensor.dtype} {describe_shape(tensor.shape)}")

    def _signature(self) -> None:
        facts = jobs.inspect(self._place / self.project.model)
        made = self._step("Compose the signature", lambda: compose(facts, self.project))
        made.refuse_problems(where=str(self._place))
        settings = self._preprocess
        self._say(f"images read as by {settings.reader}, {size_words(settings.size)}, scale {settings.scale}")
        shown = {name: s for name, s in made.signatures.items() if name == made.serving}
        for line in render_text(shown).splitlines()[2:]:
            self._say(line)
        others = ", ".join(name for name in made.signatures if name not in shown)
        self._say(f"with it, on the same weights: {others}")

    def _export(self) -> None:
        output = self._place / "export"
        result = self._step("Export", lambda: jobs.export(self.project, self._place, output))
        steps = ", ".join(f"{s.name} {s.seconds:.2f} s" for s in result.steps)
        self._say(f"{result.files} files, {size_text(result.bytes)}; {steps or 'found in the cache'}")
        self._say(f"TensorFlow {result.runtime} and later can load it")
        if not result.reused:
            self._say(f"reloaded in a v1 Session: differs from the model by at most {result.difference:.1e}")

    def _predict(self) -> list[Row]:
        rows = self._step(
            "Predict on images not used in training",
            lambda: self._rows(jobs.predict(self._place / "export", self.images, values={}, features={})),
        )
        self._print_rows(rows)
        right = sum(
            summary(r, self.project.signature.labels, 1).startswith(Path(r.source).name.split("_")[0]) for r in rows
        )
        self._say(f"{right} of {len(rows)} digits recognised correctly")
        return rows

    def _gate(self) -> None:
        report, _ = self._step("Run the release gate", lambda: jobs.check(self.project, self._place))
        for check in report.checks:
            self._say(f"{check.verdict:<5}{check.title}: {check.message}")
        self._say(f"verdict: {report.verdict}, by {report.images} images")

    @staticmethod
    def _rows(batches: Iterable[list[Row]]) -> list[Row]:
        return [row for batch in batches for row in batch]

    def _print_rows(self, rows: list[Row]) -> None:
        for row in rows[:SHOWN_ROWS]:
            if row.error:
                raise WorkbenchError(row.error.code, row.error.message, where=row.source)
            self._say(f"{Path(row.source).name:<18}{summary(row, self.project.signature.labels)}")
        if len(rows) > SHOWN_ROWS:
            self._say(f"... and {len(rows) - SHOWN_ROWS} more")

    def _deploy(self, target: LocalTarget, local: list[Row]) -> None:
        self._push(target, self.project, "v1", "Push version v1 with the google clients")
        self._call(target, local)
        self._push(target, self.project, "", "Push the same again")
        other = msgspec.structs.replace(
            self.project, preprocess=msgspec.structs.replace(self._preprocess, reader="load_img:nearest")
        )
        save_project(other, self._place / "nearest.toml")
        self._refuse(other)
        title = "Push version v2 with an override reason, as the default"
        self._push(target, other, "v2", title, default=True, override="to practise rolling back")
        self._roll_back(target)

    def _refuse(self, project: Project) -> None:
        """Training read with another kernel, so the gate must say no. Raises `WorkbenchError` where it does not."""

        def work() -> str:
            try:
                jobs.gate(project, self._place)
            except WorkbenchError as err:
                return err.message
            raise WorkbenchError("DEMO_DIFFERS", "The gate passed another image loading.")

        self._say(self._step("Push version v2 (reader load_img:nearest): the gate fails", work))

    def _push(
        self,
        target: LocalTarget,
        project: Project,
        version: str,
        title: str,
        *,
        default: bool = False,
        override: str = "",
    ) -> None:
        def work() -> PushResult:
            gate = jobs.gate(project, self._place, override=override)
            order = PushOrder(model=MODEL_NAME, version=version, default=default, gate=gate)
            return jobs.push(project, self._place, target, order)

        result = self._step(title, work)
        what = "already there, nothing sent" if result.repeated else f"{size_text(result.bytes)} to {result.origin}"
        self._say(f"{result.resource}: {what}")

    def _call(self, target: LocalTarget, local: list[Row]) -> None:
        form = jobs.form_for(self.project, self._place)
        rows = self._step(
            "Call it over HTTP",
            lambda: self._rows(jobs.call(target, self.images, model=MODEL_NAME, form=form, values={}, features={})),
        )
        self._print_rows(rows)
        worst = max(_difference(a, b, self.project.signature.scores_key) for a, b in zip(local, rows, strict=True))
        if worst > 1e-5:
            raise WorkbenchError("DEMO_DIFFERS", f"The served scores differ from the local ones by {worst:.1e}.")
        self._say(f"the same {len(rows)} predictions as locally: largest difference {worst:.1e}")

    def _roll_back(self, target: LocalTarget) -> None:
        found = self._step("Roll back to v1", lambda: jobs.set_default(target, MODEL_NAME, "v1"))
        for version in found:
            self._say(f"{version.name}  {version.state}  {'default' if version.default else ''}")


def _difference(one: Row, other: Row, key: str) -> float:
    a, b = ((row.prediction or {})[key] for row in (one, other))
    if not isinstance(a, list) or not isinstance(b, list):
        raise WorkbenchError("DEMO_DIFFERS", "The reply contains no list of scores.", where=one.source)
    return max(abs(float(x) - float(y)) for x, y in zip(a, b, strict=True))
