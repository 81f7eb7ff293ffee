"""Strip panel: what varies and how far, a player through the columns, and the sheet of their pictures.

Placed by the Latents workspace below the pictures that are painted on.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.bind import NumberBox
from app.controls.editing.segments import narrow
from app.controls.rows import Combo
from app.icons import IconButton
from app.safely import safely
from app.strips import COUNTS, VARIES, Strips
from app.views.numerals import tabular
from app.views.pace import Pace
from app.views.pane import Message
from app.views.player import Player
from app.views.strip_sheet import StripSheet
from engine.latents.strips import Column, Pictures

NAMES = {
    "strength": ("Over λ", "The intensity λ that is added to the latent where the mask m is: n + λ m."),
    "source": ("Over sources", "The particle that the latent is transferred from."),
    "share": ("Between two", "The share of the way from one latent to another along the great circle."),
    "steps": ("Over steps", "The same latents in 5, 10, 22 and 50 steps, and in as many as now."),
    "model": ("Over models", "The same latents through every model of such pictures, and how alike those become."),
    "none": ("No strip", "Nothing is drawn here."),
}
"""What can vary, with its name and what it is."""

WAITING = "The strip is drawn once the pictures above are."

SAID = 130
"""Points of height for a sentence in place of the pictures."""

LIMIT = 1e6
"""The largest λ that an edit takes."""


@dataclass(frozen=True, eq=False)
class Played:
    """Where an animation is: a column, its particles and their pictures [P, C, H, W], None while there are none."""

    column: Column
    particles: tuple[int, ...]
    pictures: Pictures | None


class StripPanel(QWidget):
    """The heading and the sheet. `shown` tells where the animation is, a `Played`, or None at its end. `reshaped`:
    another height may be `needed`. `export_wanted`: as a figure.
    """

    shown = Signal(object)
    reshaped = Signal()
    export_wanted = Signal()

    def __init__(self, strips: Strips, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strips = strips
        self.sheet, self.message = StripSheet(strips), Message()
        self.player = Player(lambda: len(self.sheet.columns))
        self.varies = Combo()
        for place, varies in enumerate(VARIES):
            self.varies.addItem(NAMES[varies][0])
            self.varies.setItemData(place, NAMES[varies][1], Qt.ItemDataRole.ToolTipRole)
        self.low, self.high = NumberBox(-LIMIT, LIMIT, False), NumberBox(-LIMIT, LIMIT, False)
        self.count = NumberBox(*COUNTS, True)
        self.fit, self.stop = QPushButton("Fit"), QPushButton("Cancel")
        self.progress = QLabel()
        about = "Export the strip as a figure, a film, or its numbers (Ctrl+E)."
        self.save = IconButton("save", "Export the strip", about)
        self._ends, self._counted = QWidget(), QWidget()
        self._describe()
        self._lay_out()
        self._connect()
        self._refresh()

    @property
    def sentence(self) -> str:
        """What stands in place of the sheet; empty while the sheet is shown, and where no strip is wanted."""
        said = self._stack.currentWidget() is self.message and not self._body.isHidden()
        return self.message.label.text() if said else ""

    def needed(self, width: int, height: int) -> int:
        """The height that it can use in that width, of at most `height`."""
        heading = self._heading.sizeHint().height()
        if self._strips.varies == "none":
            return heading
        return heading + (SAID if self.sentence else self.sheet.needed(width, height - heading))

    # -- made once -----------------------------------------------------------------------------------------------

    def _describe(self) -> None:
        """Say what each control does."""
        fit = "The range of λ that suits the mask: 8.9 standard deviations of the latent's mean there to each side."
        for widget, name, tip in (
            (self.varies, "What varies", "What varies from column to column."),
            (self.low, "First λ", "λ of the first column, in units of the latent's standard deviation."),
            (self.high, "Last λ", "λ of the last column, in units of the latent's standard deviation."),
            (self.count, "Number of columns", "How many columns the strip has."),
            (self.fit, "Fit the range of λ", fit),
            (self.stop, "Stop or draw the strip", "Stop drawing the strip, or draw what is missing of it."),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        for box, width in ((self.low, 62), (self.high, 62), (self.count, 34)):
            box.setFixedWidth(width)
        for button in (self.fit, self.stop):
            narrow(button)
        self.varies.setFixedWidth(130)
        self.progress.setFont(tabular(self.progress.font()))
        self.progress.setObjectName("muted")
        # What comes and goes keeps its place: the panels beside, and what one paints on, do not move while it is drawn.
        self.progress.setFixedWidth(self.progress.fontMetrics().horizontalAdvance("100 %"))
        policy = self.stop.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.stop.setSizePolicy(policy)

    def _lay_out(self) -> None:
        _in_row(self._ends, QLabel("λ from"), self.low, QLabel("to"), self.high, self.fit)
        _in_row(self._counted, self.count, QLabel("columns"))
        self._heading = row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        row.setSpacing(8)
        for widget in (self.varies, self._ends, self._counted, self.player):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.progress, self.stop, self.save):
            row.addWidget(widget)
        self._body = QWidget()
        self._stack = QStackedLayout(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._body, 1)
        column.addStretch()
        self._stack.addWidget(self.sheet)
        self._stack.addWidget(self.message)

    def _connect(self) -> None:
        strips = self._strips
        self.sheet.chosen.connect(strips.choose)
        self.player.moved.connect(self._show_played)
        self.varies.activated.connect(lambda place: strips.vary(VARIES[place]))
        for box in (self.low, self.high):
            box.valueChanged.connect(lambda: strips.set_range((self.low.value(), self.high.value()), strips.count))
        self.count.valueChanged.connect(lambda count: strips.set_range(strips.ends, int(count)))
        self.fit.clicked.connect(lambda: strips.set_range(None, strips.count))
        self.stop.clicked.connect(lambda: strips.cancel() if strips.drawing else strips.redraw())
        self.message.mend.clicked.connect(strips.redraw)
        self.save.clicked.connect(self.export_wanted)
        strips.changed.connect(Pace(self, self._refresh).ask)

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.player.stop()

    # -- what is shown -------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Show what the strips say now."""
        strips, sheet = self._strips, self._strips.sheet
        self.varies.setCurrentIndex(VARIES.index(strips.varies))
        self._ends.setVisible(strips.varies == "strength")
        self._counted.setVisible(strips.varies in ("strength", "share", "source"))
        columns = self.sheet.columns
        if strips.varies == "strength" and columns:
            _set(self.low, columns[0].value)
            _set(self.high, columns[-1].value)
        _set(self.count, strips.count)
        self.fit.setEnabled(strips.ends is not None)
        self.progress.setText(f"{100 * sheet.done // sheet.total} %" if strips.drawing and sheet is not None else "")
        self.stop.setText("Cancel" if strips.drawing else "Draw")
        self.stop.setVisible(strips.drawing or strips.incomplete)
        self.save.setEnabled(strips.complete)
        self.player.setEnabled(sheet is not None)
        self.sheet.refresh()
        self._show_sentence()
        self._body.setVisible(strips.varies != "none")
        self._body.updateGeometry()  # at once, so that what is needed now is known
        self.reshaped.emit()

    def _show_sentence(self) -> None:
        """The sheet, or why there is none."""
        strips = self._strips
        if strips.strip is not None and not strips.sentence:
            self._stack.setCurrentWidget(self.sheet)
            return
        failed = strips.strip is not None
        self.message.say(strips.sentence or WAITING, "Try again" if failed else None)
        self._stack.setCurrentWidget(self.message)

    def _show_played(self, place: int | None) -> None:
        """Mark the column that the animation is at, and tell of it."""
        self.sheet.play(place)
        strip, sheet = self._strips.strip, self._strips.sheet
        if place is None or strip is None or place >= len(strip.columns):
            self.shown.emit(None)
        else:
            pictures = None if sheet is None else sheet.pictures[place]
            self.shown.emit(Played(strip.columns[place], strip.particles, pictures))


def _in_row(whole: QWidget, *widgets: QWidget) -> None:
    """Put the widgets side by side into `whole`."""
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget)


def _set(box: NumberBox, value: float) -> None:
    """Show that value without telling that it changed."""
    box.blockSignals(True)
    box.setValue(value)
    box.blockSignals(False)
