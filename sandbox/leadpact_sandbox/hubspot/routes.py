"""The one table of calls: each handler once, wherever its paths lie (facts §0, §10)."""

from __future__ import annotations

from collections.abc import Iterator

from leadpact_sandbox.hubspot.account import Account
from leadpact_sandbox.hubspot.association_routes import AssociationCalls
from leadpact_sandbox.hubspot.batch import Batches
from leadpact_sandbox.hubspot.forms import Forms
from leadpact_sandbox.hubspot.kinds import CONTACTS, KINDS, Kind
from leadpact_sandbox.hubspot.lists import Lists
from leadpact_sandbox.hubspot.oauth import OAuth
from leadpact_sandbox.hubspot.paths import Row
from leadpact_sandbox.hubspot.pipeline_routes import PipelineCalls
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.property_routes import Properties
from leadpact_sandbox.hubspot.records import Records
from leadpact_sandbox.hubspot.webhooks import Webhooks

OWNERS = ("crm.objects.owners.read",)
UNCOVERED = (
    ("/crm/v3/objects", "other object types, and the former associations of records"),
    ("/crm/objects", "other object types, and other dated releases"),
    ("/crm/v3/properties", "properties of other object types"),
    ("/crm/properties", "properties of other object types, and other dated releases"),
    ("/crm/v3/pipelines", "pipelines of other object types, and their audits"),
    ("/crm/pipelines", "pipelines of other object types, and other dated releases"),
    ("/crm/v3/associations", "the former associations API"),
    ("/crm/v3/lists", "other parts of lists"),
    ("/crm/lists", "other parts of lists, and other dated releases"),
    ("/crm/v3/imports", "imports"),
    ("/crm/v3/exports", "exports"),
    ("/crm/v3/limits", "limit tracking"),
    ("/crm/v3/schemas", "custom objects"),
    ("/crm-object-schemas", "custom objects, and other dated releases"),
    ("/crm/v3/property-validations", "property validation rules"),
    ("/crm/v3/timeline", "timeline events"),
    ("/crm/v4", "other parts of associations"),
    ("/crm/associations", "other parts of associations, and other dated releases"),
    ("/crm/owners", "other dated releases of owners"),
    ("/account-info", "other parts of account information"),
    ("/oauth", "other parts of OAuth"),
    ("/webhooks", "other parts of webhooks"),
    ("/app-webhooks", "other parts of webhooks"),
    ("/webhooks-journal", "the webhooks journal"),
    ("/events", "events"),
    ("/marketing", "marketing"),
    ("/automation", "automation"),
    ("/form-integrations", "other parts of form submissions"),
    ("/settings", "settings"),
)


def rows(portal: Portal, webhooks: Webhooks, lists: Lists) -> list[Row]:
    """Every call that the sandbox covers."""
    found: list[Row] = []
    for kind in KINDS:
        found += _objects(portal, kind)
        found += _properties(portal, kind)
        found += _associations(portal, kind)
        if kind.pipeline is not None:
            found += _pipelines(portal, kind)
    found += _account(portal)
    found += _lists(lists)
    found += _forms(portal)
    return [*found, *_oauth(portal), *_webhooks(webhooks)]


def _objects(portal: Portal, kind: Kind) -> Iterator[Row]:
    space = portal.spaces[kind.name]
    records, batches = Records(portal, space), Batches(portal, space)
    read, write = kind.can("read"), kind.can("write")
    for what, batch, needs in (
        ("read", batches.read, read),
        ("update", batches.update, write),
        ("upsert", batches.upsert, write),
        ("create", batches.create, write),
        ("archive", batches.archive, write),
    ):
        yield Row("POST", "objects", f"/{{type}}/batch/{what}", batch, needs, kind=kind)
    yield Row("POST", "objects", "/{type}/search", records.search, read, "search", kind)
    yield Row("POST", "objects", "/{type}/merge", records.merge, write, kind=kind)
    if kind is CONTACTS:
        yield Row("POST", "objects", "/{type}/gdpr-delete", records.forget, write, kind=kind)
    for method, rest, handler, needs in (
        ("GET", "/{type}", records.page, read),
        ("POST", "/{type}", records.create, write),
        ("GET", "/{type}/{id}", records.read, read),
        ("PATCH", "/{type}/{id}", records.update, write),
        ("DELETE", "/{type}/{id}", records.archive, write),
    ):
        yield Row(method, "objects", rest, handler, needs, kind=kind)


