"""The versions at a target as a table."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QDateTime, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from workbench.gui.theme import tones
from workbench.spec.target import VersionInfo

Index = QModelIndex | QPersistentModelIndex


class VersionsModel(QAbstractTableModel):
    """Version, state, default, created; the default one is bold."""

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
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Version"), self.tr("State"), self.tr("Default"), self.tr("Created"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._versions):
            return None
        version = self._versions[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(version, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return version.error or version.resource
            case Qt.ItemDataRole.FontRole if version.default:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.ForegroundRole if version.error:
                return tones().error
        return None

    def _text(self, version: VersionInfo, column: int) -> str:
        default = self.tr("default") if version.default else ""
        return (version.name, version.error or version.state, default, _when(version.created))[column]


def _when(created: str) -> str:
    """The service's UTC time as the time here."""
    time = QDateTime.fromString(created, Qt.DateFormat.ISODateWithMs)
    return QLocale().toString(time.toLocalTime(), "yyyy-MM-dd  HH:mm:ss") if time.isValid() else created
