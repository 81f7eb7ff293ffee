"""Banner: one sentence above the canvas until it is dismissed: what went wrong, or what is offered. For the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget


class Banner(QWidget):
    """One sentence about what went wrong, with a button that dismisses it."""

    dismissed = Signal()

    def __init__(self, name: str = "banner") -> None:
        """`name` is what the style sheet calls it."""
        super().__init__()
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)  # a file's name is no markup
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip("Dismiss.")
        self.close_button.setAccessibleName("Dismiss the message")
        self.close_button.clicked.connect(self.hide)
        self.close_button.clicked.connect(self.dismissed)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 6, 6, 6)
        self.row.addWidget(self.text, 1)
        self.row.addWidget(self.close_button)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence."""
        self.text.setText(sentence)
        self.text.setAccessibleName(sentence)
        self.show()


class Offer(Banner):
    """One sentence about what can be had, with a button for it."""

    accepted = Signal()

    def __init__(self) -> None:
        super().__init__("offer")
        self.button = QPushButton()
        self.button.clicked.connect(self.hide)
        self.button.clicked.connect(self.accepted)
        self.row.insertWidget(1, self.button)

    def make(self, sentence: str, button: str, about: str) -> None:
        """Offer what the sentence says; `about` is what the button does."""
        self.button.setText(button)
        self.button.setToolTip(about)
        self.button.setAccessibleName(button)
        self.say(sentence)
