"""The export dialog: a preview, the scale, the size in pixels, and where to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
)

from app.export.picture import export_png, render
from engine.errors import InputError
from engine.run import Run

if TYPE_CHECKING:
    from app.window import Window

PREVIEW = 420
"""Width and height of the preview, in points."""

INSIDE = "The Run is stored inside the PNG: open the file in Latent Loupe to get it back."
INSIDE_B = "The Run of B is stored inside the PNG. To keep A's as well, exchange them (B) and save the Run (Ctrl+S)."


class ExportDialog(QDialog):
    """Export what the canvas shows now, as a PNG with `run`, of which it was drawn, inside."""

    def __init__(self, window: Window, run: Run, folder: Path) -> None:
        super().__init__(window)
        self._run = run
        self._window = window
        self._folder = folder
        self.setWindowTitle("Export the canvas")
        self.scale = QSpinBox()
        self.scale.setRange(1, 8)
        self.scale.setValue(2)
        self.scale.setSuffix(" ×")
        self.scale.setAccessibleName("Scale")
        self.scale.setToolTip("Pixels a point of the screen: lines and text are drawn anew, not enlarged.")
        self.size_text = QLabel()
        preview = QLabel()
        preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        preview.setPixmap(self._preview())
        note = QLabel(INSIDE if window.state.pinned is None else INSIDE_B)
        note.setWordWrap(True)
        note.setObjectName("muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._ask)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("Scale", self.scale)
        form.addRow("Size", self.size_text)
        layout = QVBoxLayout(self)
        layout.addWidget(preview)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(buttons)
        self.scale.valueChanged.connect(self._show_size)
        self._show_size()

    def _preview(self) -> QPixmap:
        pixels = render(self._window.canvas.figure, 1)
        height, width, _ = pixels.shape
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        smooth = Qt.TransformationMode.SmoothTransformation
        return QPixmap.fromImage(image).scaled(PREVIEW, PREVIEW, Qt.AspectRatioMode.KeepAspectRatio, smooth)

    def _show_size(self) -> None:
        size = self._window.canvas.figure.size() * self.scale.value()
        self.size_text.setText(f"{size.width()} × {size.height()} pixels")

    def _ask(self) -> None:
        run = self._run
        suggested = str(self._folder / f"{run.model.label}-{run.digest[:8]}.png")
        name, _ = QFileDialog.getSaveFileName(self, "Export the canvas", suggested, "PNG (*.png)")
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the PNG at the chosen scale and close; on failure say why and stay open."""
        window = self._window
        try:
            export_png(window.canvas.figure, self.scale.value(), self._run, path)
        except InputError as error:
            window.complain(str(error))
            return
        window.state.message.emit(f"Exported {path.name}.")
        self.accept()
