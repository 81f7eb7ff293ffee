"""What a file or folder that cannot be opened is refused with. Used by the tests beside this file."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import models
from engine.errors import InputError


def refusal(path: Path) -> str:
    """The sentence, which is one and no wall."""
    with pytest.raises(InputError) as error:
        models.load(path)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert sentence.endswith(".")
    return sentence
