"""The commands of a sync that nobody sits by: worker, digest, metrics, health, serve."""

from __future__ import annotations

from datetime import timedelta

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import moment, of
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.serving import health_of, metrics_of, serving

LISTEN = "127.0.0.1:9464"
UNHEALTHY = 4


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("worker", short_help="Sync all day, as one of several workers.")(worker)
    app.command("digest", short_help="Tell what the last day came to.")(digest)
    app.command("metrics", short_help="Print what Prometheus reads.")(metrics)
    app.command("health", short_help="Say whether cycles succeed.")(health)
    app.command("serve", short_help="Serve metrics and health over HTTP.")(serve)


def worker(
    ctx: typer.Context,
    name: str = typer.Option(
        "", help="Of this worker, the same after a restart; blank: the machine's name."
    ),
    listen: str = typer.Option(
        "127.0.0.1:9464", metavar="HOST:PORT|off", help="Serve /metrics and /health there."
    ),
    as_json: bool = typer.Option(False, "--json", help="Each whole cycle as a document."),
) -> None:
    """Sync all day by LEADPACT_SCHEDULE, as one of any number of workers on the same state.

    Each tick is carried out once, by one of them; what a worker that died left behind goes on in another. On PostgreSQL
    they may be on several machines. Needs the extra `worker`.

    \b
    Examples:
      leadpact worker
      leadpact worker --name sync-1 --listen off
    """
    from leadpact_app.cli.all_day import sync_all_day

    told = settings_here().schedule
    code = sync_all_day(
        of(ctx),
        every=told.every,
        zone=told.zone,
        hot_every=told.hot_every,
        limits=None,
        leads=lambda _pair: (),
        as_json=as_json,
        listen="" if listen == "off" else listen,
        worker=name,
    )
    raise typer.Exit(code)


def digest(
    ctx: typer.Context,
    hours: int = typer.Option(24, min=1, max=24 * 31, help="The last so many hours."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Tell what was handed off, held, failed, contested, what is owed, and near misses.

    `leadpact sync --every` and the worker send it each day to whom the agreement names for `digest`.

    \b
    Examples:
      leadpact digest
      leadpact digest --hours 168 --json
    """
    from dataclasses import asdict

    from leadpact.audit.digest import digest_of
    from leadpact_app.bootstrap import make_clock

    console = of(ctx)
    settings = settings_here()
    now = make_clock(settings).now()
    with state_here() as store:
        told = digest_of(store, now - timedelta(hours=hours), now)
    if as_json:
        console.json(asdict(told))
        return
    console.say(f"{moment(told.since)} to {moment(told.until)} UTC")
    for line in told.lines():
        console.say(f"  {line}")


def metrics(ctx: typer.Context) -> None:
    """Print the metrics of this pair as Prometheus reads them; docs/operations.md names each.

    \b
    Examples:
      leadpact metrics
      leadpact metrics > /var/lib/node_exporter/leadpact.prom
    """
    of(ctx).say(metrics_of(settings_here()).rstrip("\n"))


def health(
    ctx: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Say whether whole cycles succeed: exit code 0, or 4 where none has for LEADPACT_SCHEDULE__ALARM_AFTER minutes.

    \b
    Examples:
      leadpact health
    """
    console = of(ctx)
    alive = health_of(settings_here())
    if as_json:
        console.json({"ok": alive.ok, "last_success": alive.last_success, "why": alive.why})
    elif alive.ok:
        last = f"The last successful cycle ended {moment(alive.last_success)} UTC."
        console.say(last if alive.last_success else alive.why)
    else:
        console.warn(alive.why)
    raise typer.Exit(0 if alive.ok else UNHEALTHY)


def serve(
    ctx: typer.Context,
    listen: str = typer.Option(LISTEN, metavar="HOST:PORT", help="Where; loopback by default."),
) -> None:
    """Serve /metrics for Prometheus and /health for a supervisor, from the state alone, until Ctrl-C or SIGTERM.

    \b
    Examples:
      leadpact serve
      leadpact serve --listen 0.0.0.0:9464
    """
    from leadpact_app.cli.ending import asked_to_end

    console = of(ctx)
    settings = settings_here()
    with state_here():
        pass
    with asked_to_end() as stopping:
        served = serving(console, settings, listen)
        try:
            served.wait(stopping)
            failed = not stopping.is_set()
        finally:
            served.close()
    if failed:
        raise FixSettings(f"Nothing can be served at {listen}: is the port taken?", code="usage")
