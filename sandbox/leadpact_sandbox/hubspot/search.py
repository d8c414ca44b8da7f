"""Search over the lagging index: its request rules, its walls and its answers (facts §2)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leadpact_sandbox.hubspot.definitions import Definition
from leadpact_sandbox.hubspot.errors import invalid
from leadpact_sandbox.hubspot.filters import TIMES, Filter, Key, Linked, read_filter, reader
from leadpact_sandbox.hubspot.index import ADDRESSES, Entry, SearchIndex, Span

MAX_BODY = 3_000
MAX_PAGE = 200
MAX_RESULTS = 10_000
MAX_GROUPS, MAX_FILTERS, MAX_ALL_FILTERS = 5, 6, 18
KNOWN = frozenset({"filterGroups", "sorts", "query", "limit", "after", "properties"})
_ALL_IDS = 2**62
_KEPT = 8
LINKED = "associations."


@dataclass(frozen=True, slots=True)
class Query:
    """A search request that was read and found right."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: Definition | None
    descending: bool
    words: tuple[str, ...]
    limit: int
    after: int
    properties: tuple[str, ...]
    key: str
    """Two queries with one key differ in page and properties only."""


def read_query(
    sent: object,
    length: int,
    definitions: Mapping[str, Definition],
    switch: Callable[[str, bool], bool],
    linked: Linked | None = None,
) -> Query:
    """Read a request body of ``length`` characters.

    Raises:
        ApiError: 400 for whatever search does not take.
    """
    if not isinstance(sent, dict):
        raise invalid("Invalid input JSON: a search request must be an object")
    words = sent.get("query", "")
    if words is not None and not isinstance(words, str):
        raise invalid("Invalid input JSON: query must be a string")
    size = length if switch("hubspot.2.body_limit_whole", True) else len(words or "")
    if size > MAX_BODY:
        raise invalid(f"The search request is too long: {size} of at most {MAX_BODY} characters")
    strange = sorted(sent.keys() - KNOWN)
    if strange:
        raise invalid(f"Invalid input JSON: unknown field {strange[0]}")
    differs = switch("hubspot.2.neq_matches_blank", False)
    groups = _groups(sent.get("filterGroups"), definitions, differs, linked)
    sort, descending = _sort(sent.get("sorts"), definitions)
    limit = _integer(sent.get("limit"), "limit", 10)
    after = _integer(sent.get("after"), "after", 0)
    if limit > MAX_PAGE:
        raise invalid(f"limit must be at most {MAX_PAGE}")
    if after + limit > MAX_RESULTS:
        raise invalid(f"Search reaches the first {MAX_RESULTS} results only; after is {after}")
    properties = sent.get("properties") or []
    if not isinstance(properties, list) or not all(isinstance(one, str) for one in properties):
        raise invalid("Invalid input JSON: properties must be a list of strings")
    tokens = tuple((words or "").lower().split())
    by_link = [one.values for group in groups for one in group if one.name.startswith(LINKED)]
    key = repr((sent.get("filterGroups"), sent.get("sorts"), tokens, by_link))
    return Query(groups, sort, descending, tokens, limit, after, tuple(properties), key)


def _integer(sent: object, name: str, default: int) -> int:
    if sent is None or sent == "":
        return default
    if isinstance(sent, str) and sent.isascii() and sent.isdigit() and len(sent) < 12:
        return int(sent)
    if isinstance(sent, int) and not isinstance(sent, bool) and sent >= 0:
        return sent
    raise invalid(f"{name} must be a whole number from 0 on")


def _groups(
    sent: object,
    definitions: Mapping[str, Definition],
    blank_differs: bool,
    linked: Linked | None,
) -> tuple[tuple[Filter, ...], ...]:
    if sent is None:
        return ()
    if not isinstance(sent, list):
        raise invalid("Invalid input JSON: filterGroups must be a list")
    made = []
    for group in sent:
        filters = group.get("filters") if isinstance(group, dict) else None
        if not isinstance(filters, list):
            raise invalid("Invalid input JSON: each filter group must hold a list of filters")
        made.append(
            tuple(
                read_filter(one, definitions, blank_differs=blank_differs, linked=linked)
                for one in filters
            )
        )
    if len(made) > MAX_GROUPS or any(len(group) > MAX_FILTERS for group in made):
        raise invalid(f"At most {MAX_GROUPS} filter groups of {MAX_FILTERS} filters are supported")
    if sum(map(len, made)) > MAX_ALL_FILTERS:
        raise invalid(f"At most {MAX_ALL_FILTERS} filters are supported in all")
    return tuple(made)


def _sort(sent: object, definitions: Mapping[str, Definition]) -> tuple[Definition | None, bool]:
    if sent is None or sent == []:
        return None, False
    if not isinstance(sent, list) or len(sent) > 1:
        raise invalid("Only one sort is supported")
    rule = sent[0]
    if isinstance(rule, str):
        name, descending = rule.removeprefix("-"), rule.startswith("-")
    elif isinstance(rule, dict) and isinstance(rule.get("propertyName"), str):
        direction = rule.get("direction", "ASCENDING")
        if not isinstance(direction, str) or direction not in {"ASCENDING", "DESCENDING"}:
            raise invalid("Invalid input JSON: direction must be ASCENDING or DESCENDING")
        name, descending = rule["propertyName"], direction == "DESCENDING"
    else:
        raise invalid("Invalid input JSON: a sort must name a property")
    if name not in definitions:
        raise invalid(f"There was a problem with the request: property {name!r} does not exist")
    return definitions[name], descending


