"""A session as a value: what it says comes back, what is none is refused in one sentence, older versions open."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import attachments, mask, session
from engine.errors import InputError
from engine.figures.sheet import Pictures, Sheet
from engine.run import Run
from engine.session import (
    SUFFIX,
    Editing,
    Experiment,
    KnownModel,
    Layout,
    Masks,
    NewerError,
    Session,
    View,
    holds_session,
    parse,
    read,
)
from engine.settings.maps import MapSettings
from engine.settings.references import MaskReference, ModelReference
from engine.training.config import Training

VERSION_1 = Path(__file__).parent / f"session-1{SUFFIX}"
"""A session of version 1, as it was written then, with every field that there was."""

TINY = ModelReference(label="tiny", sha256="a" * 64)
OTHER = ModelReference(label="other", sha256="b" * 64)
RUN = Run(model=TINY)
MODELS = (KnownModel(reference=TINY, data_shape=(1, 4, 6)), KnownModel(reference=OTHER, data_shape=(2,)))
TRAINING = Training.model_validate({"name": "faces", "data": {"name": "faces"}})


def painted(label: str = "mouth", value: int = 200) -> MaskReference:
    """A mask of that value everywhere, the same bytes whatever library writes pictures here."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([value] * 6) for _ in range(4))
    stored = (
        b"\x78\x01\x01"
        + struct.pack("<HH", len(rows), 0xFFFF - len(rows))
        + rows
        + struct.pack(">I", zlib.adler32(rows))
    )
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 4, 8, 0, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", stored) + chunk(b"IEND", b"")
    return MaskReference(label=label, sha256=attachments.put(png))


def full() -> Session:
    """A session with something in every field."""
    mouth = painted()
    edit = {"kind": "intensity", "strength": 0.5, "particles": (1,), "mask": mouth.model_dump()}
    run = RUN.replace(latents={"seed": 7, "edits": (edit,)}, sampler={"name": "ddim"})
    return Session(
        models=MODELS,
        run=run,
        pinned=Run(model=OTHER).replace(latents={"count": 3}, guidance={"k_pg": 2.0}),
        masks=Masks(masks=(mouth, painted("eyes", 30)), name="eyes"),
        editing=Editing(tool="ellipse", size=9.5, channel=2, kind="transfer"),
        experiment=Experiment(name="ring-modes", plan={"runs": 3, "kernels": ["rbf"]}),
        map="mine.safetensors",
        fit=MapSettings(count=300),
        futures={"number": 4, "frame": "one"},
        training=TRAINING,
        figure=Sheet(runs=(run,), panels=(Pictures(particles=(0, 1)),)),
        view=View(workspace="Analysis", page="Map", shown="drift", playhead=4, selection=(3, 1), overlays=("paths",)),
        layout=Layout(widths=(290, 800, 300), heights=(500, 200)),
    )


def test_a_session_comes_back_as_it_was_with_its_attachments(monkeypatch: pytest.MonkeyPatch) -> None:
    text = full().to_json()
    monkeypatch.setattr(attachments, "_stored", {})
    back = parse(text)
    monkeypatch.undo()
    assert back == full()
    monkeypatch.setattr(attachments, "_stored", {})
    assert not attachments.size()
    parse(text)
    for reference in back.masks.masks:
        assert mask.read(reference).shape == (4, 6)


names = st.text(st.characters(blacklist_categories=["Cs"]), max_size=200)
views = st.builds(
    View,
    workspace=st.sampled_from(["Explore", "Latents", "Guidance", "Analysis", "Train"]),
    page=st.sampled_from(["Experiments", "Map", "Futures"]),
    shown=st.sampled_from(["denoised", "x", "drift", "correction", "noise", "guidance"]),
    playhead=st.integers(0, 10_000),
    selection=st.lists(st.integers(0, 999_999), max_size=20).map(tuple),
    overlays=st.lists(names, max_size=5).map(tuple),
    levels=st.booleans(),
    map=st.booleans(),
    norm=names,
    speed=st.floats(0.01, 100),
    loop=st.booleans(),
)
editings = st.builds(
    Editing,
    tool=st.sampled_from(["brush", "eraser", "rectangle", "ellipse", "fill"]),
    size=st.floats(1, 512),
    soft=st.floats(0, 1),
    kind=st.sampled_from(["intensity", "transfer", "interpolate"]),
    everyone=st.booleans(),
    at_playhead=st.booleans(),
    masked=st.booleans(),
    channel=st.none() | st.integers(0, 1024),
)
layouts = st.builds(
    Layout,
    widths=st.lists(st.integers(0, 100_000), max_size=3).map(tuple),
    heights=st.lists(st.integers(0, 100_000), max_size=2).map(tuple),
)
runs = st.builds(
    lambda seed, count, steps, churn: RUN.replace(
        latents={"seed": seed, "count": count}, schedule={"steps": steps}, sampler={"churn": churn}
    ),
    st.integers(0, 2**63 - 1),
    st.integers(1, 1_000_000),
    st.integers(1, 10_000),
    st.floats(0, 100),
)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.builds(
        Session,
        models=st.just(MODELS),
        run=runs,
        pinned=st.none() | runs,
        beside=st.booleans(),
        editing=st.none() | editings,
        experiment=st.none() | st.builds(Experiment, name=names, plan=st.dictionaries(names, plain_json, max_size=3)),
        map=st.none() | names,
        futures=st.none() | st.dictionaries(names, plain_json, max_size=3),
        view=views,
        layout=layouts,
    )
)
def test_every_session_survives_its_json(kept: Session) -> None:
    assert parse(kept.to_json()) == kept


