"""C3xx: writing to records that are there. One result per row, whatever the CRM does with the batch."""

from __future__ import annotations

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family, aside, blank, set_row, written
from leadpact.conformance.reading import ODD_VALUES
from leadpact.conformance.scenario import scenario
from leadpact.ports.connector import Refused, WriteRow, Written


class WritingScenarios(Family):
    """Updates, row by row."""

    @scenario("C301", "A full batch is written, each row with its own result in order")
    def test_c301_a_full_batch(self, bench: Bench) -> None:
        ids = bench.add(min(bench.connector.capabilities.write_batch, 200))
        rows = [set_row(who, {bench.roles.text: f"N{at}"}) for at, who in enumerate(ids)]
        results = self.write(bench, rows)
        assert [written(one).id for one in results] == ids
        for at in (0, len(ids) // 2, len(ids) - 1):
            assert bench.stored(ids[at])[bench.roles.text] == f"N{at}"

    @scenario("C302", "A full batch costs one write call", acts=("calls",))
    def test_c302_a_batch_is_one_call(self, bench: Bench) -> None:
        ids = bench.add(min(bench.connector.capabilities.write_batch, 200))
        self.write(bench, [set_row(ids[0], {bench.roles.text: "First"})])
        bench.calls()
        self.write(bench, [set_row(who, {bench.roles.text: "All"}) for who in ids])
        assert bench.calls() == 1

    @scenario(
        "C303", "The answer carries what is stored, version and all", needs=("answers_values",)
    )
    def test_c303_answers_carry_values(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        (result,) = self.write(bench, [set_row(who, {bench.roles.text: "Kept"})])
        assert written(result).fields == {bench.roles.text: "Kept"}
        assert written(result).version == self.read(bench, who, bench.roles.text).version

    @scenario("C304", "None blanks a field and leaves the others alone")
    def test_c304_none_blanks(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: "There", bench.roles.extra: "Too"})
        self.write(bench, [set_row(who, {bench.roles.text: None})])
        stored = bench.stored(who)
        assert blank(stored.get(bench.roles.text))
        assert stored[bench.roles.extra] == "Too"

    @scenario("C305", "One poisoned row in a full batch costs itself only, its field named")
    def test_c305_one_poisoned_row(self, bench: Bench) -> None:
        ids = bench.add(min(bench.connector.capabilities.write_batch, 200))
        rows = [set_row(who, {bench.roles.text: "Fine"}) for who in ids]
        poisoned = len(ids) // 3
        rows[poisoned] = set_row(ids[poisoned], {bench.roles.picklist: "never heard of"})
        results = self.write(bench, rows)
        assert [at for at, one in enumerate(results) if not isinstance(one, Written)] == [poisoned]
        assert aside(results[poisoned]).fields == (bench.roles.picklist,)
        assert bench.stored(ids[-1])[bench.roles.text] == "Fine"

    @scenario("C306", "Several poisoned rows each get their own cause")
    def test_c306_several_poisoned_rows(self, bench: Bench) -> None:
        ids = bench.add(6)
        bench.delete(ids[3])
        rows = [
            set_row(ids[0], {"no_such_field__c": "x"}),
            set_row(ids[1], {bench.roles.picklist: "never heard of"}),
            set_row(ids[2], {bench.roles.text: "Fine"}),
            set_row(ids[3], {bench.roles.text: "Gone"}),
            set_row(ids[4], {bench.roles.whole: "many"}),
            set_row(ids[5], {bench.roles.text: "Fine too"}),
        ]
        results = self.write(bench, rows)
        taken = [isinstance(one, Written) for one in results]
        assert taken == [False, False, True, False, False, True]
        assert aside(results[0]).fields == ("no_such_field__c",)
        assert aside(results[1]).fields == (bench.roles.picklist,)
        assert aside(results[4]).fields == (bench.roles.whole,)

    @scenario("C307", "A field that no API may write is refused by name, never in silence")
    def test_c307_read_only_fields(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        (result,) = self.write(bench, [set_row(who, {bench.roles.read_only: "2026-01-01"})])
        assert bench.roles.read_only in aside(result).fields

    @scenario("C308", "A value that is too long is refused by name, never cut in silence")
    def test_c308_too_long(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        fields = bench.connector.schema([bench.kind])[bench.kind].fields
        longest = fields[bench.roles.short].max_length
        assert longest, "the schema states the limit"
        (result,) = self.write(bench, [set_row(who, {bench.roles.short: "x" * (longest + 1)})])
        assert aside(result).fields == (bench.roles.short,)

    @scenario("C309", "An address that is none is refused")
    def test_c309_bad_email(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        (result,) = self.write(bench, [set_row(who, {bench.roles.email: "no address"})])
        assert aside(result).fields == (bench.roles.email,)

    @scenario("C310", "A deleted record is refused, never written in silence")
    def test_c310_deleted_records(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        bench.delete(who)
        (result,) = self.write(bench, [set_row(who, {bench.roles.text: "Late"})])
        aside(result)

    @scenario("C311", "A merged-away id is refused, never dropped in silence", acts=("merge",))
    def test_c311_merged_ids(self, bench: Bench) -> None:
        primary, other, third = bench.add(3)
        survivor = bench.merge(primary, other)
        gone = next(iter({primary, other} - {survivor}))
        results = self.write(
            bench, [set_row(gone, {bench.roles.text: "X"}), set_row(third, {bench.roles.text: "Y"})]
        )
        aside(results[0])
        written(results[1])

    @scenario(
        "C312",
        "A converted record is refused by the connector",
        needs=("frozen_when_converted",),
        acts=("convert",),
    )
    def test_c312_converted_records(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: "Before"})
        bench.convert(who)
        (result,) = self.write(bench, [set_row(who, {bench.roles.text: "After"})])
        aside(result)
        assert bench.stored(who)[bench.roles.text] == "Before"

    @scenario(
        "C313", "A row that somebody else locks may be tried again", acts=("fault", "locked_row")
    )
    def test_c313_locked_rows(self, bench: Bench) -> None:
        ids = bench.add(3)
        rows = [set_row(who, {bench.roles.text: "Locked"}) for who in ids]
        bench.fault("locked_row", "write")
        results = self.write(bench, rows)
        for one in results:
            if isinstance(one, Refused):
                assert aside(one).transient
        assert all(isinstance(one, Written) for one in self.write(bench, rows))

    @scenario(
        "C314", "A value that the record's own type leaves out is refused by name", acts=("narrow",)
    )
    def test_c314_record_types(self, bench: Bench) -> None:
        value = bench.roles.picked[1]
        who = bench.narrow(value)
        (result,) = self.write(bench, [set_row(who, {bench.roles.picklist: value})])
        assert aside(result).fields == (bench.roles.picklist,)

    @scenario("C315", "An operation that is not declared is refused row by row")
    def test_c315_undeclared_operations(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        declared = bench.connector.capabilities.ops
        for op in ("announce", "associate", "convert", "reset_blank"):
            if op in declared:
                continue
            rows = [WriteRow(op, who, {}), set_row(who, {bench.roles.text: op})]
            results = self.write(bench, rows)
            assert aside(results[0]).code == "op_not_offered"
            written(results[1])

    @scenario("C316", "A bad id costs its own row and never leaves the machine")
    def test_c316_bad_ids(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        rows = [
            set_row("../7", {bench.roles.text: "x"}),
            set_row("", {bench.roles.text: "x"}),
            set_row(who, {bench.roles.text: "fine"}),
        ]
        results = self.write(bench, rows)
        assert [aside(one).code for one in results[:2]] == ["bad_id", "bad_id"]
        written(results[2])

    @scenario("C317", "Texts of every script come back as they were sent")
    def test_c317_odd_texts(self, bench: Bench) -> None:
        ids = bench.add(len(ODD_VALUES))
        rows = [
            set_row(who, {bench.roles.text: text})
            for who, text in zip(ids, ODD_VALUES, strict=True)
        ]
        for one in self.write(bench, rows):
            written(one)
        seen = bench.connector.fetch(bench.kind, ids, [bench.roles.text])
        values = [one.fields[bench.roles.text] for one in seen]  # type: ignore[union-attr]
        assert values == list(ODD_VALUES)

    @scenario("C318", "The schema foretells what the CRM makes of a value")
    def test_c318_normalisation(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        roles = bench.roles
        fields = bench.connector.schema([bench.kind])[bench.kind].fields
        sent = {roles.email: "Jane.Doe@Firm.Example", roles.text: "Trailing  "}
        (result,) = self.write(bench, [set_row(who, sent)])
        written(result)
        stored = bench.stored(who)

        def brought_down(name: str, value: object) -> str:
            text = str(value).lower() if "lower" in fields[name].normalises else str(value)
            return text.strip() if "trim" in fields[name].normalises else text

        for name, value in sent.items():
            assert brought_down(name, stored[name]) == brought_down(name, value), name

    @scenario("C319", "Numbers are read back as the numbers that were sent")
    def test_c319_numbers(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for number in (0, 7, 1_250):
            (result,) = self.write(bench, [set_row(who, {bench.roles.whole: number})])
            written(result)
            seen = self.read(bench, who, bench.roles.whole).fields[bench.roles.whole]
            assert float(str(seen)) == number

    @scenario(
        "C320",
        "A stage that goes back is never taken for done: the answer shows the old one, or refuses",
        needs=("stage_forward_only", "answers_values"),
    )
    def test_c320_backward_stages_show(self, bench: Bench) -> None:
        stage = bench.connector.capabilities.stage_forward_only[bench.kind]
        options = bench.connector.schema([bench.kind])[bench.kind].fields[stage].picklist
        early, late = options[1].value, options[3].value
        (who,) = bench.add(1, {stage: late})
        (result,) = self.write(bench, [set_row(who, {stage: early})])
        if isinstance(result, Written):
            assert result.fields[stage] == late
        else:
            aside(result)
        assert bench.stored(who)[stage] == late

    @scenario(
        "C321",
        "Blanking a stage and setting it again go as two calls, in that order",
        needs=("op:reset_blank", "stage_forward_only"),
    )
    def test_c321_reset_then_set(self, bench: Bench) -> None:
        stage = bench.connector.capabilities.stage_forward_only[bench.kind]
        options = bench.connector.schema([bench.kind])[bench.kind].fields[stage].picklist
        early, late = options[1].value, options[3].value
        (who,) = bench.add(1, {stage: late})
        rows = [WriteRow("reset_blank", who, {stage: early}), set_row(who, {stage: early})]
        for one in self.write(bench, rows):
            written(one)
        assert bench.stored(who)[stage] == early

    @scenario(
        "C322",
        "A person associated with a company twice is so once, and a company that is not there costs its own row",
        needs=("op:associate",),
        acts=("company", "companies_of"),
    )
    def test_c322_associations(self, bench: Bench) -> None:
        who, other = bench.add(2)
        company = bench.company()
        rows = [
            WriteRow("associate", who, {company.kind: company.id}),
            WriteRow("associate", other, {company.kind: "9" * 12}),
            WriteRow("associate", other, {company.kind: "../7"}),
        ]
        for _ in range(2):
            tied, missing, bad = self.write(bench, rows)
            written(tied)
            assert not aside(missing).transient
            assert aside(bad).code == "bad_id"
            assert list(bench.companies_of(who)) == [company.id]
            assert list(bench.companies_of(other)) == []
