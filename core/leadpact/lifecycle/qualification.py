"""How far sales is with a lead's criteria, and what follows from it (S71..S82, K4, K13, K14, K17). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias, TypeGuard

from leadpact.model.quick import quick
from leadpact.model.record import UNKNOWN, Known
from leadpact.model.scorecard import Scorecard, Signal
from leadpact.pact.agreement import Pact
from leadpact.pact.condition_value import holds
from leadpact.pact.qualification import CONVERSATION, Criterion, Framework, Qualification
from leadpact.ports.population import Standing

LetterState: TypeAlias = Literal["confirmed", "unproved", "not_so", "open"]
"""``unproved``: the answer counts, its evidence is on no record; ``not_so``: another answer than those that count."""

WORST_RANK: Final = 10_000
MOST_CHARACTERS: Final = 120
"""Of a typed answer, as it is shown."""
_STATES: Final[Mapping[LetterState, str]] = {
    "confirmed": "",
    "unproved": "no evidence on record",
    "not_so": "does not count",
    "open": "not answered",
}


@quick
@dataclass(frozen=True, slots=True)
class Letter:
    """One criterion and how it stands.

    Attributes:
        answer: as people read it; "" where there is none.
        proof: what shows it, for people: ``E-mail reply on 3 Nov 2026``; "" where nothing does or nothing is asked.
    """

    criterion: Criterion
    state: LetterState
    answer: str = ""
    proof: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Qualified:
    """How one lead stands against its framework at one instant.

    Attributes:
        chosen: why it is this framework, for people.
        letters: what counts, in the framework's order; ``also`` what is only recorded.
        confirmed: how many letters count.
        met: the minimum is met.
        lacking: what the minimum lacks, for people; "" where it is met.
        for_opportunity: labels of what an opportunity still needs on record (K17).
        target: a target account (S61).
        next_change_at: when time alone changes it (a date that passes); None = never.
        summary: one line: ``BANT 3/4: Timeline missing``.
        lines: one per criterion: letter, answer, what proves it, and the question where it is open.
    """

    framework: Framework
    chosen: str
    letters: tuple[Letter, ...]
    also: tuple[Letter, ...]
    confirmed: int
    met: bool
    lacking: str
    for_opportunity: tuple[str, ...]
    summary: str
    lines: tuple[str, ...]
    target: bool
    next_change_at: datetime | None = None

    @property
    def answered(self) -> bool:
        """Whether anything at all was answered."""
        return any(one.state != "open" for one in (*self.letters, *self.also))


def qualify(
    rules: Qualification,
    facts: Mapping[str, Known],
    signals: Sequence[Signal],
    pact: Pact,
    since: datetime | None,
    now: datetime,
) -> Qualified:
    """How a lead stands.

    Args:
        facts: canonical values by field name; the answers stand among them.
        signals: its signals, the latest last; those before ``since`` prove nothing any more.
        pact: the lists that conditions look at.
        since: start of the episode; None = all of its time.
        now: aware, UTC; dates are judged against its day.
    """
    framework, chosen = _framework(rules, facts, pact)
    target = rules.outbound is not None and holds(rules.outbound, facts, pact.scoring.lists) is True
    # Of most leads nothing was answered yet, and they all stand alike.
    alike = True
    for name in rules.facts:
        if _is_answer(facts.get(name)):
            alike = False
            break
    judged: _Judged | None = rules.unanswered.get(framework.key) if alike else None
    if judged is None:
        judged = _judged(rules, framework, facts, signals, since, now)
        if alike:
            rules.unanswered[framework.key] = judged
    return Qualified(framework, chosen, *judged, target, _next_change(rules, facts, now))


_Letters: TypeAlias = tuple[Letter, ...]
_Lines: TypeAlias = tuple[str, ...]
_Judged: TypeAlias = tuple[_Letters, _Letters, int, bool, str, _Lines, str, _Lines]
"""Of :class:`Qualified`: letters, also, confirmed, met, lacking, for_opportunity, summary, lines."""


def _judged(
    rules: Qualification,
    framework: Framework,
    facts: Mapping[str, Known],
    signals: Sequence[Signal],
    since: datetime | None,
    now: datetime,
) -> _Judged:
    proofs = _Proofs(rules, signals, since, now)
    letters = tuple(_letter(rules, one, facts, proofs, now) for one in framework.asks)
    also = tuple(_letter(rules, one, facts, proofs, now) for one in framework.also)
    counted = {one.criterion.key for one in letters if one.state == "confirmed"}
    opportunity = tuple(
        one.label
        for one in rules.opportunity
        if _letter(rules, one, facts, proofs, now).state != "confirmed"
    )
    met = framework.needs <= counted and len(counted) >= framework.at_least
    lacking = "" if met else _lacking(framework, letters)
    summary = _summary(framework, letters, len(counted))
    lines = tuple(_line(one) for one in (*letters, *also))
    return letters, also, len(counted), met, lacking, opportunity, summary, lines


def _summary(framework: Framework, letters: Sequence[Letter], confirmed: int) -> str:
    missing = ", ".join(one.criterion.label for one in letters if one.state == "open")
    parts = [f"{missing} missing"] if missing else []
    for state, words in (("not_so", "not confirmed"), ("unproved", "no evidence on record")):
        named = ", ".join(one.criterion.label for one in letters if one.state == state)
        parts += [f"{named} {words}"] if named else []
    count = f"{framework.label} {confirmed}/{len(letters)}"
    return f"{count}: {'; '.join(parts)}" if parts else count


def way_to_sql(
    rules: Qualification,
    qualified: Qualified,
    stage: str,
    pact: Pact,
    card: Scorecard | Standing | None,
    *,
    answered: bool,
    acted: bool,
    replied: str,
) -> str:
    """What makes this lead an SQL by the agreement itself, for people; "" where nothing does.

    Args:
        stage: the agreed stage; one on the main line and below SQL can become one.
        card: its score; one that is excluded or disqualified becomes nothing.
        answered: the answers are news; ``acted``: so is what the score rests on.
        replied: the words of a reply since the lead came to its stage; "" for none.
    """
    here, mql = pact.stages[stage], pact.stages["mql"].rank
    if here.side or here.rank >= pact.stages["sql"].rank:
        return ""
    if card is not None and card.verdict in ("excluded", "disqualified"):
        return ""
    told = f"{qualified.framework.label} {qualified.confirmed}/{len(qualified.letters)}"
    if qualified.met and answered and stage in rules.turns_at:
        return told
    if qualified.met and answered and qualified.target and here.rank < mql:
        return f"{told}, a target account at first contact"
    if card is not None and acted:
        lane = pact.fast_lanes.get(card.fast_lane) if rules.straight else None
        if lane is not None:
            return lane.label
        if "score" in rules.made_by and card.makes == "sql":
            return f"{card.total / 100:g} points"
    if "reply" in rules.made_by and replied and here.rank >= mql:
        return replied
    return ""


def work_order(
    rules: Qualification, qualified: Qualified, stage: str, pact: Pact, card: Scorecard | None
) -> int | None:
    """The place of a lead in the queue, lowest first; None where it is in none (S66, S74, K14).

    Fit and interest together come first, hands raised without fit after them or before them, as ``hand_raisers``
    says; among those the nearest timeline, then the hottest.
    """
    here = pact.stages[stage]
    if here.side or not pact.stages["mql"].rank <= here.rank < pact.stages["sql"].rank:
        return None
    if card is None:
        return 4 * WORST_RANK
    raised = bool(card.fast_lane)
    fits = card.fit >= pact.scoring.fit_floor or card.verdict == "needs_data"
    if raised and fits:
        band = 0
    elif card.verdict == "qualified":
        band = 2 if rules.hand_raisers_first else 1
    elif raised:
        band = 1 if rules.hand_raisers_first else 2
    else:
        band = 3
    points = max(0, min(card.total // 100, 999))
    return band * WORST_RANK + _urgency(qualified) * 1000 + 999 - points


def _urgency(qualified: Qualified) -> int:
    """0 for the nearest answer of a criterion that ranks, up to 9 for none."""
    places = [
        next((n for n, (_v, label) in enumerate(one.criterion.options) if label == one.answer), 9)
        for one in qualified.letters
        if one.criterion.ranks and one.state in ("confirmed", "unproved")
    ]
    return min(min(places, default=9), 9)


def _framework(
    rules: Qualification, facts: Mapping[str, Known], pact: Pact
) -> tuple[Framework, str]:
    size = whole(facts.get(rules.deal_size))
    for use in rules.uses:
        fits = size is not None and size >= use.least and (use.below is None or size < use.below)
        if use.when is not None:
            if (fits or (use.least == 0 and use.below is None)) and holds(
                use.when, facts, pact.scoring.lists
            ):
                return use.framework, "what is known of it asks for this one"
        elif fits:
            return use.framework, f"a deal of {size:,}"
    return rules.unknown_size, "deal size unknown" if size is None else f"a deal of {size:,}"


def whole(value: Known) -> int | None:
    """A number's whole part, of a number or its text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        text = value.strip().partition(".")[0]
        return int(text) if text.removeprefix("-").isdecimal() and len(text) < 18 else None
    return None