# -- versions --------------------------------------------------------------------------------------------------------


def test_a_session_of_version_1_opens() -> None:
    assert read(VERSION_1) == full()


def test_a_newer_session_is_refused_with_a_sentence() -> None:
    content = {**json.loads(full().to_json()), "version": 99, "what": "is to come"}
    with pytest.raises(NewerError, match=r"^home\.loupe is of a newer Latent Loupe than this one: update .*\.$"):
        parse(json.dumps(content), "home.loupe")


def test_an_older_session_goes_through_every_migration_up_to_this_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(fields: dict[str, Any]) -> dict[str, Any]:
        return {**{key: value for key, value in fields.items() if key != "current"}, "run": fields["current"]}

    def regrouped(fields: dict[str, Any]) -> dict[str, Any]:
        assert fields["version"] == 2
        return {**fields, "view": {**fields["view"], "playhead": fields["view"]["playhead"] + 1}}

    monkeypatch.setattr(session, "VERSION", 3)
    monkeypatch.setitem(session.MIGRATIONS, 1, renamed)
    monkeypatch.setitem(session.MIGRATIONS, 2, regrouped)
    content = json.loads(full().to_json())
    content["current"] = content.pop("run")
    opened = parse(json.dumps(content))
    assert opened.version == 3
    assert opened.run == full().run
    assert opened.view.playhead == full().view.playhead + 1


# -- what is none ----------------------------------------------------------------------------------------------------


def _with(**fields: Any) -> dict[str, Any]:
    return {**json.loads(full().to_json()), **fields}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cut short or damaged"),
        ("[" * 100_000, "cut short or damaged"),
        ("[]", "is no session"),
        ('{"version": 1}', "is no session"),
        (_with(format="latent-loupe checkpoint"), "is no session"),
        (_with(version="1"), "version: should be a whole number"),
        (_with(version=True), "version: should be a whole number"),
        (_with(version=0), "version: should be a whole number"),
        (_with(secret=1), "secret: is not a known field: remove it"),
        (_with(run=None), "run: should be a JSON object"),
        (_with(run={"model": TINY.model_dump(), "version": 7}), "run: version: is newer"),
        (_with(models=[]), "the model 'tiny' of a Run is not among models"),
        (_with(view={"workspace": "Kitchen"}), "view.workspace"),
        (_with(view={"selection": [-1]}), "view.selection.0"),
        (_with(masks={"masks": [], "name": "gone"}), "there is no mask 'gone'"),
        (_with(masks={"masks": [painted().model_dump()] * 2}), "two masks have one label"),
        (_with(masks={"masks": [{"label": "../x", "sha256": "c" * 64}]}), "never a path"),
        (_with(masks={"masks": [{"label": "x", "sha256": "c" * 64}]}), "attachments"),
        (_with(attachments={}, masks={"masks": [{"label": "x", "sha256": "c" * 64}]}), "lacks the attachment"),
        (_with(training={"name": "x", "data": {"name": "cats"}}), "training"),
        (_with(figure={"panels": []}), "figure.panels"),
    ],
)
def test_what_is_no_session_is_refused_in_one_sentence(content: str | dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(content if isinstance(content, str) else json.dumps(content), "mine.loupe")
    text = str(caught.value)
    assert text.startswith("mine.loupe")
    assert said in text
    assert text.endswith(".")
    assert "\n" not in text


def test_a_session_larger_than_what_is_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LIMIT", 2**20)
    assert full().to_json()
    noise = np.random.default_rng(0).integers(0, 256, (1024, 1024), np.uint8)
    large = full().model_copy(update={"masks": Masks(masks=(mask.keep(noise, "noise"),))})
    with pytest.raises(InputError, match=r"over 1 MiB, too large"):
        large.to_json()


def test_a_file_larger_than_a_session_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LIMIT", 2**20)
    path = tmp_path / "large.loupe"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match=r"large\.loupe is over 1 MiB"):
        read(path)


def test_a_session_is_told_apart_by_its_content(tmp_path: Path) -> None:
    for name, content, told in (
        ("a.loupe", "damaged", True),
        ("a.json", full().to_json(), True),
        ("b.json", RUN.to_json(), False),
        ("c.png", "\x89PNG", False),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert holds_session(tmp_path / name) == told
    assert not holds_session(tmp_path)
    assert not holds_session(tmp_path / "gone.loupe")


def test_what_is_made_leaves_out_where_one_looks() -> None:
    elsewhere = full().model_copy(update={"view": View(playhead=1), "layout": Layout()})
    assert elsewhere != full()
    assert elsewhere.made == full().made
    assert full().model_copy(update={"beside": True}).made != full().made


def test_a_folder_of_pictures_leaves_its_place_behind() -> None:
    data = {"name": "folder", "path": str(Path.home() / "secret" / "cats")}
    kept = full().model_copy(update={"training": Training.model_validate({"name": "cats", "data": data})})
    text = kept.to_json()
    assert "secret" not in text
    assert str(Path.home()) not in text
    back = parse(text).training
    assert back is not None
    assert back.data.model_dump()["path"] == "cats"
