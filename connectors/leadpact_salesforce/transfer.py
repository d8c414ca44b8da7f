"""Bodies that are not JSON: uploads and results as streams, SOAP envelopes (facts §4, §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession

from leadpact.errors import WaitUntil
from leadpact_salesforce import errors
from leadpact_salesforce.client import SalesforceClient


def upload(client: SalesforceClient, path: str, blocks: Iterable[bytes], content_type: str) -> None:
    """PUT a body as it is made, once: what has been sent of it cannot be sent again.

    Raises:
        WaitUntil: ``session_ended`` where only a new session was missing; it is there now.
    """
    token = client.tokens.held()

    def send(sf: Salesforce, own: dict[str, Any]) -> None:
        headers = {**own, "Content-Type": content_type}
        url = sf.base_url + path
        sf._call_salesforce("PUT", url, name=path, data=iter(blocks), headers=headers)

    try:
        client.once(send, token)
    except SalesforceExpiredSession as expired:
        if not errors.token_expired(expired.content):
            raise errors.policy(expired.content) from None
    else:
        return
    client.tokens.refresh(if_still=token.value)
    raise WaitUntil(
        "Salesforce's session ended before an upload; begin it anew.",
        seconds=0,
        code=errors.SESSION_ENDED,
    )


def stream(
    client: SalesforceClient, path: str, params: Mapping[str, str] | None = None
) -> requests.Response:
    """GET a body that is read as it comes; the caller closes it."""

    def send(sf: Salesforce, own: dict[str, Any]) -> requests.Response:
        url = sf.base_url + path
        return sf._call_salesforce("GET", url, name=path, params=params, headers=own, stream=True)

    return client.exchange(send, safe=True)


def soap(client: SalesforceClient, write: Callable[[str], bytes]) -> requests.Response:
    """POST an envelope to the partner API; ``write`` is given the session's token.

    A fault comes back as it is, but for one that only a new session cures.
    """
    path = f"/services/Soap/u/{client.api_version}"

    def send(sf: Salesforce, own: dict[str, Any]) -> requests.Response:
        answer = client.session.post(
            f"https://{sf.sf_instance}{path}",
            data=write(own["Authorization"].removeprefix("Bearer ")),
            headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
        )
        if answer.status_code == 500 and b">INVALID_SESSION_ID<" in answer.content:
            told: Any = [{"errorCode": errors.EXPIRED, "message": "Session expired or invalid"}]
            raise SalesforceExpiredSession(answer.url, 401, path, cast("bytes", told))
        return answer

    return client.exchange(send, safe=False)
