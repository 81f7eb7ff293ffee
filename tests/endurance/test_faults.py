"""Every fault of the machine: work goes on, nothing is lost, one sentence says what is wrong. # spec: -"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endurance.disks import can_mount
from tests.endurance.faults import Case, carry_out, cases, main


@pytest.mark.parametrize("case", list(cases(disks=False)), ids=lambda case: f"{case.fault}: {case.where}")
def test_nothing_is_lost(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not can_mount(), reason="no disk can be mounted here: that takes root on Linux")
@pytest.mark.parametrize(
    "case",
    [case for case in cases(disks=True) if case.fault.endswith("disk")],
    ids=lambda case: f"{case.fault}: {case.where}",
)
def test_nothing_is_lost_on_a_disk_of_its_own(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_a_case_that_loses_something_is_told(tmp_path: Path) -> None:
    def loses(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise AssertionError("left half behind")

    outcome = carry_out(Case("a full disk", "a Run", loses))
    assert outcome.problem == "AssertionError: left half behind"


def test_the_command_fails_where_something_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def check(folder: Path) -> None:
        assert folder.is_dir()

    monkeypatch.setattr("tests.endurance.faults.cases", lambda _: iter([Case("a full disk", "a Run", check)]))
    monkeypatch.setattr("tests.endurance.faults.logging.disable", lambda _: None)
    assert main(["--json", str(tmp_path / "outcomes.json")]) == 0
    assert "1 faults, nothing lost" in capsys.readouterr().out
    monkeypatch.setattr("tests.endurance.faults.cases", lambda _: iter([Case("a full disk", "a Run", Path.unlink)]))
    assert main([]) == 1
    assert "a Run" in capsys.readouterr().out