class Searcher:
    """Answers queries from the index; keeps the last few full results for their next pages.

    Args:
        index: what search sees.
        searched: the properties that a query's words are looked for in.
    """

    def __init__(self, index: SearchIndex, searched: tuple[str, ...]) -> None:
        self._index = index
        self._searched = searched
        self._kept: OrderedDict[tuple[int, str], list[int]] = OrderedDict()

    def run(self, query: Query) -> tuple[int, list[Entry], int | None]:
        """Total hits, the page's entries, and the offset of the next page."""
        self._index.catch_up()
        end = query.after + query.limit
        span = self._span(query)
        if span is None:
            ids = self._matching(query)
            total, page = len(ids), ids[query.after : end]
        else:
            total, page = span.total, span.page(query.after, end, backward=query.descending)
        entries = [self._index.entries[number] for number in page]
        return total, entries, end if end < total else None

    def _span(self, query: Query) -> Span | None:
        """One run of a kept order that is the whole answer: the change feed, without any scan."""
        if query.words or len(query.groups) > 1:
            return None
        filters = query.groups[0] if query.groups else ()
        name = "createdate" if query.sort is None else query.sort.name
        if any(one.name != name or not one.exact for one in filters):
            return None
        low, high = _closed_range(filters, name)
        span = self._index.span(name, low, high)
        if span is None and filters and query.sort is not None and query.sort.type == "datetime":
            return self._index.dated(name, _milliseconds(query.sort), low, high)
        return span

    def _matching(self, query: Query) -> list[int]:
        key = (self._index.generation, query.key)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._sorted(query)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    def _sorted(self, query: Query) -> list[int]:
        index, entries = self._index, self._index.entries
        if not query.groups or not all(query.groups):
            found = index.oldest_first()
        elif len(query.groups) == 1:
            found = self._group(query.groups[0])
        else:
            found = list(dict.fromkeys(n for group in query.groups for n in self._group(group)))
        if query.words:
            found = [
                number
                for number in found
                if _mentions(entries[number], self._searched, query.words)
            ]
        if query.sort is not None and query.sort.name == "hs_object_id":
            return sorted(found, reverse=query.descending)
        order = _order(query.sort)
        keyed = [(order(entries[number]), number) for number in found]
        keyed.sort(reverse=query.descending)
        return [number for _, number in keyed]

    def _group(self, filters: tuple[Filter, ...]) -> list[int]:
        entries = self._index.entries
        found, left = self._candidates(filters)
        for one in left:
            test = one.test
            found = [number for number in found if test(entries[number])]
        return found

    def _candidates(self, filters: tuple[Filter, ...]) -> tuple[list[int], list[Filter]]:
        """The smallest set that an index gives, and the filters that are still to be tested on it."""
        index, left = self._index, list(filters)
        for one in filters:
            if one.unique and one.operator in {"EQ", "IN"}:
                return sorted(index.holding(one.name, map(str, one.values))), left
            if one.name.startswith(LINKED):
                ids = [number for number in one.values if number in index.entries]
                return [int(number) for number in ids], left
            if one.name == ADDRESSES and not one.operator.startswith("N"):
                return sorted(index.with_more_addresses()), left
        modified = index.modified
        low_id, high_id = _closed_range(filters, "hs_object_id")
        low_ms, high_ms = _closed_range(filters, modified)
        ranged = {"hs_object_id", modified}
        if low_ms == high_ms:
            left = [one for one in filters if one.name not in ranged or not one.exact]
            return index.changed((low_ms, low_id), (high_ms, high_id)), left
        if (low_ms, high_ms) == (-_ALL_IDS, _ALL_IDS):
            return index.numbered(low_id, high_id), left
        left = [one for one in filters if one.name != modified or not one.exact]
        return index.changed((low_ms, -1), (high_ms, _ALL_IDS)), left


def _closed_range(filters: tuple[Filter, ...], name: str) -> tuple[int, int]:
    low, high = -_ALL_IDS, _ALL_IDS
    for one in filters:
        if one.name == name and one.exact:
            low = max(low, one.low) if isinstance(one.low, int) else low
            high = min(high, one.high) if isinstance(one.high, int) else high
    return low, high


def _milliseconds(definition: Definition) -> Callable[[Entry], int | None]:
    read = reader(definition)

    def at(entry: Entry) -> int | None:
        value = read(entry)
        return value if isinstance(value, int) else None

    return at


def _order(sort: Definition | None) -> Callable[[Entry], tuple[bool, Key]]:
    if sort is None or sort.name in TIMES:
        attribute = TIMES["createdate" if sort is None else sort.name]
        if attribute == "created_ms":
            return lambda entry: (False, entry.created_ms)
        return lambda entry: (False, entry.updated_ms)
    read = reader(sort)

    def key(entry: Entry) -> tuple[bool, Key]:
        value = read(entry)
        return (True, 0) if value is None else (False, value)

    return key


def _mentions(entry: Entry, searched: tuple[str, ...], words: tuple[str, ...]) -> bool:
    text = " ".join(entry.values.get(name, "") for name in searched).lower()
    tokens = text.replace(";", " ").split()
    return all(any(token.startswith(word) for token in tokens) for word in words)
