"""The demo's world: a sandbox process, the acts of its people, and readings of both CRMs that ask nobody else."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import urllib3

from leadpact.errors import FixSettings, Stop, WaitUntil

API = "/services/data/v66.0"
CALL_S = 20.0
END_S = 5.0


@dataclass(slots=True)
class World:
    """One running sandbox.

    Attributes:
        ready: the sandbox's ready line, parsed (docs/sandbox.md).
    """

    ready: Mapping[str, Any]
    _session: str = ""
    _pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=2, retries=False)
    )

    @property
    def hubspot_url(self) -> str:
        """Where the emulated HubSpot listens."""
        return str(self.ready["hubspot"]["base_url"])

    @property
    def salesforce_url(self) -> str:
        """Where the emulated Salesforce listens."""
        return str(self.ready["salesforce"]["instance_url"])

    @property
    def control_url(self) -> str:
        """Where the control API listens."""
        return str(self.ready["control_url"])

    def settings(self) -> dict[str, Any]:
        """What leadpact must be told to reach both CRMs and to follow their clock."""
        salesforce = {
            key: self.ready["salesforce"][key]
            for key in ("instance_url", "client_id", "client_secret", "login_url")
        }
        return {
            "hubspot": dict(self.ready["hubspot"]),
            "salesforce": salesforce,
            "clock_url": self.ready["clock_url"],
        }

    # --- acts of people ---------------------------------------------------------------------------

    def edit_contact(self, contact_id: str, properties: Mapping[str, str], by: str) -> None:
        """Somebody edits a contact in HubSpot; ``by`` as in docs/sandbox.md."""
        self.control(
            "/hubspot/edit",
            {"object": "contacts", "id": contact_id, "properties": dict(properties), "by": by},
        )

    def edit_lead(self, lead_id: str, fields: Mapping[str, Any], by: str) -> None:
        """Somebody edits a Lead in Salesforce."""
        self.control(
            "/salesforce/edit", {"object": "Lead", "id": lead_id, "fields": dict(fields), "by": by}
        )

    def convert(self, lead_id: str, opportunity: str, by: str) -> None:
        """A rep converts a Lead, with a new opportunity of this name."""
        self.control(
            "/salesforce/convert",
            {
                "lead": lead_id,
                "status": "Closed - Converted",
                "opportunity": opportunity,
                "by": by,
            },
        )

    def hide_property(self, name: str) -> None:
        """An admin takes a property of contacts away in HubSpot."""
        url = f"{self.hubspot_url}/crm/v3/properties/contacts/{quote(name)}"
        self._ask("DELETE", url, self._hubspot_headers())

    def advance(self, seconds: float) -> None:
        """Move the time of both CRMs forward."""
        self.control("/advance", {"seconds": seconds})

    def calls(self) -> dict[str, int]:
        """Calls that each CRM has counted since it was started."""
        return {crm: sum(routes.values()) for crm, routes in self.get("/calls").items()}

    def get(self, path: str) -> Any:
        """One question to the control API."""
        return self._ask("GET", self.control_url + path, self._control_headers())

    def control(self, path: str, body: Any) -> Any:
        """One call of the control API."""
        return self._ask("POST", self.control_url + path, self._control_headers(), body)

    # --- what stands in the CRMs, read without leadpact ---------------------------------------------

    def contacts(self, properties: list[str]) -> list[dict[str, Any]]:
        """All contacts of HubSpot: their properties, and ``id``."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            query = {"limit": "100", "properties": ",".join(properties)}
            page = self._ask(
                "GET",
                f"{self.hubspot_url}/crm/v3/objects/contacts?{urlencode(query | ({'after': after} if after else {}))}",
                self._hubspot_headers(),
            )
            found.extend({"id": one["id"], **one["properties"]} for one in page["results"])
            after = page.get("paging", {}).get("next", {}).get("after", "")
            if not after:
                return found

    def contact(self, contact_id: str, properties: list[str]) -> dict[str, Any]:
        """One contact's properties."""
        url = f"{self.hubspot_url}/crm/v3/objects/contacts/{quote(contact_id)}?" + urlencode(
            {"properties": ",".join(properties)}
        )
        return dict(self._ask("GET", url, self._hubspot_headers())["properties"])

    def query(self, text: str) -> list[dict[str, Any]]:
        """Rows that Salesforce answers to this query, all pages."""
        page = self._ask(
            "GET",
            f"{self.salesforce_url}{API}/query?{urlencode({'q': text})}",
            self._salesforce_headers(),
        )
        rows = list(page["records"])
        while not page["done"]:
            page = self._ask(
                "GET", self.salesforce_url + page["nextRecordsUrl"], self._salesforce_headers()
            )
            rows.extend(page["records"])
        return rows

    def salesforce(self, method: str, path: str, body: Any = None) -> Any:
        """One call of Salesforce's own API, by whom the sandbox signed in; ``path`` from the version on."""
        return self._ask(
            method, f"{self.salesforce_url}{API}{path}", self._salesforce_headers(), body
        )

    def owners(self) -> dict[str, str]:
        """HubSpot owner ids by e-mail address."""
        page = self._ask(
            "GET", f"{self.hubspot_url}/crm/v3/owners?limit=100", self._hubspot_headers()
        )
        return {one["email"]: str(one["id"]) for one in page["results"]}

    def users(self) -> dict[str, str]:
        """Salesforce User ids by e-mail address."""
        rows = self.query("SELECT Id, Email FROM User WHERE IsActive = true")
        return {row["Email"]: row["Id"] for row in rows if row["Email"]}

    def _control_headers(self) -> dict[str, str]:
        return {"X-Control-Token": str(self.ready["control_token"])}

    def _hubspot_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.ready['hubspot']['token']}"}

    def _salesforce_headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._session or self.ready['salesforce']['access_token']}"
        }

    def sign_in_again(self) -> None:
        """A new session with Salesforce, where so much time has passed that the first one has ended."""
        told = self.ready["salesforce"]
        asked = {
            "grant_type": "client_credentials",
            "client_id": told["client_id"],
            "client_secret": told["client_secret"],
        }
        url = f"{told['login_url']}/services/oauth2/token"
        answer = self._pool.request("POST", url, fields=asked, encode_multipart=False)
        self._session = str(orjson.loads(answer.data)["access_token"])

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: Any = None) -> Any:
        sent = {**headers, "Content-Type": "application/json"}
        try:
            answer = self._pool.request(
                method,
                url,
                headers=sent,
                body=None if body is None else orjson.dumps(body),
                timeout=CALL_S,
            )
        except urllib3.exceptions.HTTPError as error:
            raise WaitUntil(
                "The sandbox of the demo does not answer.",
                code="sandbox_unreachable",
                detail=type(error).__name__,
            ) from error
        if answer.status >= 300:
            raise Stop(
                f"The sandbox refused {method} {url.partition('?')[0]}: "
                f"{answer.status} {answer.data[:300].decode(errors='replace')}",
                code="sandbox_refused",
            )
        return orjson.loads(answer.data) if answer.data else None

    def close(self) -> None:
        """Give back the connections."""
        self._pool.clear()


def start_sandbox(leads: int, seed: int) -> tuple[subprocess.Popen[str], World]:
    """Start a sandbox process on free ports of this machine and wait until it is ready.

    Raises:
        FixSettings: it did not start; its own words are in the message.
    """
    command = [sys.executable, "-m", "leadpact_sandbox", "--port", "0"]
    command += ["--leads", str(leads), "--seed", str(seed)]
    process = subprocess.Popen(  # noqa: S603 - our own module, with numbers
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        _out, errors = process.communicate(timeout=CALL_S)
        raise FixSettings(
            f"The sandbox did not start. {errors.strip()[-400:]}\n"
            'It needs the extra: pip install "leadpact[sandbox]"; `make demo` has it.',
            code="sandbox_not_started",
        )
    return process, World(orjson.loads(line))


def stop_sandbox(process: subprocess.Popen[str]) -> None:
    """End the process that :func:`start_sandbox` began."""
    if process.poll() is None:
        process.terminate()
        try:
            process.communicate(timeout=END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@contextlib.contextmanager
def running_world(leads: int, seed: int) -> Iterator[World]:
    """A sandbox that ends with the block."""
    process, world = start_sandbox(leads, seed)
    try:
        yield world
    finally:
        world.close()
        stop_sandbox(process)
