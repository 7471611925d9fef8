"""The small editors of the Inputs tab: a choice with words, a size, a scale. value/set_value/value_changed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from workbench.spec.image_size import AS_SENT, MAX_SIDE, USUAL_SIZE, Size
from workbench.spec.scale import BY_HAND, SCALE_WORDS


class ChoiceEditor(QComboBox):
    """One of some words; the key is the value. A value that is not among them is added as it is."""

    value_changed = Signal(str)

    def __init__(self, options: Mapping[str, str] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Long words must not decide how wide the window is.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(24)
        self.set_options(options or {})
        self.currentIndexChanged.connect(self._on_index_changed)

    def set_name(self, name: str) -> None:
        """What screen readers call the box and its list, where no `Field` says it."""
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)

    def set_options(self, options: Mapping[str, str]) -> None:
        """Replace the words; emits nothing."""
        blocker = QSignalBlocker(self)
        self.clear()
        for key, words in options.items():
            self.addItem(words, key)
        blocker.unblock()

    def value(self) -> str:
        """The chosen key."""
        return str(self.currentData() or "")

    def set_value(self, value: str) -> None:
        """Choose a key; emits nothing."""
        blocker = QSignalBlocker(self)
        index = self.findData(value)
        if index < 0:
            self.addItem(value, value)
            index = self.count() - 1
        self.setCurrentIndex(index)
        blocker.unblock()

    def _on_index_changed(self, _index: int) -> None:
        self.value_changed.emit(self.value())


class SizeEditor(QWidget):
    """Height and width in pixels, or, where that is offered, each image's own size."""

    value_changed = Signal(object)  # Size: (height, width) or "as sent"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.height_box = self._box(self.tr("Height in pixels"))
        self.width_box = self._box(self.tr("Width in pixels"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.height_box)
        layout.addWidget(QLabel("×"))
        layout.addWidget(self.width_box)
        layout.addWidget(QLabel(self.tr("pixels, height × width")))
        self.as_sent = QCheckBox(self.tr("as &sent, not resized"))
        self.as_sent.toggled.connect(self._on_changed)
        self.as_sent.hide()
        layout.addWidget(self.as_sent)
        layout.addStretch(1)

    def value(self) -> Size:
        """(height, width), or `AS_SENT`."""
        return AS_SENT if self.as_sent.isChecked() else (self.height_box.value(), self.width_box.value())

    def set_value(self, value: Size, usual: tuple[int, int] = USUAL_SIZE) -> None:
        """Show a size; emits nothing. `usual` is what the boxes have while images are taken as sent."""
        as_sent = isinstance(value, str)
        numbers = usual if isinstance(value, str) else value
        for box, number in zip((self.height_box, self.width_box), numbers, strict=True):
            blocker = QSignalBlocker(box)
            box.setValue(number)
            blocker.unblock()
            box.setEnabled(not as_sent)
        blocker = QSignalBlocker(self.as_sent)
        self.as_sent.setChecked(as_sent)
        blocker.unblock()

    def offer_as_sent(self, offered: bool) -> None:
        """Offer each image's own size; where it is chosen already it stays in sight."""
        self.as_sent.setVisible(offered or self.as_sent.isChecked())

    def _box(self, name: str) -> QSpinBox:
        box = QSpinBox(minimum=1, maximum=MAX_SIDE)
        box.setAccelerated(True)
        box.setMinimumWidth(84)
        box.setAccessibleName(name)
        box.lineEdit().setAccessibleName(name)
        box.valueChanged.connect(self._on_changed)
        return box

    def _on_changed(self) -> None:
        for box in (self.height_box, self.width_box):
            box.setEnabled(not self.as_sent.isChecked())
        self.value_changed.emit(self.value())


class ScaleEditor(QWidget):
    """A named scale, or mean and deviation typed by hand; the value is the project's own text."""

    value_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = {key: f"{key} - {text}" for key, text in SCALE_WORDS.items()}
        self.choice = ChoiceEditor(words | {BY_HAND: self.tr("mean/std - custom")})
        mean, deviation = self.tr("Mean in pixel values (0-255)"), self.tr("Standard deviation in pixel values (0-255)")
        self._mean = self._line(self.tr("mean: one number or R, G, B"), mean)
        self._std = self._line(self.tr("std: one number or R, G, B"), deviation)
        self._numbers = QWidget()
        numbers = QHBoxLayout(self._numbers)
        numbers.setContentsMargins(0, 0, 0, 0)
        numbers.addWidget(self._mean)
        numbers.addWidget(self._std)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.choice)
        layout.addWidget(self._numbers)
        self._numbers.hide()
        self.choice.value_changed.connect(self._on_changed)

    def value(self) -> str:
        """The scale as the project file has it."""
        if self.choice.value() != BY_HAND:
            return self.choice.value()
        return f"{BY_HAND}{self._mean.text().replace(' ', '')}/{self._std.text().replace(' ', '')}"

    def set_value(self, value: str) -> None:
        """Show a scale; emits nothing."""
        by_hand = value.startswith(BY_HAND)
        self.choice.set_value(BY_HAND if by_hand else value)
        self._numbers.setVisible(by_hand)
        if by_hand and value != self.value():
            mean, _, std = value.removeprefix(BY_HAND).partition("/")
            for line, text in ((self._mean, mean), (self._std, std)):
                blocker = QSignalBlocker(line)
                line.setText(text)
                blocker.unblock()

    def _line(self, placeholder: str, name: str) -> QLineEdit:
        line = QLineEdit(placeholderText=placeholder)
        line.setAccessibleName(name)
        line.textChanged.connect(self._on_changed)
        return line

    def _on_changed(self, _text: str) -> None:
        self._numbers.setVisible(self.choice.value() == BY_HAND)
        self.value_changed.emit(self.value())
