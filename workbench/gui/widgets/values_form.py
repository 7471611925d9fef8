"""One line a request key: its name, what it takes, a JSON value. value/set_value/value_changed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from workbench.gui.texts import tr
from workbench.gui.values import describe, example, read_value
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import TensorSpec


class ValuesForm(QWidget):
    """Edits a dict of key -> value; what is empty or wrong is left out of `value()`."""

    value_changed = Signal(object)  # dict[str, object]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setColumnStretch(1, 1)
        self._lines: dict[str, _Line] = {}

    def set_keys(self, keys: Mapping[str, TensorSpec], passthrough: tuple[str, ...]) -> None:
        """Show a line for each key; what was typed for a key that stays is kept."""
        typed = {key: line.edit.text() for key, line in self._lines.items()}
        if {k: line.spec for k, line in self._lines.items()} == dict(keys):
            return
        self._empty()
        for place, (key, spec) in enumerate(keys.items()):
            line = _Line(key, spec, passthrough=key in passthrough)
            line.edit.setText(typed.get(key, ""))
            line.edit.textChanged.connect(self._on_changed)
            line.put(self._layout, place)
            self._lines[key] = line
        self._on_changed()

    def value(self) -> dict[str, object]:
        """The values that were typed and can be read."""
        read = {key: line.read() for key, line in self._lines.items()}
        return {key: value for key, (value, problem) in read.items() if value is not None and not problem}

    def set_text(self, key: str, text: str) -> None:
        """Type a key's value."""
        self._lines[key].edit.setText(text)

    def problem(self, key: str) -> str:
        """What is wrong with a key's value."""
        return self._lines[key].read()[1]

    def _on_changed(self) -> None:
        for line in self._lines.values():
            line.show_problem()
        self.value_changed.emit(self.value())

    def _empty(self) -> None:
        for line in self._lines.values():
            for widget in line.widgets():
                self._layout.removeWidget(widget)
                widget.deleteLater()
        self._lines = {}


class _Line:
    """The widgets of one key."""

    def __init__(self, key: str, spec: TensorSpec, *, passthrough: bool) -> None:
        self.spec = spec
        self.label = QLabel(key)
        self.edit = QLineEdit(placeholderText=_placeholder(spec, passthrough))
        self.edit.setAccessibleName(key)
        self.edit.setAccessibleDescription(describe(spec))
        self.label.setBuddy(self.edit)
        # What is dropped anywhere belongs to the window.
        self.edit.setAcceptDrops(False)
        self.kind = ToneLabel(describe(spec), "muted")

    def put(self, layout: QGridLayout, place: int) -> None:
        for column, widget in enumerate(self.widgets()):
            layout.addWidget(widget, place, column)

    def widgets(self) -> tuple[QWidget, ...]:
        return self.label, self.edit, self.kind

    def read(self) -> tuple[object, str]:
        text = self.edit.text().strip()
        if not text:
            return None, ""
        try:
            return read_value(text, self.spec), ""
        except WorkbenchError as err:
            return None, err.message

    def show_problem(self) -> None:
        problem = self.read()[1]
        self.kind.setText(problem or describe(self.spec))
        self.kind.set_tone("error" if problem else "muted")


def _placeholder(spec: TensorSpec, passthrough: bool) -> str:
    if passthrough:
        return tr("ValuesForm", "the image's path, unless you say otherwise")
    return tr("ValuesForm", "for instance {value}").format(value=example(spec)) if example(spec) else ""
