"""One method per HubSpot endpoint that leadpact uses (facts §11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import urllib3

from leadpact.errors import Stop
from leadpact_hubspot import errors
from leadpact_hubspot.calls import HubSpotCalls, object_in
from leadpact_hubspot.limits import BURST, SEARCH
from leadpact_hubspot.oauth import OAuthSignIn
from leadpact_hubspot.objects import (
    ACCOUNT_PATH,
    COMPANIES,
    CONTACTS,
    DEALS,
    LIST_PAGE,
    OBJECT_ID,
    TOKEN_PATH,
    USAGE_PATH,
    Json,
)


class HubSpotClient(HubSpotCalls):
    """The endpoints that leadpact uses. Safe for many threads."""

    # -- records ----------------------------------------------------------------------------------

    def list_page(self, after: str, names: Sequence[str], kind: str = CONTACTS) -> Json:
        """GET one page of all records of a kind, by id; ``after=""`` for the first."""
        return self._page(kind, after, names, archived=False)

    def archived_page(self, after: str) -> Json:
        """GET one page of archived contacts, by id; ``after=""`` for the first."""
        return self._page(CONTACTS, after, [OBJECT_ID], archived=True)

    def _page(self, kind: str, after: str, names: Sequence[str], *, archived: bool) -> Json:
        more: Json = {"after": after} if after else {}
        return self._call(
            self._objects[kind].basic.get_page,
            limit=LIST_PAGE,
            properties=list(names),
            archived=archived,
            **more,
        )

    def read_one(self, id: str, names: Sequence[str], kind: str = CONTACTS) -> Json:
        """GET one record by id, also by one that was merged away (facts §6)."""
        basic = self._objects[kind].basic
        return self._call(basic.get_by_id, id, properties=list(names), archived=False)

    def search(self, body: Json, kind: str = CONTACTS) -> Json:
        """POST search."""
        return self._call(self._objects[kind].search.do_search, body, bucket=SEARCH)

    def batch_read(self, body: Json, kind: str = CONTACTS, *, archived: bool = False) -> Json:
        """POST batch/read; 207 comes back like 200, with ``errors``. Live records, or ``archived`` ones."""
        read = self._objects[kind].batch.read
        return self._call(read, body, archived=True) if archived else self._call(read, body)

    def batch_archive(self, body: Json) -> Json:
        """POST batch/archive of contacts; the answer is empty, also for what is archived already (facts §1)."""
        self._call(self._objects[CONTACTS].batch.archive, body)
        return {"results": body["inputs"]}

    def batch_update(self, body: Json) -> Json:
        """POST batch/update of contacts; never repeated once it may have been carried out."""
        return self._call(self._objects[CONTACTS].batch.update, body, safe=False)

    def batch_upsert(self, body: Json) -> Json:
        """POST batch/upsert of contacts; never repeated once it may have been carried out."""
        return self._call(self._objects[CONTACTS].batch.upsert, body, safe=False)

    def linked(self, kind: str, to: str, inputs: list[Json]) -> Json:
        """POST associations batch/read: which records of another kind these are associated with."""
        return self._call(self._associations().get_page, kind, to, {"inputs": inputs})

    def associate(self, body: Json) -> Json:
        """POST associations of contacts with companies, without a label: a repeat changes nothing."""
        ends = (CONTACTS, COMPANIES)
        return self._call(self._associations().create_default, *ends, body, safe=False)

    def _associations(self) -> Any:
        # Few accounts need it, and its package is slow to import.
        with self._making:
            if self._links is None:
                self._links = self._hub.crm.associations.v4.batch_api
            return self._links

    def batch_read_tasks(self, body: Json) -> Json:
        """POST batch/read of tasks."""
        return self._call(self._task_batches().read, body)

    def batch_create_tasks(self, body: Json) -> Json:
        """POST batch/create of tasks with their associations; never repeated once it may have been carried out."""
        return self._call(self._task_batches().create, body, safe=False)

    def _task_batches(self) -> Any:
        # Only a handoff needs it.
        with self._making:
            if self._tasks is None:
                self._tasks = self._hub.crm.objects.tasks.batch_api
            return self._tasks

    def pipelines(self) -> Json:
        """GET the pipelines of deals with their stages."""
        if self._pipelines is None:
            raise Stop("Deals are not set to be read.", code="kind_unknown")
        return self._call(self._pipelines.get_all, DEALS)

    # -- properties -------------------------------------------------------------------------------

    def list_properties(self, kind: str = CONTACTS) -> Json:
        """GET all properties of a kind."""
        return self._call(self._properties.get_all, kind, archived=False)

    def read_property(self, name: str) -> Json:
        """GET one contact property."""
        return self._call(self._properties.get_by_name, CONTACTS, name)

    def create_property(self, body: Json) -> Json:
        """POST a contact property."""
        return self._call(self._properties.create, CONTACTS, body, safe=False)

    def update_property(self, name: str, body: Json) -> Json:
        """PATCH a contact property; options are replaced as a whole (facts §5)."""
        return self._call(self._properties.update, CONTACTS, name, body, safe=False)

    def create_group(self, body: Json) -> Json:
        """POST a property group."""
        return self._call(self._groups.create, CONTACTS, body, safe=False)

    # -- account ----------------------------------------------------------------------------------

    def owners_page(self, after: str, *, archived: bool) -> Json:
        """GET one page of owners."""
        more: Json = {"after": after} if after else {}
        return self._call(self._owners.get_page, limit=100, archived=archived, **more)

    def account_details(self) -> Json:
        """GET which portal this is."""
        return self._call(self._bare, ACCOUNT_PATH, "GET")

    def token_info(self) -> Json:
        """POST the token to learn its app and scopes; the token travels in the body only."""
        token = self._sign_in.token()
        if isinstance(self._sign_in, OAuthSignIn):
            told = self._sign_in.introspect(token)
            return {"appId": told.get("app_id"), "scopes": told.get("scopes")}
        return self._call(self._bare, TOKEN_PATH, "POST", body={"tokenKey": token})

    def usage(self) -> Json:
        """GET how many calls of the day private apps have used."""
        return self._call(self._bare, USAGE_PATH, "GET")

    def ask(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """One call whose refusal is an answer too: (status, body); never repeated.

        Raises:
            SignIn, WaitUntil: 401, 429 and 5xx, where the answer says nothing of what was asked.
        """
        self._sent.token = self._sign_in.token()
        self._limits.before(SEARCH if path.endswith("/search") else BURST)
        try:
            response = self._bare(
                path, method, body=body, _preload_content=False, _request_timeout=self._timeout
            )
        except self._api_errors as error:
            if error.status in (0, 401, 429) or (error.status or 500) >= 500:
                raise self._refused(error, BURST) from None
            return int(error.status), object_in(error.body or b"")
        except urllib3.exceptions.HTTPError as error:
            raise errors.network(error, sent=True) from None
        self._limits.after(response.headers)
        return int(response.status), object_in(response.data)
