"""Checkpoints: a model as NAME.safetensors with NAME.json beside it, and models that others wrote. No torch here.

Nothing in a file is ever executed. `open_checkpoint` is called through `models.load`, `save` by training and by the
window, `content_hash` by every model, for its reference.
"""

from engine.checkpoints.configuration import FORMAT, KINDS, Configuration, configure, content_hash, parse
from engine.checkpoints.files import save
from engine.checkpoints.opening import holds_model, open_checkpoint

__all__ = [
    "FORMAT",
    "KINDS",
    "Configuration",
    "configure",
    "content_hash",
    "holds_model",
    "open_checkpoint",
    "parse",
    "save",
]
