"""One method per Salesforce endpoint that leadpact uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from simple_salesforce.api import Salesforce

from leadpact.errors import Stop
from leadpact_salesforce import errors, limits
from leadpact_salesforce.calls import Page, SalesforceCalls
from leadpact_salesforce.soql import as_parameter

_LOCATOR: Final = re.compile(r"/services/data/v\d+\.\d+/query(?:All)?/[A-Za-z0-9]+(?:-\d+)?")


class SalesforceClient(SalesforceCalls):
    """The endpoints that leadpact uses; one org, one token, one pool of connections, for all threads."""

    # -- reading -------------------------------------------------------------------------------

    def query(self, soql: str, *, with_deleted: bool = False) -> Page:
        """First page of a query; ``with_deleted`` adds what lies in the recycle bin."""
        path = "queryAll/" if with_deleted else "query/"
        headers = {"Sforce-Query-Options": f"batchSize={limits.QUERY_PAGE}"}
        return self._page(path, params=as_parameter(soql), headers=headers)

    def query_more(self, more: str) -> Page:
        """The page at a ``nextRecordsUrl``, which never leaves the query resource."""
        if not _LOCATOR.fullmatch(more):
            raise Stop("A stored page address of Salesforce is damaged.", code="bad_cursor")
        return self._page(more)

    def rows(self, soql: str, *, with_deleted: bool = False) -> Iterator[dict[str, Any]]:
        """All rows of a query."""
        page = self.query(soql, with_deleted=with_deleted)
        yield from page.rows
        while page.more:
            page = self.query_more(page.more)
            yield from page.rows

    def describe(self, kind: str) -> Mapping[str, Any]:
        """The live description of an object."""

        def send(sf: Salesforce, headers: dict[str, Any]) -> Mapping[str, Any]:
            described: Mapping[str, Any] = getattr(sf, kind).describe(headers=headers)
            return described

        return self.exchange(send, safe=True)

    def read_collection(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> list[dict[str, Any] | None]:
        """Up to 2,000 records by id, None for those that are not there (facts §2)."""
        body = {"ids": list(ids), "fields": list(fields)}
        found: list[dict[str, Any] | None] = self._json(
            "POST", f"composite/sobjects/{kind}", body, safe=True
        )
        return found

    def updated(self, kind: str, start: datetime, end: datetime) -> Mapping[str, Any]:
        """Ids changed in a span; seconds are cut off by Salesforce (facts §3)."""
        form = "%Y-%m-%dT%H:%M:%SZ"
        span = {"start": start.strftime(form), "end": end.strftime(form)}
        found: Mapping[str, Any] = self._json(
            "GET", f"sobjects/{kind}/updated/", params=span, safe=True
        )
        return found

    def signed_in_as(self) -> Mapping[str, Any]:
        """``organization_id`` and ``user_id`` of the token."""
        found: Mapping[str, Any] = self._json("GET", "/services/oauth2/userinfo", safe=True)
        return found

    # -- writing -------------------------------------------------------------------------------

    def write_collection(
        self, path: str, records: Sequence[Mapping[str, Any]], *, assign: bool = False
    ) -> Any:
        """PATCH up to 200 records, each by itself: ``composite/sobjects`` or an upsert's path.

        ``assign``: assignment rules run on them; on all other calls they never do (facts §6).
        """
        body = {"allOrNone": False, "records": records}
        headers = {"Sforce-Auto-Assign": "TRUE"} if assign else None
        return self._call("PATCH", path, body, headers=headers, safe=False)[0]

    def remove_collection(self, ids: Sequence[str]) -> Any:
        """DELETE up to 200 records, each by itself: into the recycle bin (facts §2)."""
        path = f"composite/sobjects?ids={','.join(ids)}&allOrNone=false"
        return self._call("DELETE", path, safe=False)[0]

    def make(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST one record: ``sobjects/…`` or ``tooling/sobjects/…``."""
        return self._json("POST", path, body, safe=False)

    def change(self, path: str, body: Mapping[str, Any], unchanged_since: str = "") -> Any:
        """PATCH one record; with an HTTP date only as long as it was not modified after that."""
        headers = {"If-Unmodified-Since": unchanged_since} if unchanged_since else None
        return self._call("PATCH", path, body, headers=headers, safe=False)[0]

    def tooling_rows(self, soql: str) -> Sequence[dict[str, Any]]:
        """First page of a Tooling query."""
        return self._page("tooling/query/", params=as_parameter(soql)).rows

    def tooling_record(self, kind: str, record_id: str) -> Mapping[str, Any]:
        """One Tooling record with its ``Metadata``."""
        found: Mapping[str, Any] = self._json(
            "GET", f"tooling/sobjects/{kind}/{record_id}", safe=True
        )
        return found

    def read(self, path: str) -> Any:
        """GET one resource."""
        return self._json("GET", path, safe=True)

    def remove(self, path: str) -> None:
        """DELETE one resource."""
        self._json("DELETE", path, safe=True)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """One call whose refusal is an answer too: (status, body); never repeated.

        Raises:
            SignIn, WaitUntil: 401 and 5xx, where the answer says nothing of what was asked.
        """
        self._budget.spend(self._crm)
        token = self.tokens.held()
        base = "" if path.startswith("/") else f"/services/data/v{self._settings.api_version}/"
        try:
            response = self.session.request(
                method,
                f"{token.instance_url.rstrip('/')}{base}{path}",
                json=body,
                headers={"Authorization": f"Bearer {token.value}"},
            )
        except errors.NETWORK_ERRORS as error:
            raise errors.of_network(error) from None
        try:
            content = response.json() if response.content else None
        except ValueError as error:
            raise errors.of_network(error) from None
        if response.status_code == 401 or response.status_code >= 500:
            raise errors.of_call(response.status_code, content)
        return response.status_code, content
