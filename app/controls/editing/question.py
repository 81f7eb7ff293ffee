"""Question: a sentence with what one can do about it, in the panel where it belongs, instead of a dialog over it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.controls.editing.segments import narrow


class Question(QWidget):
    """Hidden until something is asked, and again once it is answered or taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = QLabel()
        self.sentence.setObjectName("note")
        self.sentence.setWordWrap(True)
        self.answers: dict[str, QPushButton] = {}
        self._row = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(3)
        column.addWidget(self.sentence)
        column.addLayout(self._row)
        self.hide()

    def ask(self, sentence: str, answers: dict[str, Callable[[], object]]) -> None:
        """Ask, in place of what was asked before; an answer is called once the question is gone."""
        if sentence == self.sentence.text() and list(answers) == list(self.answers):
            return  # the focus stays where it is
        self.withdraw()
        self.sentence.setText(sentence)
        for text, answer in answers.items():
            button = self.answers[text] = QPushButton(text)
            button.setAccessibleDescription(sentence)
            button.setToolTip(sentence)
            button.clicked.connect(lambda _=False, answer=answer: self._take(answer))
            narrow(button)
            self._row.addWidget(button, 1)
        self.show()

    def withdraw(self) -> None:
        """Ask no more."""
        self.hide()
        self.sentence.setText("")
        for button in self.answers.values():
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.answers = {}

    def _take(self, answer: Callable[[], object]) -> None:
        self.withdraw()
        answer()
