"""Attachments: bytes by their SHA-256, carried by whatever carries the Run, and nothing taken that is not whole."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from engine import attachments
from engine import run as runs
from engine.errors import InputError
from engine.run import parse
from tests.engine.tiny import run_of

CONTENT = b"some bytes of a test"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
RUN = run_of(latents={"picture": {"label": "photo.png", "sha256": SHA256}})


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is at hand before the test."""
    monkeypatch.setattr(attachments, "_stored", {})


def test_what_was_put_is_found_by_its_content() -> None:
    assert attachments.put(CONTENT) == attachments.put(bytes(CONTENT)) == SHA256
    assert attachments.get(SHA256) == CONTENT
    with pytest.raises(InputError, match=r"^What the Run names by 000000000000 is not here: .*\.$"):
        attachments.get("0" * 64)


def test_json_takes_them_along_to_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    attachments.put(CONTENT)
    text, digest = RUN.to_json(), RUN.digest
    assert json.loads(text)["attachments"] == {SHA256: base64.b64encode(CONTENT).decode()}
    monkeypatch.setattr(attachments, "_stored", {})
    again = parse(text)
    assert (again, again.digest) == (RUN, digest)
    assert attachments.get(SHA256) == CONTENT
    assert "attachments" not in json.loads(run_of().to_json())


def test_more_than_is_ever_read_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    attachments.put(CONTENT)
    path = tmp_path / "run.json"
    path.write_text(RUN.to_json())
    monkeypatch.setattr(runs, "LIMIT", path.stat().st_size)
    assert runs.read(path) == parse(RUN.to_json()) == RUN
    monkeypatch.setattr(runs, "LIMIT", path.stat().st_size - 1)
    with pytest.raises(
        InputError, match=r"^What the Run names is over 0 MiB, too large for a file: set fewer latents\.$"
    ):
        RUN.to_json()
    with pytest.raises(InputError, match="too large for a Run"):
        runs.read(path)


def test_a_dictionary_stays_as_it_was() -> None:
    attachments.put(CONTENT)
    content = RUN.to_dict()
    before = json.dumps(content)
    parse(content)
    assert json.dumps(content) == before


ENCODED = base64.b64encode(CONTENT).decode()


@pytest.mark.parametrize(
    ("carried", "says"),
    [
        ({}, f"lacks the attachment {SHA256[:12]}"),
        (None, "attachments: should be a JSON object"),
        ([ENCODED], "attachments: should be a JSON object"),
        ({SHA256: ENCODED[:-4]}, "is damaged"),
        ({SHA256: "*" + ENCODED}, "is not base64"),
        ({SHA256: "é"}, "is not base64"),
        ({SHA256: 5}, "is not base64"),
        ({SHA256: ENCODED, "0" * 64: ENCODED}, "is named nowhere in the Run: remove it"),
        ({SHA256: ENCODED, "a\nb" * 1000: ENCODED}, "is named nowhere in the Run: remove it"),
    ],
)
def test_what_is_not_whole_or_not_named_is_refused_in_one_sentence(carried: Any, says: str) -> None:
    content = {**RUN.model_dump(), "attachments": carried}
    with pytest.raises(InputError) as error:
        parse(content, "run.json")
    text = str(error.value)
    assert text.startswith("run.json")
    assert says in text
    assert text.endswith(".")
    assert "\n" not in text
    assert attachments._stored == {}


def test_what_is_here_already_need_not_be_carried() -> None:
    attachments.put(CONTENT)
    assert parse(RUN.model_dump()) == RUN
