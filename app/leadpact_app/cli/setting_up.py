"""The commands before the first sync: demo, sandbox, init, check, doctor, provision."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import crm_label, of
from leadpact_app.cli.opening import crms_here, documents, look_for_garbage, settings_here

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact_app.cli.console import Console
    from leadpact_app.settings import Settings


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("demo", short_help="Play the product against two emulated CRMs.")(demo)
    app.command("sandbox", short_help="Serve the two emulated CRMs.")(sandbox)
    app.command("init", short_help="Write first settings, pact and mapping.")(init)
    app.command("check", short_help="Check settings, documents and both CRMs.")(check)
    app.command("doctor", short_help="Examine both accounts: rights, limits, automations.")(doctor)
    app.command("provision", short_help="Make the fields that leadpact needs.")(provision)


def demo(
    leads: int = typer.Option(240, min=20, max=20_000, help="People in the seeded company."),
    seed: int = typer.Option(7, help="The same seed makes the same people."),
    keep: bool = typer.Option(False, "--keep", help="Keep the state, and say where it is."),
    fast: bool = typer.Option(False, "--fast", help="Do not pause between chapters."),
) -> None:
    """Play the whole product against both emulated CRMs on this machine. Needs no account and no network.

    \b
    Examples:
      leadpact demo
      leadpact demo --leads 1000 --seed 11
    """
    from leadpact_app.cli.demo import run

    look_for_garbage()
    raise typer.Exit(run(leads=leads, seed=seed, keep=keep, fast=fast))


def sandbox(
    port: int = typer.Option(
        8700, help="HubSpot's; Salesforce + 1, control + 2; 0 takes free ones."
    ),
    leads: int = typer.Option(1000, help="People in the seed."),
    seed: int = typer.Option(7, help="The same seed makes the same people."),
    latency_ms: float = typer.Option(0, metavar="N", help="Milliseconds before each answer."),
    faults: str = typer.Option("", metavar="FILE", help="A JSON list of fault rules."),
    limits: str = typer.Option("off", metavar="real|scale:F|off", help="Rate limits of the CRMs."),
    file: str = typer.Option("", metavar="PATH", help="Keep the state here between clean stops."),
    switch: list[str] = typer.Option(
        [], metavar="NAME=true|false", help="Turn a believed behaviour. May be repeated."
    ),
    tls: str = typer.Option("", metavar="FOLDER", help="Serve the CRMs over TLS; FOLDER/ca.pem."),
) -> None:
    """Serve both emulated CRMs on this machine; prints one JSON line when they are ready.

    It stops on Ctrl-C or SIGTERM.

    \b
    Examples:
      leadpact sandbox --port 8700 --leads 1000 --seed 7
      leadpact sandbox --port 0 --limits real > ready.json
    """
    command = [sys.executable, "-m", "leadpact_sandbox"]
    command += ["--port", str(port), "--leads", str(leads), "--seed", str(seed)]
    command += ["--latency-ms", f"{latency_ms:g}", "--limits", limits]
    for name, value in (("--faults", faults), ("--file", file), ("--tls", tls)):
        command += [name, value] if value else []
    for one in switch:
        command += ["--switch", one]
    sys.stdout.flush()
    if os.name == "posix":
        # The sandbox takes this process over, so that signals and exit code are its own.
        os.execv(sys.executable, command)  # noqa: S606  # our own interpreter and module, no shell
    raise typer.Exit(subprocess.call(command))  # noqa: S603  # the same, where a process cannot be taken over


def init(
    ctx: typer.Context,
    force: bool = typer.Option(False, "--force", help="Overwrite files that exist."),
    mode: str = typer.Option(
        "observe", metavar="observe|shadow|act", help="How far leadpact goes at first."
    ),
) -> None:
    """Write a first leadpact.yaml, pact.yaml, mapping.yaml and .env.example, each commented, to edit.

    The mode is `observe`, recommended for the first 14 days: only leadpact's own fields are written, nobody is handed
    over. `mode: act` in leadpact.yaml lets it do the rest.

    \b
    Examples:
      leadpact init
      leadpact init --mode act
      leadpact --folder ./acme init
    """
    from leadpact_app.cli import first_files

    console = of(ctx)
    if mode not in ("observe", "shadow", "act"):
        raise FixSettings(f"--mode takes observe, shadow or act, not {mode!r}.", code="usage")
    made, kept = first_files.write(force=force, mode=mode)
    for name in made:
        console.say(f"wrote  {name}")
    for name in kept:
        console.say(f"kept   {name} (--force overwrites it)")
    if mode != "act":
        console.say(
            f"leadpact will {mode} (leadpact.yaml, `mode`): recommended for the first 14 days."
        )
    console.say("Next: copy .env.example to .env, fill it in, and run `leadpact check`.")


def check(
    ctx: typer.Context,
    offline: bool = typer.Option(False, "--offline", help="Read the files only; ask no CRM."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Check settings, pact and mapping and, unless --offline, both CRMs: sign-in, schemas, rights, own fields.

    Nothing is written. Errors end with exit code 2 and name file, line and column.

    \b
    Examples:
      leadpact check
      leadpact check --offline
    """
    from leadpact_app.cli import checking
    from leadpact_app.cli.signing_check import signing_findings

    console = of(ctx)
    settings = settings_here()
    pact, mapping, odd = checking.documents_examined(settings)
    checked = checking.offline(settings, pact, mapping, odd)
    if not offline:
        with crms_here(console, settings) as connectors:
            checking.online(checked, settings, mapping, connectors)
    checked.findings.extend(signing_findings(settings, pact, ask_state=not offline))
    if as_json:
        console.json(checking.as_json(checked))
    else:
        checking.show(console, checked)
    raise typer.Exit(checked.exit_code())