def _properties(portal: Portal, kind: Kind) -> Iterator[Row]:
    calls = Properties(portal, kind)
    read, write = kind.can_shape("read"), kind.can_shape("write")
    for method, rest, handler, needs in (
        ("GET", "", calls.page, read),
        ("POST", "", calls.create, write),
        ("POST", "/batch/create", calls.batch_create, write),
        ("POST", "/batch/read", calls.batch_read, read),
        ("POST", "/batch/archive", calls.batch_archive, write),
        ("GET", "/groups", calls.groups, read),
        ("POST", "/groups", calls.create_group, write),
        ("GET", "/groups/{name}", calls.group, read),
        ("PATCH", "/groups/{name}", calls.update_group, write),
        ("DELETE", "/groups/{name}", calls.archive_group, write),
        ("GET", "/{name}", calls.read, read),
        ("PATCH", "/{name}", calls.update, write),
        ("DELETE", "/{name}", calls.archive, write),
    ):
        yield Row(method, "properties", "/{type}" + rest, handler, needs, kind=kind)


def _associations(portal: Portal, kind: Kind) -> Iterator[Row]:
    calls = AssociationCalls(portal, kind)
    read, write = kind.can("read"), kind.can("write")
    for method, family, rest, handler, needs in (
        ("GET", "links", "/{id}/associations/{to}", calls.page, read),
        ("PUT", "links", "/{id}/associations/default/{to}/{toId}", calls.make_default, write),
        ("PUT", "links", "/{id}/associations/{to}/{toId}", calls.make, write),
        ("DELETE", "links", "/{id}/associations/{to}/{toId}", calls.cut, write),
        ("POST", "associations", "/{to}/batch/read", calls.batch_read, read),
        ("POST", "associations", "/{to}/batch/create", calls.batch_make, write),
        ("POST", "associations", "/{to}/batch/associate/default", calls.batch_make_default, write),
        ("POST", "associations", "/{to}/batch/archive", calls.batch_cut, write),
        ("POST", "associations", "/{to}/batch/labels/archive", calls.batch_cut_labels, write),
        ("GET", "associations", "/{to}/labels", calls.labels, read),
        ("POST", "associations", "/{to}/labels", calls.make_label, write),
        ("PUT", "associations", "/{to}/labels", calls.update_label, write),
        ("DELETE", "associations", "/{to}/labels/{typeId}", calls.cut_label, write),
    ):
        yield Row(method, family, "/{type}" + rest, handler, needs, "associations", kind)


def _pipelines(portal: Portal, kind: Kind) -> Iterator[Row]:
    calls = PipelineCalls(portal, kind)
    read, write = kind.can_shape("read"), kind.can_shape("write")
    for method, rest, handler, needs in (
        ("GET", "", calls.page, read),
        ("POST", "", calls.create, write),
        ("GET", "/{pipeline}", calls.read, read),
        ("PATCH", "/{pipeline}", calls.update, write),
        ("PUT", "/{pipeline}", calls.replace, write),
        ("DELETE", "/{pipeline}", calls.archive, write),
        ("GET", "/{pipeline}/stages", calls.stages, read),
        ("POST", "/{pipeline}/stages", calls.create_stage, write),
        ("GET", "/{pipeline}/stages/{stage}", calls.stage, read),
        ("PATCH", "/{pipeline}/stages/{stage}", calls.update_stage, write),
        ("PUT", "/{pipeline}/stages/{stage}", calls.update_stage, write),
        ("DELETE", "/{pipeline}/stages/{stage}", calls.archive_stage, write),
    ):
        yield Row(method, "pipelines", "/{type}" + rest, handler, needs, kind=kind)


