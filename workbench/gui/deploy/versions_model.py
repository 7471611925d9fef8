"""The versions at a target as a table."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QDateTime, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from workbench.gui.rows.columns import RIGHT
from workbench.gui.texts import size_text
from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.target import VersionInfo

Index = QModelIndex | QPersistentModelIndex


class VersionColumn(IntEnum):
    """What stands where."""

    VERSION = 0
    STATE = 1
    DEFAULT = 2
    TRAFFIC = 3
    ALIASES = 4
    SIZE = 5
    CREATED = 6


class VersionsModel(QAbstractTableModel):
    """The default version is bold; one that failed says why in place of its state."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._versions: tuple[VersionInfo, ...] = ()

    @property
    def versions(self) -> tuple[VersionInfo, ...]:
        """What is shown."""
        return self._versions

    def set_versions(self, versions: tuple[VersionInfo, ...]) -> None:
        """Show other versions."""
        self.beginResetModel()
        self._versions = versions
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._versions)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(VersionColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings()[section]
        return None

    def has(self, column: VersionColumn) -> bool:
        """Whether any version has something to say in a column that not every kind of target fills."""
        if column is VersionColumn.TRAFFIC:
            return any(version.traffic is not None for version in self._versions)
        if column is VersionColumn.SIZE:
            return any(version.bytes for version in self._versions)
        return any(version.aliases for version in self._versions) if column is VersionColumn.ALIASES else True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._versions):
            return None
        version = self._versions[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(version, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(version.error or version.resource)
            case Qt.ItemDataRole.FontRole if version.default:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == VersionColumn.SIZE:
                return RIGHT
            case Qt.ItemDataRole.ForegroundRole if version.error:
                return tones().error
        return None

    def _headings(self) -> tuple[str, ...]:
        known = (self.tr("Version"), self.tr("State"), self.tr("Default"))
        return (*known, self.tr("Traffic"), self.tr("Aliases"), self.tr("Size"), self.tr("Created"))

    def _text(self, version: VersionInfo, column: int) -> str:
        match column:
            case VersionColumn.VERSION:
                return version.name
            case VersionColumn.STATE:
                return version.error or version.state
            case VersionColumn.DEFAULT:
                return self.tr("default") if version.default else ""
            case VersionColumn.TRAFFIC:
                return f"{version.traffic} %" if version.traffic is not None else ""
            case VersionColumn.ALIASES:
                return ", ".join(version.aliases)
            case VersionColumn.SIZE:
                return size_text(version.bytes) if version.bytes else ""
        return when_text(version.created)


def when_text(created: str) -> str:
    """A service's UTC time as the time here."""
    time = QDateTime.fromString(created, Qt.DateFormat.ISODateWithMs)
    return QLocale().toString(time.toLocalTime(), "yyyy-MM-dd  HH:mm:ss") if time.isValid() else created
