"""Checkpoints: a model as NAME.safetensors with NAME.json beside it. Nothing in a file is ever executed. No torch here.

`save` and `open_checkpoint` are called through `models.load`, by training and by the command line; `content_hash`
by every model, for its reference.
"""

from engine.checkpoints.configuration import FORMAT, KINDS, Configuration, configure, content_hash, parse
from engine.checkpoints.files import open_checkpoint, save

__all__ = ["FORMAT", "KINDS", "Configuration", "configure", "content_hash", "open_checkpoint", "parse", "save"]
