"""Sentences: what keeps the text of a refusal from being one sentence for people. Called by `worker` and tests."""

from __future__ import annotations

LONGEST = 400
"""Characters of a sentence, beside the file's own name, which may stand in it thrice."""


def wrong(sentence: str, name: str, folder: str) -> str:
    """What is wrong with the sentence about the file of that name in that folder; nothing if it is as it should be."""
    if not sentence.isprintable():
        return "not one printable line"
    if not sentence.endswith((".", "?")) or ":" not in sentence:
        return "does not say what to do"
    if len(sentence) > LONGEST + 3 * len(name):
        return f"{len(sentence)} characters long"
    return "names a path" if folder in sentence or "Traceback" in sentence else ""
