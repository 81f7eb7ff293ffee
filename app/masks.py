"""Masks: those that the user has, by name, and which of them the tools paint and edits take. A value, without Qt.

Kept by `state.State`, so that undo goes over them; their pixels stand in `engine.attachments`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from engine import mask
from engine.errors import InputError
from engine.run import Run
from engine.settings.edits import Regional
from engine.settings.references import MaskReference, plain_label

LONGEST = 100
"""Characters of a name before its number."""


@dataclass(frozen=True)
class MaskSet:
    """Masks with different labels in the order in which they were made; `name` is that of the one in use, or ""."""

    masks: tuple[MaskReference, ...] = ()
    name: str = ""

    @property
    def active(self) -> MaskReference | None:
        """The mask in use."""
        return self.find(self.name)

    def find(self, name: str) -> MaskReference | None:
        """The mask of that name, None if there is none."""
        return next((mask for mask in self.masks if mask.label == name), None)

    def using(self, name: str) -> MaskSet:
        """The same masks with another one, or none, in use."""
        return replace(self, name=name)

    def with_mask(self, added: MaskReference) -> MaskSet:
        """With `added` in place of the one of its name, or behind the others; it is in use."""
        if self.find(added.label) is None:
            return MaskSet((*self.masks, added), added.label)
        return MaskSet(tuple(added if each.label == added.label else each for each in self.masks), added.label)

    def joined(self, run: Run) -> MaskSet:
        """With the masks that `run` has, the last new one in use: what an edit obeys is to be seen. One that cannot be
        read, or whose name is another one's, waits until its edit is worked on.
        """
        found = self
        named = [edit.mask for edit in run.latents.edits if isinstance(edit, Regional)]
        for reference in (*named, run.region.mask):
            if reference is not None and found.find(reference.label) is None and _readable(reference):
                found = found.with_mask(reference)
        return found

    def without(self, name: str) -> MaskSet:
        """Without the mask of that name."""
        left = tuple(mask for mask in self.masks if mask.label != name)
        return MaskSet(left, self.name if self.name != name else "")

    def renamed(self, before: MaskReference, after: MaskReference) -> MaskSet:
        """With `after`, whose name is new, in the place of `before`, in use if that was."""
        masks = tuple(after if mask == before else mask for mask in self.masks)
        return MaskSet(masks, after.label if self.name == before.label else self.name)

    def fresh(self, wish: str = "mask") -> str:
        """A name that no mask has: `wish` as a label, or with a number behind it."""
        taken, plain = {mask.label for mask in self.masks}, plain_label(wish)[:LONGEST]
        names = (plain if number == 1 else f"{plain} {number}" for number in itertools.count(1))
        return next(name for name in names if name not in taken)


NO_MASKS = MaskSet()


def _readable(reference: MaskReference) -> bool:
    try:
        mask.read(reference)
    except InputError:
        return False
    return True


def repainted(run: Run, before: MaskReference, after: MaskReference) -> dict[str, Any]:
    """What to change of `run` so that all that has the mask `before` has `after`: groups for `Run.replace`."""
    edits = tuple(
        edit.model_copy(update={"mask": after}) if isinstance(edit, Regional) and edit.mask == before else edit
        for edit in run.latents.edits
    )
    groups: dict[str, Any] = {"latents": {"edits": edits}}
    if run.region.mask == before:
        groups["region"] = {"mask": after.model_dump()}
    return groups
