"""What may import what, and how the files look: the engine without Qt, the front of it without torch, short files."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from engine.samplers import SAMPLERS
from engine.schedules import SCHEDULES
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("engine", "app") for path in (ROOT / folder).rglob("*.py"))

WITHOUT_TORCH = ("run", "settings", "step", "trajectory", "models", "models.catalogue", "worker", "errors", "offers")

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "pyqtgraph", "superqt", "app"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
"""


IMPORT_ALL = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter in the root of the project prints for `code`."""
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_window_can_import_what_it_shows_before_torch() -> None:
    names = [f"engine.{name}" for name in WITHOUT_TORCH]
    assert python(f"{IMPORT_ALL}\nprint('torch' in sys.modules)", *names) == "False\n"


def test_every_module_of_the_engine_imports_without_qt() -> None:
    paths = [path.relative_to(ROOT).with_suffix("") for path in SOURCES]
    modules = [".".join(path.parts).removesuffix(".__init__") for path in paths if path.parts[0] == "engine"]
    assert {"engine", "engine.samplers.heun"} <= set(modules)
    assert python(f"{BLOCKER}\n{IMPORT_ALL}\nprint('PySide6' in sys.modules)", *modules) == "False\n"


def test_the_blocker_blocks() -> None:
    code = f"{BLOCKER}\ntry: import PySide6.QtCore\nexcept ImportError as error: print(error)"
    assert python(code) == "PySide6 is blocked\n"


def test_the_command_line_works_without_qt() -> None:
    code = f"{BLOCKER}\nimport runpy\nrunpy.run_module('engine.cli', run_name='__main__')"
    assert "ring" in python(code, "models")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    if text:  # an empty __init__ has nothing to say
        assert ast.get_docstring(ast.parse(text))


# -- what a Run names and what does the work -------------------------------------------------------------------------


def test_every_schedule_and_sampler_has_settings() -> None:
    assert SAMPLERS.keys() == SAMPLER_SETTINGS.keys()
    assert SCHEDULES.keys() == SCHEDULE_SETTINGS.keys()


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_samplers_keywords_are_its_settings(name: str) -> None:
    parameters = inspect.signature(SAMPLERS[name]).parameters
    assert list(parameters)[:3] == ["denoise", "x", "sigmas"]
    keywords = [key for key, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY]
    assert keywords[:4] == ["noise", "guides", "start", "carry"]
    assert keywords[4:] == [field for field in SAMPLER_SETTINGS[name].model_fields if field != "name"]
    assert len(parameters) == 3 + len(keywords)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedules_arguments_are_its_settings(name: str) -> None:
    settings = SCHEDULE_SETTINGS[name](name=name)
    defaults = {
        key: parameter.default
        for key, parameter in inspect.signature(SCHEDULES[name]).parameters.items()
        if parameter.default is not parameter.empty
    }
    defaults.pop("own", None)  # a model's levels, which are no setting
    arguments = [key for key in inspect.signature(SCHEDULES[name]).parameters if key != "own"]
    assert sorted(arguments) == sorted(settings.values())
    assert defaults.items() <= settings.values().items()


@pytest.mark.parametrize("name", [*SAMPLER_SETTINGS, *SCHEDULE_SETTINGS])
def test_every_setting_has_its_text_for_people(name: str) -> None:
    kind = {**SAMPLER_SETTINGS, **SCHEDULE_SETTINGS}[name]
    assert kind.label
    assert kind.source
    assert kind.model_fields["name"].default == name
    for key, field in kind.model_fields.items():
        assert key == "name" or (field.title and field.description)
