"""The list of experiments: what each shows, in one line, and how far it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app import theme
from app.safely import safely
from app.studies import Studies, Study
from app.views.numerals import tabular
from engine.experiments.cost import rough

SPACE = 6
"""Points about the lines of an entry."""

_DESCRIPTION, _STATE, _SHARE = (Qt.ItemDataRole.UserRole + number for number in range(3))


def state_of(study: Study) -> str:
    """How far it is, in a few words: "new · 33 min", "running 34 %", "12 of 40 cells", "done"."""
    report = study.report
    if study.status == "running" and report is not None and report.progress is not None:
        return f"running {100 * report.progress.share:.0f} %"
    if study.status != "idle":
        failed = "cannot start" if report is None else "failed"
        return {"running": "running", "waiting": "waiting", "pausing": "pausing…", "failed": failed}[study.status]
    if report is None:
        return ""
    if report.done == len(report.rows):
        return "done"
    if report.done:
        return f"{report.done:,} of {len(report.rows):,} cells"
    return f"new · {rough(study.seconds_left or 0)}"


class ExperimentList(QListWidget):
    """The experiments; the arrow keys and a click choose one."""

    def __init__(self, studies: Studies) -> None:
        super().__init__()
        self._studies = studies
        self.setItemDelegate(_Entry(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(tabular(self.font()))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Experiments")
        self.setAccessibleDescription("What can be measured; the one chosen is shown. Up and Down go through them.")
        for study in studies.all:
            item = QListWidgetItem(study.experiment.title)
            item.setData(_DESCRIPTION, study.experiment.description)
            item.setToolTip(f"{study.experiment.description} ({study.experiment.source})")
            self.addItem(item)
            self._show(study)
        self.currentRowChanged.connect(self._choose)
        studies.changed.connect(self._show)
        studies.chosen_changed.connect(self._follow)
        self._follow(studies.chosen)

    def sizeHint(self) -> QSize:
        """All entries, up to eight."""
        return QSize(220, min(8, self.count()) * self.sizeHintForRow(0))

    def _choose(self, line: int) -> None:
        self._studies.choose(self._studies.all[line])

    def _follow(self, study: Study) -> None:
        self.setCurrentRow(self._studies.all.index(study))

    def _show(self, study: Study) -> None:
        item, state = self.item(self._studies.all.index(study)), state_of(study)
        told = study.report.progress if study.busy and study.report is not None else None
        item.setData(_STATE, state)
        item.setData(_SHARE, None if told is None else told.share)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{study.experiment.title}, {state}")


class _Entry(QStyledItemDelegate):
    """Title and state on one line, the description below, and a thin bar while it runs."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, 2 * option.fontMetrics.height() + 3 * SPACE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours, metrics = theme.scheme(), option.fontMetrics
        area: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(area, QColor(colours.raised))
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), QColor(colours.accent))
        inner = area.adjusted(2 * SPACE, SPACE, -SPACE, -SPACE)
        first = QRect(inner.left(), inner.top(), inner.width(), metrics.height())
        painter.setFont(option.font)
        painter.setPen(QColor(colours.muted))
        state = str(index.data(_STATE))
        painter.drawText(first, Qt.AlignmentFlag.AlignRight, state)
        second = first.translated(0, metrics.height() + SPACE // 2)
        description = str(index.data(_DESCRIPTION))
        painter.drawText(second, 0, metrics.elidedText(description, Qt.TextElideMode.ElideRight, second.width()))
        painter.setPen(QColor(colours.text))
        room = first.width() - metrics.horizontalAdvance(state) - SPACE
        painter.drawText(first, 0, metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room))
        share = index.data(_SHARE)
        if share is not None:
            bar = QRect(inner.left(), area.bottom() - 3, inner.width(), 2)
            painter.fillRect(bar, QColor(colours.line))
            painter.fillRect(QRect(bar.topLeft(), QSize(round(share * bar.width()), 2)), QColor(colours.muted))

    @safely
    def editorEvent(self, event: QEvent, *_: object) -> bool:
        """Nothing of an entry can be edited."""
        return False
