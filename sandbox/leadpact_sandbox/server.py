"""One process, one event loop, three HTTP servers on loopback (DESIGN §8)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import importlib.util
import signal
import socket
import sys
from collections.abc import Generator
from typing import Any

import orjson
import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.importer import import_from_string

from leadpact_sandbox.control import Control
from leadpact_sandbox.crms import EmulatedCrm
from leadpact_sandbox.gate import OPENING, TRANSPORT
from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.keep import KeptState
from leadpact_sandbox.one_packet import OnePacketTransport
from leadpact_sandbox.options import Options
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed import generate
from leadpact_sandbox.switches import DEFAULTS
from leadpact_sandbox.tls import ROUND_TRIPS, Certificates, make_certificates
from leadpact_sandbox.world import World

LOOPBACK = "127.0.0.1"
# Clients keep connections for a whole run; a server that closes idle ones would add chance faults.
KEEP_ALIVE_S = 3600
TICK_S = 0.2


class Sandbox:
    """Both CRMs and the control API in one world, not yet served.

    Args:
        options: how it was started.

    Raises:
        KeptStateError: if ``options.file`` cannot be taken up.
        OSError: if no certificates can be written to ``options.tls``.
    """

    def __init__(self, options: Options) -> None:
        self.world = World(
            seed=options.seed,
            latency_s=options.latency_s,
            limits=options.limits,
            switches=dict(options.switches),
        )
        self.hubspot = HubSpot(self.world)
        self.salesforce = Salesforce(self.world)
        self.certificates: Certificates | None = None
        if options.tls is not None:
            self.certificates = make_certificates(options.tls, LOOPBACK)
        self._crms: dict[str, EmulatedCrm] = {
            "hubspot": self.hubspot,
            "salesforce": self.salesforce,
        }
        self._kept: KeptState | None = None
        self._as_of = self.world.clock.now()
        if options.file is not None:
            self._kept = KeptState(options.file, leads=options.leads, seed=options.seed)
            self._as_of = self._kept.as_of(self._as_of)
        company = generate(options.leads, options.seed, self._as_of)
        for crm in self._crms.values():
            crm.load(company)
        if self._kept is not None:
            self._kept.restore(self.world.clock, self._crms)
        self.hubspot.take_over(self.salesforce.people())
        self.world.faults.replace(list(options.faults))
        self.control_token = control_token(options.seed)
        self.control = Control(
            self.world,
            self.hubspot,
            self.salesforce,
            token=self.control_token,
            switches=DEFAULTS,
        )

    def apps(self) -> tuple[ASGIApp, ASGIApp, ASGIApp]:
        """HubSpot, Salesforce, control: in the order of their ports."""
        return self.hubspot.app, self.salesforce.app, self.control.app

    def ready_line(self, ports: tuple[int, ...]) -> str:
        """The one JSON line that says where everything listens and how to sign in."""
        made = self.certificates
        scheme, trust = ("https", {"ca_file": str(made.authority)}) if made else ("http", {})
        hubspot, salesforce = (f"{scheme}://{LOOPBACK}:{port}" for port in ports[:2])
        control = f"http://{LOOPBACK}:{ports[2]}"
        line = {
            "hubspot": self.hubspot.connection(hubspot) | trust,
            "salesforce": self.salesforce.connection(salesforce) | trust,
            "control_url": control,
            "control_token": self.control_token,
            "clock_url": control,
        }
        return orjson.dumps(line).decode()

    def keep(self) -> None:
        """Write the state file, if one was asked for."""
        if self._kept is not None:
            self._kept.save(self.world.clock, self._as_of, self._crms)


async def _deliver(sandbox: Sandbox) -> None:
    """Send webhook events as they fall due."""
    while True:
        await sandbox.hubspot.deliver()
        await asyncio.sleep(TICK_S)


def control_token(seed: int) -> str:
    """The control API's token: the same for the same seed, so that scripts can be written down."""
    return "control-" + hashlib.sha256(f"control:{seed}".encode()).hexdigest()[:24]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # Three servers share the process: `serve` handles its signals once for all of them.
        yield


def _protocol(opening_s: float) -> type[asyncio.Protocol]:
    """The HTTP protocol of uvicorn (httptools if installed); it shows the gate its connection.

    Args:
        opening_s: what the first call of a connection waits for beside its own latency.
    """
    name = "httptools" if importlib.util.find_spec("httptools") else "h11"
    uvicorn_class: Any = import_from_string(HTTP_PROTOCOLS[name])

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        uvicorn_class.connection_made(self, OnePacketTransport(transport, self.loop))
        opening = [opening_s] if opening_s else []
        self.app_state = {**self.app_state, TRANSPORT: transport, OPENING: opening}

    return type("SandboxProtocol", (uvicorn_class,), {"connection_made": connection_made})


def bind(port: int) -> tuple[socket.socket, ...]:
    """Three loopback sockets: ``port`` and the two after it, or any free ones for 0.

    Raises:
        OSError: if one is taken.
    """
    made: list[socket.socket] = []
    try:
        for offset in range(3):
            # asyncio sends small answers at once only where the protocol is named; else 40 ms.
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            made.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wanted = port + offset if port else 0
            try:
                sock.bind((LOOPBACK, wanted))
            except OSError as error:
                raise OSError(f"port {wanted} on {LOOPBACK}: {error.strerror}") from error
    except OSError:
        for sock in made:
            sock.close()
        raise
    return tuple(made)


async def serve(sandbox: Sandbox, sockets: tuple[socket.socket, ...]) -> None:
    """Serve until SIGINT or SIGTERM, then close connections and keep the state."""
    # Answers are built of many short-lived containers and of no cycles: look for these rarely.
    gc.set_threshold(50_000, 20, 50)
    made = sandbox.certificates
    opening_s = ROUND_TRIPS * sandbox.world.latency_s if made else 0.0
    protocol = _protocol(opening_s)
    chains = [made.chain, made.chain, None] if made else [None, None, None]
    servers = [
        _Server(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                date_header=False,  # the gate tells the sandbox's time
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=1,
                ssl_certfile=chain,
            )
        )
        for app, chain in zip(sandbox.apps(), chains, strict=True)
    ]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    running = asyncio.gather(
        *(server.serve(sockets=[sock]) for server, sock in zip(servers, sockets, strict=True))
    )
    listening = asyncio.gather(*(server.listening.wait() for server in servers))
    first: list[asyncio.Future[Any]] = [running, listening]
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        ports = tuple(sock.getsockname()[1] for sock in sockets)
        sys.stdout.write(sandbox.ready_line(ports) + "\n")
        sys.stdout.flush()
    listening.cancel()
    sending = asyncio.create_task(_deliver(sandbox))
    try:
        await running
    finally:
        sending.cancel()
    sandbox.keep()