def _account(portal: Portal) -> Iterator[Row]:
    account, owners = Account(portal), portal.owners
    yield Row("GET", "owners", "", owners.page, OWNERS)
    yield Row("GET", "owners", "/", owners.page, OWNERS)
    yield Row("GET", "owners", "/{id}", owners.read, OWNERS)
    yield Row("GET", "schemas", "", account.schemas)
    yield Row("POST", "schemas", "", account.define)
    yield Row("GET", "account", "/details", account.details)
    yield Row("GET", "account", "/api-usage/daily/private-apps", account.usage)
    yield Row(
        "POST",
        "/oauth/v2/private-apps/get/access-token-info",
        "",
        account.token,
        door="open",
    )


def _lists(calls: Lists) -> Iterator[Row]:
    read, write = ("crm.lists.read",), ("crm.lists.write",)
    for method, rest, handler, needs in (
        ("POST", "", calls.create, write),
        ("POST", "/", calls.create, write),
        ("POST", "/search", calls.search, read),
        ("GET", "/{listId}", calls.read, read),
        ("DELETE", "/{listId}", calls.archive, write),
        ("GET", "/{listId}/memberships", calls.members, read),
        ("PUT", "/{listId}/memberships/add", calls.add, write),
        ("PUT", "/{listId}/memberships/remove", calls.remove, write),
        ("GET", "/records/{objectTypeId}/{recordId}/memberships", calls.memberships, read),
        ("POST", "/records/memberships/batch/read", calls.batch_memberships, read),
    ):
        yield Row(method, "lists", rest, handler, needs)


def _forms(portal: Portal) -> Iterator[Row]:
    calls = Forms(portal)
    for path, handler in (
        ("/marketing/v3/forms", calls.page),
        ("/marketing/v3/forms/", calls.page),
        ("/form-integrations/v1/submissions/forms/{guid}", calls.submissions),
    ):
        yield Row("GET", path, "", handler, ("forms",))


def _oauth(portal: Portal) -> Iterator[Row]:
    calls = OAuth(portal)
    for method, path, handler in (
        ("POST", "/oauth/v1/token", calls.token_v1),
        ("GET", "/oauth/v1/access-tokens/{token}", calls.access_v1),
        ("GET", "/oauth/v1/refresh-tokens/{token}", calls.refresh_v1),
        ("DELETE", "/oauth/v1/refresh-tokens/{token}", calls.revoke_v1),
        *(
            ("POST", f"/oauth/{release}/token{rest}", handler)
            for release in ("v3", "2026-03")
            for rest, handler in (
                ("", calls.token),
                ("/introspect", calls.introspect),
                ("/revoke", calls.revoke),
            )
        ),
    ):
        yield Row(method, path, "", handler, door="open", form=True)


def _webhooks(calls: Webhooks) -> Iterator[Row]:
    settings, subscriptions = "/{appId}/settings", "/{appId}/subscriptions"
    for method, rest, handler in (
        ("GET", settings, calls.settings),
        ("PUT", settings, calls.configure),
        ("DELETE", settings, calls.clear),
        ("GET", subscriptions, calls.page),
        ("POST", subscriptions, calls.create),
        ("POST", f"{subscriptions}/batch/update", calls.batch_update),
        ("GET", f"{subscriptions}/{{subscriptionId}}", calls.read),
        ("PATCH", f"{subscriptions}/{{subscriptionId}}", calls.update),
        ("DELETE", f"{subscriptions}/{{subscriptionId}}", calls.archive),
    ):
        yield Row(method, "webhooks", rest, handler, door="open")
