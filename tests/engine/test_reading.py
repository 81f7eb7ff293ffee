"""Reading: only real files, only so many bytes, only so many values."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import reading
from engine.errors import InputError

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="pipes and devices as Linux has them")


def test_a_file_is_read_up_to_the_limit_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"x" * 1024)
    assert reading.read(path, 1024, "a Run") == b"x" * 1024
    assert reading.check(path) == 1024
    path.write_bytes(b"x" * 1025)
    with pytest.raises(InputError, match=r"^run\.json is over 1 KiB, too large for a Run: choose another file\.$"):
        reading.read(path, 1024, "a Run")


def test_an_empty_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert reading.read(tmp_path / "empty", 10, "a Run") == b""


@pytest.mark.parametrize("name", ["missing", "", "a\0b", "x" * 300])
def test_what_cannot_be_opened_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r" cannot be read \(.+\): check the path\.$"):
        reading.opened(tmp_path / name)


@on_linux
def test_a_pipe_a_device_and_a_state_of_the_system_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null"), Path("/proc/self/environ")):
        with pytest.raises(InputError, match="is not a file: choose one"):
            reading.opened(path)


@on_linux
def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"here")
    (tmp_path / "link").symlink_to("file")
    assert reading.read(tmp_path / "link", 10, "a Run") == b"here"


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_what_it_says_in_every_encoding(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert reading.parsed(text) == value
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert reading.parsed(text.encode(encoding, "surrogatepass")) == value


def test_too_many_values_and_too_deep_ones_are_refused_before_they_take_memory() -> None:
    most = "[" + "0," * reading.MOST_VALUES + "0]"
    assert len(reading.parsed(most)) == reading.MOST_VALUES + 1
    for text in ("[0," + most[1:], "[" * 100_000):
        with pytest.raises(ValueError, match=r"more than 262,144 values|nested too deep"):
            reading.parsed(text)


def test_json_may_be_so_deep_and_no_deeper() -> None:
    for deep, shut in (("[", "]"), ('{"a":', "}")):
        whole = [deep * count + "0" + shut * count for count in (reading.DEEPEST, reading.DEEPEST + 1)]
        assert json.dumps(reading.parsed(whole[0])).count(deep[0]) == reading.DEEPEST
        with pytest.raises(ValueError, match="nested too deep"):
            reading.parsed(whole[1])


def test_a_sentence_is_one_line_whatever_a_name_is() -> None:
    assert str(InputError("a\nb\x1b[2J\u202e\udcff.json is broken: mend it.")) == "a?b?[2J??.json is broken: mend it."
