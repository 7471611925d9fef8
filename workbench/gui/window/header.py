"""The line above the tabs: which model, which project, how its export, the release gate and the engine are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import ElidedLabel

if TYPE_CHECKING:
    from workbench.gui.engine.state import EngineState
    from workbench.gui.gate.run import GateRun
    from workbench.gui.project.export_state import ExportWatch
    from workbench.gui.project.session import ProjectSession
    from workbench.gui.widgets.icon_label import IconLabel
    from workbench.spec.model import ExportResult

_SIDE: Final = 24


class Header(QWidget):
    """Five pairs of an icon, a word and a remark; they say "nothing open" until a session is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = _StatusItem("model", self.tr("No model"), self.tr("drop a file here"))
        self.project = _StatusItem("signature", self.tr("No project"), self.tr("open a model first"))
        self.export = _StatusItem("deploy", self.tr("Export"), self.tr("not exported yet"))
        self.gate = _StatusItem("shield", self.tr("Release gate"), self.tr("not run yet"))
        self.engine = _StatusItem("server", self.tr("Engine"), self.tr("not started"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 10)
        layout.setSpacing(24)
        for pair in (self.model, self.project, self.export, self.gate, self.engine):
            layout.addWidget(pair, 1)

    def dress(self) -> None:
        """Give the pairs their icons; the first paint does without them."""
        for pair in (self.model, self.project, self.export, self.gate, self.engine):
            pair.dress()

    def show_session(self, session: ProjectSession) -> None:
        """Show what is open."""
        self._show_model(session)
        self._show_project(session)

    def _show_model(self, session: ProjectSession) -> None:
        facts = session.facts
        if facts is None:
            self.model.show_text(self.tr("No model"), self.tr("drop a file here"))
            self.model.set_icon("model", "accent")
            return
        sizes = self.tr("inputs: {inputs}, outputs: {outputs}, layers: {layers}")
        if len(facts.inputs) == 1 and len(facts.outputs) == 1:
            sizes = self.tr("layers: {layers}, Keras {keras}")
        counts = {"inputs": len(facts.inputs), "outputs": len(facts.outputs), "layers": facts.layers}
        name = facts.path.replace("\\", "/").rpartition("/")[2]
        self.model.show_text(name, sizes.format(**counts, keras=facts.keras_version or "?"))
        self.model.set_icon(facts.format, "accent")

    def _show_project(self, session: ProjectSession) -> None:
        dirty = session.project is not None and session.dirty
        self.project.set_tone("warn" if dirty else "muted")
        if session.project is None:
            unknown = self.tr("inputs not known yet")
            remark = self.tr("open a model first") if session.facts is None else unknown
            self.project.show_text(self.tr("No project"), remark)
            return
        name = session.path.name if session.path else self.tr("New project")
        saved = self.tr("saved") if session.path else self.tr("not saved yet")
        self.project.show_text(name, self.tr("changed, not saved") if dirty else saved)

    def show_export(self, watch: ExportWatch) -> None:
        """Show where the export is."""
        result, state = watch.result, watch.state.value
        words, tone = {
            "none": (self.tr("not exported yet"), "muted"),
            "made": (self._size(result), "ok"),
            "stale": (self.tr("settings changed since"), "warn"),
        }[state]
        self.export.show_text(self.tr("Export"), words)
        self.export.set_icon("deploy" if state == "none" else "done" if state == "made" else "attention", tone)
        self.export.set_tone("warn" if state == "stale" else "muted")

    def _size(self, result: ExportResult | None) -> str:
        if result is None:
            return ""
        from workbench.gui.texts import size_text

        reach = self.tr(", TensorFlow {release}+").format(release=result.runtime) if result.runtime else ""
        return size_text(result.bytes) + reach

    def show_engine(self, state: EngineState) -> None:
        """Show where the engine is."""
        words, icon, tone = {
            "off": (self.tr("not started"), "server", "muted"),
            "starting": (self.tr("starting..."), "working", "accent"),
            "loading": (self.tr("TensorFlow is loading..."), "working", "accent"),
            "predicts": (self.tr("exports run, TensorFlow is loading..."), "working", "accent"),
            "ready": (self.tr("TensorFlow is ready"), "done", "ok"),
            "ended": (self.tr("stopped; restarts when needed"), "attention", "error"),
        }[state.value]
        self.engine.show_text(self.tr("Engine"), words)
        self.engine.set_icon(icon, tone)

    def show_gate(self, run: GateRun) -> None:
        """Show the release gate's verdict, as long as it is on what is open."""
        from workbench.gui.gate.status import badge

        shown = badge(run)
        self.gate.show_text(self.tr("Release gate"), shown.word)
        self.gate.set_tone(shown.tone)
        self.gate.set_icon(shown.icon, shown.tone)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawTiledPixmap(self.rect(), _plain(tones().card))
        painter.drawTiledPixmap(0, self.height() - 1, self.width(), 1, _plain(tones().line))
        painter.end()


def _plain(colour: QColor) -> QPixmap:
    """A tile of one colour. `fillRect` and `setPen` make the enums of the `Qt` namespace: 16 ms before the window."""
    tile = QPixmap(8, 8)
    tile.fill(colour)
    return tile


class _StatusItem(QWidget):
    """Icon, bold word, remark below it."""

    def __init__(self, icon: str, word: str, remark: str) -> None:
        super().__init__()
        self._look = icon, "accent"
        self._icon: IconLabel | None = None
        self._room = QWidget()
        self._room.setFixedWidth(_SIDE)
        self._word = ElidedLabel(bold=True)
        self._remark = ElidedLabel(tone="muted", scale=0.92)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._word)
        texts.addWidget(self._remark)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._room)
        layout.addLayout(texts, 1)
        self.show_text(word, remark)

    def show_text(self, word: str, remark: str) -> None:
        self._word.set_text(word)
        self._remark.set_text(remark)

    def set_tone(self, tone: str) -> None:
        self._remark.set_tone(tone)

    def set_icon(self, name: str, tone: str) -> None:
        self._look = name, tone
        if self._icon is not None:
            self._icon.set_icon(name, tone)

    def dress(self) -> None:
        """Put the icon into the room kept for it."""
        from workbench.gui.widgets.icon_label import IconLabel

        name, tone = self._look
        self._icon = IconLabel(name, _SIDE, tone)
        layout = self.layout()
        assert layout is not None
        layout.replaceWidget(self._room, self._icon)
        self._room.hide()

    def text(self) -> str:
        """Word and remark, for those who ask what is to be seen."""
        return f"{self._word.toolTip()}: {self._remark.toolTip()}"
