"""How the requests are shared between versions: a number a version, which make 100 together."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.card import paint_tinted, row
from workbench.gui.widgets.fitted_scroll import FittedScroll
from workbench.gui.widgets.key_filters import EscapeFilter
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.target import VersionInfo
from workbench.spec.targets.base import Target

WHOLE = 100
"""Percent of all requests."""


class TrafficPanel(QWidget):
    """`share_wanted` carries percent by version, the ones that get nothing left out where they have nothing now."""

    share_wanted = Signal(dict)
    asked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        EscapeFilter(self, self.leave)
        self._versions: tuple[VersionInfo, ...] = ()
        self._target: Target | None = None
        self.boxes: dict[str, QSpinBox] = {}
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._sum = ToneLabel("", bold=True)
        self._costs = ToneLabel("")
        self._costs.setWordWrap(True)
        self.apply_button = QPushButton(self.tr("Set re&quest split"))
        self.apply_button.clicked.connect(self._on_apply)
        icons.put(self.apply_button, "split")
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Cancel (Escape)"))
        self.cancel_button.clicked.connect(self.leave)
        icons.put(self.cancel_button, "close")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(ToneLabel(self.tr("Traffic split: share of requests per version"), bold=True))
        layout.addWidget(FittedScroll(self._rows, 120))
        layout.addWidget(self._costs)
        layout.addLayout(row(self._sum, self.apply_button, self.cancel_button, stretch=0))
        self.hide()

    @property
    def text(self) -> str:
        """The sum and what it costs."""
        return f"{self._sum.text()} {self._costs.text()}".strip()

    def begin(self, versions: Sequence[VersionInfo], target: Target) -> None:
        """Ask how to share between these versions."""
        self._versions, self._target = tuple(versions), target
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.boxes = {version.name: self._box(version, place) for place, version in enumerate(versions)}
        if versions and not any(version.traffic for version in versions):
            self.boxes[versions[-1].name].setValue(WHOLE)
        self._grid.setColumnStretch(2, 1)
        self._check()
        self.show()
        self.asked.emit(True)
        if self.boxes:
            next(iter(self.boxes.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Ask no more."""
        if not self.isHidden():
            self.hide()
            self.asked.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_tinted(self, tones().warn, 0.11, 6)

    def _box(self, version: VersionInfo, place: int) -> QSpinBox:
        box = QSpinBox(maximum=WHOLE, suffix=" %")
        box.setValue(version.traffic or 0)
        box.setAccessibleName(self.tr("Traffic of version {name}").format(name=version.name))
        box.lineEdit().setAccessibleName(box.accessibleName())
        box.valueChanged.connect(self._check)
        label = QLabel(" ".join((version.name, *(f"({alias})" for alias in version.aliases))))
        label.setBuddy(box)
        was = self.tr("now {n} %").format(n=version.traffic) if version.traffic is not None else self.tr("not deployed")
        for column, widget in enumerate((label, box, ToneLabel(was, "muted"))):
            self._grid.addWidget(widget, place, column)
        return box

    def _check(self) -> None:
        whole = sum(box.value() for box in self.boxes.values())
        self._sum.setText(self.tr("Sum {n} %").format(n=whole))
        self._sum.set_tone("ok" if whole == WHOLE else "error")
        self.apply_button.setEnabled(whole == WHOLE)
        self.apply_button.setToolTip("" if whole == WHOLE else self.tr("The sum must be 100 %."))
        fresh = [v.name for v in self._versions if v.traffic is None and self.boxes[v.name].value()]
        costs = self._target.traffic_costs() if self._target is not None and fresh else ()
        self._costs.setText(" ".join((self.tr("Takes effect immediately."), *costs)))

    def _on_apply(self) -> None:
        shares = {version.name: self.boxes[version.name].value() for version in self._versions}
        known = {version.name: version.traffic for version in self._versions}
        self.leave()
        self.share_wanted.emit({name: share for name, share in shares.items() if share or known[name] is not None})
