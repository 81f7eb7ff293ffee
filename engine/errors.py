"""The two ways in which work ends early, for every module of the engine."""


class InputError(ValueError):
    """What the user gave cannot be used. Its text is one sentence: what is wrong and what to do.

    A file's name or a library may bring line breaks and signs that command a terminal into it: they become "?".
    """

    def __init__(self, sentence: str) -> None:
        super().__init__("".join(sign if sign.isprintable() else "?" for sign in sentence))


class Interrupted(Exception):  # noqa: N818 - it is no error
    """The work was cancelled or superseded: raised before a denoiser's next evaluation, for the worker."""
