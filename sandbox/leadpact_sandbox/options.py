"""Command line of ``python -m leadpact_sandbox``, also what ``leadpact sandbox`` passes on."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadpact_sandbox.faults import FaultRuleError, read_faults_file
from leadpact_sandbox.world import Fault, LimitMode

DEFAULT_PORT = 8700
DEFAULT_LEADS = 1000
DEFAULT_SEED = 7
MAX_LEADS = 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How one sandbox is started.

    Attributes:
        port: HubSpot's port (Salesforce: + 1, control: + 2), or 0 for three free ones.
        leads: people in the seed.
        seed: number that all random choices follow from.
        latency_s: seconds that each CRM call waits.
        faults: rules in force from the start.
        limits: how strictly rate and daily limits are applied.
        file: where state is read from at the start and kept at a clean stop, or None.
        switches: believed behaviours set otherwise than by default.
        tls: folder for the certificates that both CRMs are served with, or None for plain http.
    """

    port: int = DEFAULT_PORT
    leads: int = DEFAULT_LEADS
    seed: int = DEFAULT_SEED
    latency_s: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    limits: LimitMode = "off"
    file: Path | None = None
    switches: dict[str, bool] = field(default_factory=dict)
    tls: Path | None = None


def parse(argv: Sequence[str] | None, known_switches: Mapping[str, bool]) -> Options:
    """Read the command line; prints what is wrong and exits with 2 if it cannot."""
    parser = argparse.ArgumentParser(
        prog="leadpact_sandbox",
        description="Two emulated CRMs on loopback: HubSpot on PORT, Salesforce on PORT+1, control"
        " on PORT+2. Prints one JSON line when ready; stops on Ctrl-C or SIGTERM.",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes free ports")
    parser.add_argument("--leads", type=_leads, default=DEFAULT_LEADS, help="people in the seed")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same people")
    parser.add_argument(
        "--latency-ms", type=_milliseconds, default=0.0, metavar="N", help="wait before each answer"
    )
    parser.add_argument(
        "--faults", type=_faults, default=[], metavar="FILE", help="JSON list of fault rules"
    )
    parser.add_argument(
        "--limits", type=_limits, default="off", metavar="real|scale:F|off", help="rate limits"
    )
    parser.add_argument(
        "--file", type=Path, metavar="PATH", help="keep state here between clean stops"
    )
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=true|false",
        help="set a believed behaviour; may be repeated. Known: " + ", ".join(known_switches),
    )
    parser.add_argument(
        "--tls",
        type=Path,
        metavar="FOLDER",
        help="serve the CRMs over TLS; FOLDER gets ca.pem, which clients must trust",
    )
    given = parser.parse_args(argv)
    switches: dict[str, bool] = {}
    for text in given.switch:
        name, _, state = text.partition("=")
        if state not in ("true", "false"):
            parser.error(f"--switch {text}: NAME=true or NAME=false is needed")
        if name not in known_switches:
            known = ", ".join(known_switches) or "none"
            parser.error(f"--switch {name}: no such switch; known: {known}")
        switches[name] = state == "true"
    return Options(
        port=given.port,
        leads=given.leads,
        seed=given.seed,
        latency_s=given.latency_ms / 1000,
        faults=given.faults,
        limits=given.limits,
        file=given.file,
        switches=switches,
        tls=given.tls,
    )


def _port(text: str) -> int:
    port = int(text)
    if port != 0 and not 1 <= port <= 65_533:
        raise argparse.ArgumentTypeError(f"{text} is not 0 or a port up to 65533")
    return port


def _leads(text: str) -> int:
    leads = int(text)
    if not 0 <= leads <= MAX_LEADS:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 0..{MAX_LEADS}")
    return leads


def _milliseconds(text: str) -> float:
    milliseconds = float(text)
    if not (math.isfinite(milliseconds) and milliseconds >= 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number of milliseconds from 0")
    return milliseconds


def _limits(text: str) -> LimitMode:
    if text == "real":
        return "real"
    if text == "off":
        return "off"
    word, _, factor = text.partition(":")
    try:
        scale = float(factor)
    except ValueError:
        scale = 0.0
    if word != "scale" or not (math.isfinite(scale) and scale > 0):
        raise argparse.ArgumentTypeError(f"{text} is none of real, scale:F with F over 0, off")
    return scale


def _faults(text: str) -> list[Fault]:
    try:
        return read_faults_file(Path(text))
    except FaultRuleError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
