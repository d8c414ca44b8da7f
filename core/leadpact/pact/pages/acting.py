"""What acts mean to the agreement, for its pages: how rules count them, qualifying actions, intent, must-haves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadpact.pact.pages.page import Block, Items, Table
from leadpact.pact.pages.words import condition_words, listed, plain, points_words

_MAILS = {
    "opened": "e-mails of one sequence opened",
    "clicked": "e-mails of one sequence clicked",
    "in_a_row": "e-mails of one sequence opened in a row",
}
_STAGES = {"mql": "enough by itself, with enough fit", "pql": "enough by itself, for PQL"}


def counts(rule: Mapping[str, Any], window: int, signals: Mapping[str, Any]) -> str:
    """Which acts count for a rule or an action, and how they must lie."""

    def named(names: list[str], word: str) -> str:
        return listed([_name(each, signals) for each in names], word)

    if rule.get("mail"):
        acts = _MAILS[rule["mail"]]
    elif rule.get("all_of"):
        acts = f"all of {named(rule['all_of'], 'and')}"
    else:
        acts = named(rule["signal"], "or")
    said = acts if rule["at_least"] == 1 else f"{rule['at_least']} × {acts}"
    if rule.get("same"):
        said += f" of one {rule['same']}"
    if rule.get("within_days"):
        said += f" within {rule['within_days']} days"
    if rule.get("back_within_days"):
        said += f", again on a later day within {rule['back_within_days']} days of the first"
    if rule.get("broken_by"):
        said += f", with no {named(rule['broken_by'], 'or')} between"
    said += f", for {rule.get('window_days') or window} days"
    if rule.get("half_life_days"):
        said += f", halving each {rule['half_life_days']} days"
    if rule.get("cap"):
        said += f", at most {points_words(rule['cap'])} in all"
    return said


def blocks(scoring: Mapping[str, Any], lists: Mapping[str, Any]) -> Iterator[Block]:
    """Must-have criteria, qualifying actions and the intent of each act, where the agreement has them."""
    musts = scoring.get("must_have") or {}
    if musts:
        rows = tuple(
            (each["label"], _must(each, lists), each.get("ask") or "—") for each in musts.values()
        )
        yield Table(
            "Must have: without each of these no score counts", ("", "Holds when", "We ask"), rows
        )
    qualify = scoring.get("qualify") or {}
    actions = qualify.get("actions") or {}
    if actions:
        signals, window = scoring.get("signals") or {}, scoring["window_days"]
        done = tuple(
            (
                each["label"],
                f"the criterion “{scoring['rules'][each['rule']]['label']}”"
                if each.get("rule")
                else counts(each, window, signals),
                _STAGES.get(each.get("makes") or "", "—"),
            )
            for each in actions.values()
        )
        yield Table(_needed(qualify), ("What they did", "Counts", "Alone"), done)
    by_class: dict[str, list[str]] = {}
    for each in (scoring.get("signals") or {}).values():
        by_class.setdefault(each["intent"], []).append(each["label"])
    if by_class:
        order = [name for name in ("high", "medium", "low") if name in by_class]
        yield Items(
            "What an act says of the buyer",
            tuple(f"{name.capitalize()} intent: {', '.join(by_class[name])}." for name in order),
        )


def _needed(qualify: Mapping[str, Any]) -> str:
    said = "Qualifying actions"
    for key, what in (
        ("required", "needed besides the points"),
        ("enough", "enough instead of the points"),
    ):
        wanted = qualify.get(key, "none")
        if wanted != "none":
            said += f"; {'at least ' if isinstance(wanted, int) else ''}{wanted} {what}"
    return said


def _must(part: Mapping[str, Any], lists: Mapping[str, Any]) -> str:
    if part.get("when"):
        return condition_words(part["when"], lists)
    bounds = [
        f"{word} {part[key]}"
        for key, word in (("minimum", "at least"), ("maximum", "at most"))
        if part.get(key) is not None
    ]
    return f"{plain(part['field'])} {' and '.join(bounds)}"


def _name(signal: str, signals: Mapping[str, Any]) -> str:
    return plain(signal) if signal not in signals else f"“{signals[signal]['label']}”"
