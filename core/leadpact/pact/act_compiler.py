"""What looks at acts, compiled: engagement rules, qualifying actions, the classes of signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from leadpact.pact.checked import did_you_mean
from leadpact.pact.document import PactDocument
from leadpact.pact.document.scoring import ActionPart, ActsPart, HowMany, RulePart
from leadpact.pact.score_rules import Action, EngagementRule, hundredths, points_by_age
from leadpact.pact.yaml_text import Path

Sign: TypeAlias = Literal[1, -1]
Note = Callable[[Path, str], None]
"""Takes what is wrong: where, and a sentence."""

_OPENED: Final = "sequence_email_opened"
MAIL: Final = MappingProxyType(
    {
        "opened": (_OPENED, frozenset[str]()),
        "clicked": ("sequence_email_clicked", frozenset[str]()),
        "in_a_row": (_OPENED, frozenset({"sequence_email_unopened"})),
    }
)
"""K9: which act a mail rule counts, and which starts its count anew."""


def engagement_rule(
    key: str, part: RulePart, default_window: int, path: Path, note: Note
) -> EngagementRule:
    """An engagement rule; ``note`` takes what is wrong with it."""
    window = part.window_days or default_window
    points = hundredths(part.points)
    cap = hundredths(part.cap) if part.cap is not None else points
    table = points_by_age(abs(points), window, part.half_life_days)
    sign: Sign = 1 if points >= 0 else -1
    return _acts(key, part.label, part, table, abs(cap), sign, part.half_life_days, path, note)


def qualifying_action(
    key: str, part: ActionPart, document: PactDocument, path: Path, note: Note
) -> Action | None:
    """A qualifying action: marked by one hundredth while its acts are inside the window."""
    scoring = document.scoring
    makes = part.makes or ""
    if part.rule is None:
        marks = (1,) * (part.window_days or scoring.window_days)
        own = _acts(key, part.label, part, marks, 1, 1, None, path, note)
        return Action(key, part.label, own, makes)
    able = {
        name: rule
        for name, rule in scoring.rules.items()
        if rule.pillar == "engagement" and rule.points > 0
    }
    rule = able.get(part.rule)
    if rule is None:
        hint = did_you_mean(part.rule, able)
        note((*path, "rule"), f'"{part.rule}" is no engagement rule that gives points; {hint}')
        return None
    at: Path = ("scoring", "rules", part.rule)
    same = engagement_rule(part.rule, rule, scoring.window_days, at, note)
    return Action(key, part.label, same, makes, part.rule)


def how_many(wanted: HowMany, actions: int) -> int:
    """``any``, ``all`` or a number, as a number; 0 = none."""
    if isinstance(wanted, int):
        return wanted
    return {"none": 0, "any": 1, "all": actions}[wanted]


def signal_names(document: PactDocument) -> frozenset[str]:
    """Every signal that the scoring of a document names."""
    scoring = document.scoring
    names = {*scoring.signals, *scoring.fast_lanes}
    for part in (*scoring.rules.values(), *scoring.qualify.actions.values()):
        names.update(part.signal or (), part.all_of or (), part.broken_by or ())
        if part.mail is not None:
            names.update((MAIL[part.mail][0],), MAIL[part.mail][1])
    return frozenset(names)


def check_signals(document: PactDocument) -> Iterator[tuple[Path, str]]:
    """What is wrong with the stages that signals and actions name."""
    for name, signal in document.scoring.signals.items():
        if signal.starts is None:
            continue
        stage = document.stages.get(signal.starts)
        at: Path = ("scoring", "signals", name, "starts")
        if stage is None:
            hint = did_you_mean(signal.starts, document.stages)
            yield at, f'"{signal.starts}" is no stage; {hint}'
        elif stage.side or not stage.synced:
            yield at, "must be a synced stage of the main line"
    for key, action in document.scoring.qualify.actions.items():
        if action.makes and action.makes not in document.stages:
            path: Path = ("scoring", "qualify", "actions", key, "makes")
            yield path, f'the agreement has no stage "{action.makes}"'


def _acts(
    key: str,
    label: str,
    part: ActsPart,
    table: tuple[int, ...],
    cap: int,
    sign: Sign,
    half_life: int | None,
    path: Path,
    note: Note,
) -> EngagementRule:
    window = len(table)
    if part.within_days is not None and part.within_days > window:
        note((*path, "within_days"), f"is longer than the rule's window of {window} days")
    alone = part.at_least == 1 and part.all_of is None
    if alone and (part.within_days or (part.same and part.back_within_days is None)):
        note(path, "`within_days` and `same` say something only with `at_least` over 1 or `all_of`")
    signals = frozenset(part.signal or part.all_of or ())
    broken_by = frozenset(part.broken_by or ())
    if part.mail is not None:
        name, broken_by = MAIL[part.mail]
        signals = frozenset({name})
    if signals & broken_by:
        both = ", ".join(sorted(signals & broken_by))
        note((*path, "broken_by"), f"{both} cannot both count and start the count anew")
    return EngagementRule(
        key=key,
        label=label,
        signals=signals,
        at_least=part.at_least,
        within_days=part.within_days,
        same_asset=part.mail is not None or part.same == "asset",
        points_at=table,
        cap=cap,
        sign=sign,
        all_of=part.all_of is not None,
        back_within_days=part.back_within_days,
        broken_by=broken_by,
        half_life_days=half_life,
    )
