"""Makes bad calls out of good ones: wrong types, missing keys, odd texts, cut bodies, ids of the wrong shape."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from tests.fuzz.calling import Call

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 1e308, 1.5, "", " ", "0", "-1", "null", "true"),
    *(
        "a" * 300,
        "é株🙂",
        "\x00",
        "\ud800",
        "' OR 1=1 --",
        "\\",
        "%",
        "../..",
        "{}",
        "[]",
        "@{x.id}",
    ),
    *(
        "2026-13-45",
        "2026-11-22T00:00:00Z",
        "1e400",
        "00Q000000000001",
        "00QDn0000000001MAA",
        "101",
    ),
    *([], {}, [None], [[[]]], {"": None}, {"id": {"id": []}}, [1, "a", None], ["101"] * 300),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
QUERY_WORDS = (
    *(
        "limit",
        "after",
        "properties",
        "archived",
        "idProperty",
        "associations",
        "propertiesWithHistory",
    ),
    *("q", "fields", "start", "end", "ids", "allOrNone", "updateOnly", "maxRecords", "locator"),
)
SOQL_BITS = (
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "LIKE",
        "ORDER BY",
        "GROUP BY",
        "HAVING",
    ),
    *(
        "LIMIT",
        "OFFSET",
        "Id",
        "Name",
        "Email",
        "Status",
        "Owner.Name",
        "Account.Name",
        "Lead",
        "Contact",
    ),
    *(
        "COUNT()",
        "COUNT(Id)",
        "MAX(CreatedDate)",
        "CALENDAR_YEAR(CreatedDate)",
        "TODAY",
        "LAST_N_DAYS:3",
    ),
    *(
        "FIELDS(ALL)",
        "TYPEOF",
        "(SELECT Id FROM Contacts)",
        "NULLS LAST",
        "ALL ROWS",
        "FOR VIEW",
        "=",
    ),
    *(
        "!=",
        "<",
        ">=",
        "(",
        ")",
        ",",
        "'a'",
        "'%'",
        "'\\",
        "null",
        "true",
        "1",
        "1.5",
        "2026-11-22",
    ),
    *(
        "2026-11-22T00:00:00Z",
        "INCLUDES",
        "EXCLUDES",
        ":x",
        "USING SCOPE",
        "WITH SECURITY_ENFORCED",
        ";",
    ),
)


def spoilt(rng: random.Random, good: Call) -> Call:
    """The call with one to three things wrong with it."""
    call = good
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        call = rng.choice((_body, _body, _body, _path, _query, _query, _bytes, _method, _header))(
            rng, call
        )
    return call


def _body(rng: random.Random, call: Call) -> Call:
    try:
        tree = json.loads(call.body)
    except (ValueError, RecursionError):
        return _bytes(rng, call)
    return replace(call, body=_dump(_spoil_tree(rng, tree)))


def _dump(tree: Any) -> bytes:
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def _spoil_tree(rng: random.Random, tree: Any) -> Any:
    """Change one place of a JSON tree, the deeper the likelier."""
    if isinstance(tree, dict) and tree and rng.random() < 0.85:
        made = dict(tree)
        key = rng.choice(list(made))
        act = rng.random()
        if act < 0.12:
            del made[key]
        elif act < 0.2:
            made[rng.choice(("extra", "", "id", "__proto__", key.upper()))] = rng.choice(ODD)
        else:
            made[key] = _spoil_tree(rng, made[key])
        return made
    if isinstance(tree, list) and tree and rng.random() < 0.85:
        listed = list(tree)
        at = rng.randrange(len(listed))
        act = rng.random()
        if act < 0.1:
            del listed[at]
        elif act < 0.25:
            listed = listed * rng.choice((2, 101, 201))
        else:
            listed[at] = _spoil_tree(rng, listed[at])
        return listed
    return rng.choice(ODD)


def _path(rng: random.Random, call: Call) -> Call:
    parts = call.path.split("/")
    at = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
    act = rng.random()
    if act < 0.15:
        parts.insert(at, "extra")
    elif act < 0.3:
        del parts[at]
    else:
        odd = rng.choice(ODD)
        text = odd if isinstance(odd, str) else json.dumps(odd)
        parts[at] = quote(text.encode("utf-8", "replace")[:400], safe="")
    return replace(call, path="/".join(parts) or "/")


def _query(rng: random.Random, call: Call) -> Call:
    if "q=" in call.query and rng.random() < 0.8:
        return replace(call, query="q=" + quote(_soql(rng, call.query)))
    name = rng.choice(QUERY_WORDS)
    odd = rng.choice(ODD)
    text = odd if isinstance(odd, str) else json.dumps(odd)
    pair = f"{name}={quote(text.encode('utf-8', 'replace')[:3_000])}"
    return replace(call, query="&".join(filter(None, (call.query, pair))))


def _soql(rng: random.Random, query: str) -> str:
    from urllib.parse import unquote_plus

    words = unquote_plus(query.partition("q=")[2]).split(" ")
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(words) + 1)
        act = rng.random()
        if act < 0.4:
            words.insert(at, rng.choice(SOQL_BITS))
        elif act < 0.7 and at < len(words):
            words[at] = rng.choice(SOQL_BITS)
        elif at < len(words) and len(words) > 1:
            del words[at]
    if rng.random() < 0.05:
        words = [rng.choice(SOQL_BITS) for _ in range(rng.randrange(1, 12))]
    if rng.random() < 0.02:
        words.append("(" * rng.choice((5, 200, 3_000)))
    return " ".join(words)


def _bytes(rng: random.Random, call: Call) -> Call:
    body = bytearray(call.body or b"{}")
    act = rng.random()
    if act < 0.3:
        body = body[: rng.randrange(len(body) + 1)]
    elif act < 0.6:
        for _ in range(rng.randrange(1, 6)):
            body[rng.randrange(len(body))] = rng.randrange(256)
    elif act < 0.7:
        body = bytearray(b"[" * 5_000)
    elif act < 0.8:
        body = bytearray()
    else:
        at = rng.randrange(len(body) + 1)
        body[at:at] = rng.randbytes(rng.randrange(1, 40))
    return replace(call, body=bytes(body))


def _method(rng: random.Random, call: Call) -> Call:
    return replace(call, method=rng.choice(METHODS))


def _header(rng: random.Random, call: Call) -> Call:
    odd = rng.choice(
        ("", "x" * 9_000, "0", "-1", "text/csv", "application/xml", "Bearer", "Basic !!", "é")
    )
    name = rng.choice(
        (
            *(
                "content-type",
                "accept",
                "authorization",
                "if-modified-since",
                "if-unmodified-since",
            ),
            *(
                "sforce-query-options",
                "sforce-auto-assign",
                "sforce-duplicate-rule-header",
                "if-match",
            ),
            *("content-encoding", "x-hubspot-signature-v3", "sforce-call-options", "soapaction"),
        )
    )
    return replace(call, headers={**call.headers, name: odd})