class _Proofs:
    """Signals that prove answers, looked up once per name."""

    def __init__(
        self,
        rules: Qualification,
        signals: Sequence[Signal],
        since: datetime | None,
        now: datetime,
    ) -> None:
        self._conversation, self._told = rules.conversation, dict[str, str]()
        self._signals = [
            one for one in signals if one.at <= now and (since is None or one.at >= since)
        ]

    def of(self, evidence: str) -> str:
        """What shows it, for people; "" where nothing does."""
        if evidence not in self._told:
            names = self._conversation if evidence == CONVERSATION else {evidence}
            last = next((one for one in reversed(self._signals) if one.name in names), None)
            self._told[evidence] = "" if last is None else proof_words(last)
        return self._told[evidence]


def proof_words(signal: Signal) -> str:
    """A signal as evidence, with its date and without an age: ``email reply on 3 Nov 2026``."""
    there = signal.at.astimezone(UTC)
    return f"{signal.name.replace('_', ' ')} on {there.day} {there:%b} {there.year}"


def _plain(answer: str) -> str:
    """A typed answer on one line; what a CRM holds is text, never layout."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in answer).split())
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[: MOST_CHARACTERS - 1]}…"


def _is_answer(value: Known) -> TypeGuard[str | int]:
    return value is not None and value is not UNKNOWN and value != ""


def _letter(
    rules: Qualification,
    criterion: Criterion,
    facts: Mapping[str, Known],
    proofs: _Proofs,
    now: datetime,
) -> Letter:
    value = facts.get(criterion.fact)
    if not _is_answer(value):
        return Letter(criterion, "open")
    answer = str(value)
    labels = dict(criterion.options)
    shown = labels.get(answer) or _plain(answer)
    if not _counts(criterion, value, now.astimezone(UTC).date()):
        return Letter(criterion, "not_so", shown)
    proof = proofs.of(criterion.evidence) if criterion.evidence else ""
    if criterion.evidence and not proof and rules.evidence_required:
        return Letter(criterion, "unproved", shown)
    return Letter(criterion, "confirmed", shown, proof)


def _counts(criterion: Criterion, value: str | int, today: date) -> bool:
    counts = criterion.counts
    if criterion.options:
        return str(value) in counts.values
    if counts.within_days is not None:
        day = _day(value)
        return day is not None and today <= day <= today + timedelta(days=counts.within_days)
    if counts.at_least is not None:
        number = whole(value)
        return number is not None and number >= counts.at_least
    return value is not False


def _day(value: Known) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _next_change(
    rules: Qualification, facts: Mapping[str, Known], now: datetime
) -> datetime | None:
    """The midnight (UTC) at which a date enters or leaves its span."""
    found: list[date] = []
    for one in rules.dated:
        day, ahead = _day(facts.get(one.fact)), one.counts.within_days
        if day is not None and ahead is not None:
            today = now.astimezone(UTC).date()
            turns = (day - timedelta(days=ahead), day + timedelta(days=1))
            found += [turn for turn in turns if turn > today]
    return datetime.combine(min(found), time(), UTC) if found else None


def _lacking(framework: Framework, letters: Sequence[Letter]) -> str:
    """What the minimum lacks: the criteria by name, and how many more of the others."""
    wanting = [one for one in letters if one.state != "confirmed"]
    named = [
        f"{one.criterion.label} ({_STATES[one.state]})"
        for one in wanting
        if one.criterion.key in framework.needs
    ]
    confirmed = len(letters) - len(wanting)
    more = framework.at_least - confirmed - len(named)
    others = [one.criterion.label for one in wanting if one.criterion.key not in framework.needs]
    if more > 0 and others:
        if more >= len(others):
            named += others
        else:
            named.append(f"{'one' if more == 1 else more} of {', '.join(others)}")
    return ", ".join(named)


def _line(one: Letter) -> str:
    criterion = one.criterion
    head = f"{criterion.letter} {criterion.label}: "
    if one.state == "open":
        return f"{head}? {criterion.question}"
    mark = {"confirmed": "", "unproved": " (no evidence on record)", "not_so": " (does not count)"}
    proof = f" ({one.proof})" if one.proof else ""
    unproved = " (no evidence on record)" if _told_unproved(one) else ""
    return f"{head}{one.answer}{mark[one.state]}{proof}{unproved}"


def _told_unproved(one: Letter) -> bool:
    return one.state == "confirmed" and bool(one.criterion.evidence) and not one.proof
