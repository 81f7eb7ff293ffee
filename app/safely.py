"""Safely: what goes wrong in a method that Qt calls costs that call only. Around every event handler and undo command.

On Python 3.11 under PySide 6 an exception of C's that leaves such a method (a missing key, an index out of range) kills
the process, and one that leaves a paintEvent leaves its QPainter open, on which the next painting dies.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from engine.spelled import fault

Given = ParamSpec("Given")
Result = TypeVar("Result")


def safely(handle: Callable[Given, Result]) -> Callable[Given, Result]:
    """`handle`, of which `sys.excepthook` hears what it raises; it then returns False if it tells whether it dealt with
    the event, else nothing.
    """
    failed: Any = False if handle.__annotations__.get("return") in ("bool", bool) else None

    @functools.wraps(handle)
    def handled(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return handle(*args, **kwargs)
        except Exception as error:
            # Without its frames' variables: a kept error would keep the painter beyond what it paints on.
            traceback.clear_frames(error.__traceback__)
            sys.excepthook(type(error), error, error.__traceback__)
            return cast(Result, failed)

    return handled


def tell(complain: Callable[[str], None]) -> None:
    """From now on also tell a user by `complain`, in one sentence and once, of each fault that nobody deals with."""
    others, told = sys.excepthook, set[str]()

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        others(kind, error, trace)
        if (sentence := fault(error)) not in told:
            told.add(sentence)
            complain(sentence)

    sys.excepthook = hook
