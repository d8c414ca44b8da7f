"""The command line is read as DESIGN §8 has it, and nothing wrong gets through."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadpact_sandbox.options import Options, parse
from leadpact_sandbox.world import LimitMode

SWITCHES = {"hubspot.4.person_may_go_back": True}


def test_defaults_are_the_documented_ones() -> None:
    assert parse([], SWITCHES) == Options(port=8700, leads=1000, seed=7, limits="off")


def test_every_option_arrives(tmp_path: Path) -> None:
    rules = tmp_path / "faults.json"
    rules.write_text('[{"crm": "salesforce", "route": "*", "rate": 1, "fault": "slow"}]')
    line = f"--port 0 --leads 5 --seed 3 --latency-ms 80 --limits real --file {tmp_path}/state"
    more = ["--faults", str(rules), "--switch", "hubspot.4.person_may_go_back=false"]
    options = parse([*line.split(), *more], SWITCHES)
    assert (options.port, options.leads, options.seed) == (0, 5, 3)
    assert (options.latency_s, options.limits) == (0.08, "real")
    assert options.file == tmp_path / "state"
    assert [fault.fault for fault in options.faults] == ["slow"]
    assert options.switches == {"hubspot.4.person_may_go_back": False}


@pytest.mark.parametrize(
    ("text", "mode"), [("real", "real"), ("off", "off"), ("scale:0.5", 0.5), ("scale:10", 10.0)]
)
def test_limits_are_read(text: str, mode: LimitMode) -> None:
    assert parse(["--limits", text], SWITCHES).limits == mode


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["--port", "70000"], "70000"),
        (["--port", "65534"], "65534"),
        (["--port", "http"], "--port"),
        (["--leads", "-1"], "-1"),
        (["--latency-ms", "nan"], "nan"),
        (["--limits", "scale:0"], "scale:0"),
        (["--limits", "scale:"], "scale:"),
        (["--limits", "some"], "some"),
        (["--limits", "scale:inf"], "scale:inf"),
        (["--faults", "absent.json"], "absent.json"),
        (["--switch", "hubspot.4.person_may_go_back"], "NAME=true"),
        (["--switch", "hubspot.4.person_may_go_back=yes"], "NAME=true"),
        (["--switch", "hubspot.9.levitate=true"], "no such switch"),
        (["--lead", "5"], "--lead"),
    ],
)
def test_a_wrong_option_ends_with_2_and_says_which(
    argv: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv, SWITCHES)
    assert ended.value.code == 2
    assert named in capsys.readouterr().err