def doctor(
    ctx: typer.Context,
    probe: bool = typer.Option(
        False, "--probe", help="Also tell which believed behaviours the accounts show; only reads."
    ),
    probe_writes: bool = typer.Option(
        False,
        "--probe-writes",
        help="Probe with one synthetic record per CRM, taken away again; on sandboxes only.",
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Examine both accounts: who they are, rights, versions, limits, clock, other syncs, automations, fields.

    Each thing that is wrong is told with how to mend it. Nothing is written, unless --probe-writes asks for it.

    \b
    Examples:
      leadpact doctor
      leadpact doctor --probe
      leadpact doctor --json > doctor.json
    """
    from leadpact_app.cli import doctoring

    console = of(ctx)
    settings = settings_here()
    pact, mapping = documents(settings)
    with crms_here(console, settings) as connectors:
        here = mapping.for_crms(tuple(connectors))
        doctored = doctoring.examine(
            settings, pact, here, connectors, probe=probe or probe_writes, writes=probe_writes
        )
    if as_json:
        console.json(doctoring.as_json(doctored))
    else:
        doctoring.show(console, doctored)
    raise typer.Exit(doctored.exit_code())


def provision(
    ctx: typer.Context,
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Show what would be made; change nothing."
    ),
    reason_rule: str = typer.Option(
        "",
        "--reason-rule",
        metavar="FOLDER",
        help="Also write here a Salesforce validation rule that refuses a rejection without a reason.",
    ),
    export: str = typer.Option(
        "",
        "--export",
        metavar="FOLDER",
        help="Make nothing; write down what would be made, for admins to approve and deploy.",
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Make the fields that leadpact needs in each CRM, and add missing picklist values. Repeatable.

    The validation rule is a file for the org's admin to deploy; leadpact switches none on. --export asks no CRM: it
    writes a source folder that Salesforce's command line deploys, and HubSpot's properties as JSON and CSV.

    \b
    Examples:
      leadpact provision --dry-run
      leadpact provision
      leadpact provision --reason-rule ./salesforce
      leadpact provision --export ./change-1207
    """
    from leadpact_app.cli import reason_rules

    console = of(ctx)
    settings = settings_here()
    _pact, mapping = documents(settings)
    if export:
        _export(console, settings, mapping, export, dry_run=dry_run, as_json=as_json)
        return
    rows: list[tuple[str, str, str, str, str]] = []
    with crms_here(console, settings) as connectors:
        for crm, connector in connectors.items():
            rows.extend(
                (crm, one.kind, one.name, one.result, one.detail)
                for one in connector.provision(mapping.wanted_fields(crm), dry_run=dry_run)
            )
        rules = (
            reason_rules.write(mapping, connectors, Path(reason_rule), dry_run=dry_run)
            if reason_rule
            else []
        )
    refused = any(result == "refused" for _crm, _kind, _name, result, _detail in rows)
    if as_json:
        names = ("crm", "kind", "field", "result", "detail")
        fields = [dict(zip(names, row, strict=True)) for row in rows]
        console.json({"fields": fields, "rules": [asdict(one) for one in rules]})
    else:
        told = [
            (crm_label(crm), kind, name, result.replace("_", " "), detail)
            for crm, kind, name, result, detail in rows
        ]
        console.table("", ("CRM", "Kind", "Field", "Result", "Detail"), told)
        if refused:
            console.warn("Some fields were refused; mend what is named and run it again.")
        for one in rules:
            where = f"{crm_label(one.crm)} {one.kind}"
            if one.why_not:
                console.warn(f"No validation rule for {where}: {one.why_not}")
            else:
                told_of = "would be written to" if dry_run else "is in"
                console.say(f"The validation rule for {where} {told_of} {one.path}")
        if any(one.path for one in rules):
            console.say(reason_rules.DEPLOY.format(folder=reason_rule))
    raise typer.Exit(2 if refused else 0)


def _export(
    console: Console,
    settings: Settings,
    mapping: LeadMapping,
    folder: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    from leadpact_app.cli import field_export

    with crms_here(console, settings) as connectors:
        files = field_export.export(mapping, connectors, Path(folder), dry_run=dry_run)
        crms = [crm for crm in connectors if any(one.startswith(f"{crm}/") for one in files)]
    if as_json:
        console.json({"folder": folder, "files": files})
        return
    told = "would be written to" if dry_run else "written to"
    console.say(f"{len(files):,} files {told} {folder}; nothing was made in any CRM.")
    for crm in crms:
        if crm in field_export.DEPLOY:
            console.say(f"{crm_label(crm)}: {field_export.DEPLOY[crm].format(folder=folder)}")
