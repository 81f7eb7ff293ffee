"""Bar: on top of the window: the workspaces, what the current Run is, what stands beside it. Made by the window."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from app.workspaces import Workspaces


class Bar(QToolBar):
    """The buttons of `workspaces`, the `title` of the current Run, `compare` with a pinned one, and the `map`."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__("Workspaces")
        self.setObjectName("workspaces")
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
        product = QLabel("Latent Loupe")
        product.setObjectName("product")
        self.addWidget(product)
        workspaces.fill(self)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.title = QLabel()
        self.title.setObjectName("title")
        self.addWidget(self.title)
        self.compare = self._switch(
            "A | B",
            "Compare with the pinned Run",
            "Pin this Run as A; what you change next is B, drawn beside it with their difference.",
        )
        self.map = self._switch(
            "Map", "Map beside the canvas", "Show the particles on a map of the data (UMAP) beside the canvas. U"
        )

    def _switch(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setToolTip(tip)
        button.setAccessibleName(name)
        self.addWidget(button)
        return button
