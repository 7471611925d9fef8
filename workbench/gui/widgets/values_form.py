"""One line a request key: its name, its value (JSON, or a picture's file), what it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.texts import tr
from workbench.gui.values import describe_feed, example, fills_itself, read_value, value_text
from workbench.gui.widgets.key_filters import one_undo
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureInput


class ValuesForm(QWidget):
    """Edits a dict of key -> value; what is empty or wrong is left out of `value()`."""

    value_changed = Signal(object)  # dict[str, object]
    typed = Signal(str, object)  # key, dict[str, object]: told before `value_changed`, of what a person does alone
    edit_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setColumnStretch(1, 1)
        self._lines: dict[str, _KeyEditor] = {}

    def set_feeds(self, feeds: Sequence[SignatureInput], *, pictured: bool = True) -> None:
        """Show a line for each key beside the first picture's, if there is one; what was typed for a key is kept."""
        if [line.feed for line in self._lines.values()] == list(feeds):
            return
        typed = {key: line.edit.text() for key, line in self._lines.items()}
        self._empty()
        for place, feed in enumerate(feeds):
            line = _KeyEditor(feed, pictured, self)
            line.edit.setText(typed.get(feed.alias, ""))
            line.edit.textChanged.connect(partial(self._on_typed, feed.alias))
            line.edit.editingFinished.connect(self.edit_ended)
            line.put(self._layout, place)
            self._lines[feed.alias] = line
        self._on_changed()

    def value(self) -> dict[str, object]:
        """The values that were typed and can be read."""
        read = {key: line.read() for key, line in self._lines.items()}
        return {key: value for key, (value, problem) in read.items() if value is not None and not problem}

    def show_values(self, values: Mapping[str, object]) -> None:
        """Show these values, as one whom nobody has typed; keys without one are emptied."""
        self.blockSignals(True)
        for key, line in self._lines.items():
            line.edit.setText(value_text(values[key]) if key in values else "")
        self.blockSignals(False)

    def set_text(self, key: str, text: str) -> None:
        """Type a key's value."""
        self._lines[key].edit.setText(text)

    def set_inherited(self, key: str, text: str) -> None:
        """Say which value a key has while nothing is typed for it; empty: whatever is usual."""
        self._lines[key].set_inherited(text)

    def takes(self, values: Mapping[str, object]) -> bool:
        """Whether there is a line for each of these values."""
        return set(values) <= set(self._lines)

    def problem(self, key: str) -> str:
        """What is wrong with a key's value."""
        return self._lines[key].read()[1]

    def _on_typed(self, key: str, _text: str) -> None:
        self.typed.emit(key, self.value())
        self._on_changed()

    def _on_changed(self) -> None:
        for line in self._lines.values():
            line.show_problem()
        self.value_changed.emit(self.value())

    def _empty(self) -> None:
        for line in self._lines.values():
            for widget in line.widgets():
                self._layout.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._lines = {}


class _KeyEditor:
    """The widgets of one key."""

    def __init__(self, feed: SignatureInput, pictured: bool, parent: QWidget) -> None:
        self.feed = feed
        self._usual = _placeholder(feed, pictured)
        self.label = QLabel(feed.alias)
        self.edit = QLineEdit(placeholderText=self._usual)
        self.edit.setAccessibleName(feed.alias)
        self.edit.setAccessibleDescription(describe_feed(feed))
        self.label.setBuddy(self.edit)
        # Its steps are the window's.
        one_undo(self.edit)
        # What is dropped anywhere belongs to the window.
        self.edit.setAcceptDrops(False)
        self.editor = _with_chooser(self.edit, feed.alias, parent) if feed.kind == "image" else self.edit
        self.kind = ToneLabel(describe_feed(feed), "muted")

    def put(self, layout: QGridLayout, place: int) -> None:
        for column, widget in enumerate(self.widgets()):
            layout.addWidget(widget, place, column)

    def set_inherited(self, text: str) -> None:
        self.edit.setPlaceholderText(text or self._usual)

    def widgets(self) -> tuple[QWidget, ...]:
        return self.label, self.editor, self.kind

    def read(self) -> tuple[object, str]:
        text = self.edit.text().strip()
        if not text:
            return None, ""
        try:
            return read_value(text, self.feed), ""
        except WorkbenchError as err:
            return None, err.message

    def show_problem(self) -> None:
        problem = self.read()[1]
        self.kind.setText(problem or describe_feed(self.feed))
        self.kind.set_tone("error" if problem else "muted")


def _with_chooser(edit: QLineEdit, key: str, parent: QWidget) -> QWidget:
    """A line for a file's name with a button that asks for one."""
    button = QToolButton()
    button.setToolTip(tr("ValuesForm", "Choose a file"))
    button.setAccessibleName(tr("ValuesForm", "Choose a file for {key}").format(key=key))
    icons.put(button, "open")

    def choose() -> None:
        dialog = QFileDialog(parent, tr("ValuesForm", "An image for {key}").format(key=key))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(edit.setText)
        dialog.open()

    button.clicked.connect(choose)
    both = QWidget()
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(edit, 1)
    layout.addWidget(button)
    return both


def _placeholder(feed: SignatureInput, pictured: bool) -> str:
    if feed.kind == "image":
        return tr("ValuesForm", "a file, or a file name in the folder of the first image")
    if fills_itself(feed):
        usual = tr("ValuesForm", "the image's path unless set")
        return usual if pictured else tr("ValuesForm", "identifies the instance unless set")
    value = example(feed.tensor)
    return tr("ValuesForm", "for instance {value}").format(value=value) if value else ""
