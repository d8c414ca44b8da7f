"""What a mapping document may not say: each fault with its place and what would be right."""

from __future__ import annotations

import pytest
from tests.unit.mapping.conftest import REASONS, STAGES, TWO_CRMS, Load, Refuse

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping, load_mapping
from leadpact_mappings import default_text

ROWS = TWO_CRMS.count("\n")


def test_the_shipped_document_speaks_of_every_stage(default: LeadMapping) -> None:
    for side in (("hubspot", "contacts"), ("salesforce", "Lead")):
        table = default.stage_table(*side)
        assert set(table.settings) == set(STAGES)
        assert {stage for row in table.rows for stage in row.means} == set(STAGES)


def test_a_pact_without_a_stage_of_the_document_is_told_so() -> None:
    with pytest.raises(FixSettings) as refused:
        load_mapping(
            default_text("mapping.yaml"),
            "mapping.yaml",
            stage_keys=[stage for stage in STAGES if stage != "evangelist"],
            reason_keys=REASONS,
        )

    assert refused.value.code == "document_refused"
    assert '"evangelist" is not a stage' in refused.value.message
    assert refused.value.place is not None
    assert refused.value.place.file == "mapping.yaml"


@pytest.mark.parametrize(
    ("row", "column", "told"),
    [
        (
            "  a: {type: text, policy: hold, initail: hold, north: a}",
            33,
            'unknown key "initail"; did you mean "initial"?',
        ),
        ("  a: {type: text, policy: hold, nrth: a}", 33, 'did you mean "north"?'),
        ("  a: {type: text, policy: hold, south: {Laed: A}}", 41, 'did you mean "Lead"?'),
        ("  a: {type: txt, policy: hold, north: a}", 13, 'did you mean "text"?'),
        ("  a: {type: text, policy: latest, north: a}", 27, "is not one of them"),
        ("  a: {type: text, policy: hold}", 3, "no CRM keeps this field"),
        (
            "  a: {type: text, policy: newest, north: {field: a, direction: from_crm}}",
            27,
            "`newest`",
        ),
        ("  a: {type: text, policy: hold, initial: newest, north: a}", 42, "is not one of them"),
        ("  a: {type: text, policy: hold, north: 'a b'}", 40, "is not a field's API name"),
        (
            (
                "  a: {type: text, policy: system_of_record, system_of_record: souht, "
                "north: a, south: {Lead: A}}"
            ),
            63,
            'did you mean "south"?',
        ),
        (
            "  a: {type: text, policy: hold, north: {field: a, direction: to_crm}}",
            3,
            "nothing gives this field a value",
        ),
        ("  a: {type: text, policy: hold, north: {field: a, cut: 9}}", 40, "lossy: true"),
        ("  a: {type: text, policy: hold, north: {field: a, cut: 9, lossy: true}}", 3, "lossy"),
        ("  a: {type: text, policy: most_restrictive, north: a}", 6, "boolean"),
        ("  a: {type: text, policy: union, north: a}", 6, "picklist_set"),
        ("  a: {type: integer, policy: hold, transform: lower, north: a}", 6, "for text"),
        (
            "  a: {type: text, policy: hold, transform: upper, north: a}",
            44,
            "known are: digits, domain",
        ),
        ("  a: {type: text, policy: hold, blank_means: false, north: a}", 6, "for boolean"),
        ("  a: {type: text, policy: hold, north: {field: a, values: {x: X}}}", 51, "picklists"),
        (
            "  a: {type: picklist, policy: hold, north: {field: a, values: {x: X, y: X}}}",
            55,
            "share one picklist value",
        ),
        (
            (
                "  a: {type: integer, policy: hold, south: {Lead: A},"
                " north: {field: a, lossy: true, bands: {s: [1, 5], l: [5]}}}"
            ),
            107,
            "overlaps",
        ),
        (
            (
                "  a: {type: integer, policy: hold, south: {Lead: A},"
                " north: {field: a, lossy: true, bands: {s: [5, 1]}}}"
            ),
            61,
            "lowest",
        ),
        ("  email: {type: text, policy: hold, north: m}", 3, "duplicate key"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(
    refuse: Refuse, row: str, column: int, told: str
) -> None:
    refused = refuse(TWO_CRMS + row + "\n")

    assert told in refused.message
    assert refused.place is not None
    assert (refused.place.line, refused.place.column) == (ROWS + 1, column)
    assert str(refused).startswith(f"m.yaml:{ROWS + 1}:{column}: ")


def test_all_faults_are_told_at_once(refuse: Refuse) -> None:
    refused = refuse(
        TWO_CRMS
        + "  a: {type: text, policy: hold}\n"
        + "  b: {type: text, policy: newest, north: {field: b, direction: from_crm}}\n"
    )

    assert len(refused.message.splitlines()) == 2


def test_matching_needs_the_key_mapped_to_that_field(refuse: Refuse) -> None:
    other = refuse(TWO_CRMS.replace("match: {email: mail}", "match: {email: e_mail}"))
    none = refuse(TWO_CRMS.replace("match: {email: mail}", "match: {phone: tel}"))

    assert "the field email must be mapped to e_mail here" in other.message
    assert '"phone" is not a merge field' in none.message


@pytest.mark.parametrize(
    ("creation", "told"),
    [
        ("{kind: Leads}", 'did you mean "Lead"?'),
        ("{kind: Lead, at_stage: mqll}", 'did you mean "mql"?'),
        ("{kind: Lead, required: [e_mail]}", 'did you mean "email"?'),
    ],
)
def test_a_creation_rule_names_what_there_is(refuse: Refuse, creation: str, told: str) -> None:
    text = TWO_CRMS.replace("  south:\n", f"  south:\n    creation: {creation}\n")

    assert told in refuse(text).message


def _stages(body: str) -> str:
    lines = "".join(f"          {line}\n" for line in body.splitlines())
    return TWO_CRMS.replace(
        "people: {external_id: our_id, match: {email: mail}}\n",
        "people:\n        external_id: our_id\n        match: {email: mail}\n        stages:\n"
        + lines,
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("rows: [{when: {s: A}, means: mqll}]\nset: {}", 'did you mean "mql"?'),
        ("rows: [{when: {s: A}, means: mql}]\nset: {mqll: {s: A}}", 'did you mean "mql"?'),
        (
            "rows: [{when: {s: A}, means: mql}]\nset: {mql: {s: B}}",
            "setting mql gives s=B, which reads as no stage",
        ),
        (
            (
                "rows:\n  - {when: {t: X}, means: lead}\n  - {when: {s: A}, means: mql}\n"
                "set: {mql: {s: A, t: X}}"
            ),
            "which reads as lead",
        ),
        (
            "rows: [{when: {s: A}, means: mql}]\nset: {mql: {s: A, t: B}}",
            "no row reads t",
        ),
        (
            "never_write: {s: A}\nrows: [{when: {s: A}, means: mql}]\nset: {mql: {s: A}}",
            "never_write",
        ),
        (
            (
                "rows: [{when: {s: A}, means: recycled}]\n"
                "set: {recycled: {s: {default: A, bad_tming: A}}}"
            ),
            'did you mean "bad_timing"?',
        ),
        (
            (
                "rows: [{when: {s: A}, means: recycled}]\n"
                "set: {recycled: {s: {default: A, bad_timing: B}}}"
            ),
            "setting recycled gives s=B",
        ),
        ("rows: [{wen: {s: A}, means: mql}]\nset: {}", 'did you mean "when"?'),
    ],
)
def test_a_stage_table_reads_back_what_it_sets_or_is_refused(
    refuse: Refuse, body: str, told: str
) -> None:
    assert told in refuse(_stages(body)).message


def test_a_value_left_over_is_blanked_where_it_stands_in_the_way(load: Load) -> None:
    table = load(
        _stages(
            "rows:\n  - {when: {t: X}, means: lead}\n  - {when: {s: A}, means: mql}\n"
            "set: {mql: {s: A}, lead: {t: X}}"
        )
    ).stage_table("north", "people")

    assert table.projection("mql", current={"s": "", "t": "X"}) == {"s": "A", "t": None}
    assert table.projection("mql", current={"s": "", "t": "Y"}) == {"s": "A"}


@pytest.mark.parametrize(
    "text", ["", "- a\n", "crms: {", "version: 2\ncrms: {}\nfields: {}\n", "version: 1\n"]
)
def test_what_is_no_mapping_document_is_refused(refuse: Refuse, text: str) -> None:
    assert refuse(text).exit_code == 2


def test_numbers_in_picklists_are_text(load: Load) -> None:
    table = load(
        _stages("rows: [{when: {s: [51439524, true]}, means: mql}]\nset: {mql: {s: 51439524}}")
    ).stage_table("north", "people")

    assert table.stages_of({"s": "51439524"}) == ("mql",)
    assert table.stages_of({"s": True}) == ("mql",)
    assert table.projection("mql", current={}) == {"s": "51439524"}
