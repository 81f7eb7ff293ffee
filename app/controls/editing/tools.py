"""The tools that paint a mask: which one, how large and how soft, and what changes all of the mask at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.actions import TOOL_KEYS
from app.bind import Span, ValueRow
from app.controls.editing.segments import narrow
from app.controls.group import Group
from app.editing import SIZES, Editing, Tool
from app.icons import IconButton
from engine import painting
from engine.analysis.pictures import is_picture
from engine.mask import Mask
from engine.models.catalogue import ModelInfo

ABOUT: dict[Tool, str] = {
    "brush": "Paint: the mask m is 1 under the brush.",
    "eraser": "Wipe: m is 0 under the eraser. With Alt or the right button, each tool wipes.",
    "rectangle": "Drag a rectangle, from corner to corner.",
    "ellipse": "Drag an ellipse, from corner to corner of the box around it.",
    "fill": "Fill the area of one value that is clicked.",
}

WHOLE: dict[str, tuple[str, str, Callable[[Mask], Mask]]] = {
    "Invert": ("invert the mask", "m becomes 1 − m: inside and outside change places.", painting.invert),
    "Clear": ("clear the mask", "Nothing is painted: m is 0 everywhere.", painting.clear),
    "All": ("fill the mask", "Everything is painted: m is 1 everywhere.", lambda m: painting.invert(painting.clear(m))),
}
"""What changes the whole mask: what undo calls it, what it does, and the function."""


class ToolsGroup(Group):
    """A button a tool, the rows of size and softness, and buttons that invert, clear and fill the mask."""

    def __init__(self, editing: Editing) -> None:
        super().__init__("Tools")
        self._editing = editing
        self.tools: dict[Tool, IconButton] = {}
        self.diameter = ValueRow(
            "Size", "The diameter of the brush in pixels of the picture. [ and ]", Span(1, 2), *SIZES
        )
        self.soft = ValueRow("Soft", "How soft the edge is: 0 is hard, 1 fades from the middle.", Span(0, 1), 0, 1)
        self.whole: dict[str, QPushButton] = {}
        self._lay_out()
        for row, name in ((self.diameter, "size"), (self.soft, "soft")):
            row.changed.connect(lambda value, name=name: editing.set_tool(**{name: value}))
        editing.tool_changed.connect(self._show)
        editing.state.model_changed.connect(self._suit)
        self._suit(editing.state.model)

    def _lay_out(self) -> None:
        tools, whole = QHBoxLayout(), QHBoxLayout()
        for tool, about in ABOUT.items():
            button = self.tools[tool] = IconButton(tool, tool.capitalize(), f"{about} {TOOL_KEYS[tool]}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, tool=tool: self._choose(tool))
            tools.addWidget(button)
        tools.addStretch(1)
        for name, (text, about, change) in WHOLE.items():
            all_of_it = self.whole[name] = QPushButton(name)
            all_of_it.setToolTip(about)
            all_of_it.setAccessibleName(text.capitalize())
            all_of_it.clicked.connect(lambda _=False, text=text, change=change: self._editing.repaint(text, change))
            narrow(all_of_it)
            whole.addWidget(all_of_it, 1)
        self.body.addLayout(tools)
        self.body.addWidget(self.diameter)
        self.body.addWidget(self.soft)
        self.body.addLayout(whole)

    def _choose(self, tool: Tool) -> None:
        self._editing.set_tool(tool=tool)
        self._show()

    def _show(self) -> None:
        for tool, button in self.tools.items():
            button.setChecked(tool == self._editing.tool)
        self.diameter.set_value(self._editing.size)
        self.soft.set_value(self._editing.soft)

    def _suit(self, model: ModelInfo) -> None:
        if is_picture(model.data_shape):
            self.diameter.set_span(Span(SIZES[0], max(model.data_shape[1:]), logarithmic=True))
        self._show()
