"""C2xx: reading by id and by key, who changed what, and the live schema."""

from __future__ import annotations

import threading
from datetime import UTC, timedelta

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family, blank, set_row, written
from leadpact.conformance.scenario import scenario
from leadpact.errors import LeadpactError
from leadpact.model.record import Gone, MovedTo, Record

ODD_VALUES = (
    "O'Brien",
    'say "hi"',
    "back\\slash",
    "100% _sure_",
    "a;b,c",
    "x' OR Name != '",
    "Größe & Söhne",
    "Фирма №1",
    "株式会社",
    "🙂 & <b>bold</b>",
)


class ReadingScenarios(Family):
    """Reading records, histories and schemas."""

    @scenario("C201", "Reading by id answers once per id, in the order asked")
    def test_c201_order_is_kept(self, bench: Bench) -> None:
        ids = bench.add(7)
        asked = [ids[5], ids[0], ids[3]]
        seen = bench.connector.fetch(bench.kind, asked, [bench.roles.text])
        assert [one.ref.id for one in seen] == asked
        assert {one.ref.kind for one in seen} == {bench.kind}

    @scenario("C202", "More ids than one call takes are read all the same")
    def test_c202_more_than_a_batch(self, bench: Bench) -> None:
        size = min(bench.connector.capabilities.fetch_batch, 200)
        ids = bench.add(size + 3)
        seen = bench.connector.fetch(bench.kind, ids, [bench.roles.text])
        assert [one.ref.id for one in seen] == ids
        assert all(isinstance(one, Record) for one in seen)

    @scenario("C203", "A full batch of ids costs one call", acts=("calls",))
    def test_c203_a_batch_is_one_call(self, bench: Bench) -> None:
        ids = bench.add(min(bench.connector.capabilities.fetch_batch, 200))
        self.read(bench, ids[0], bench.roles.text)
        bench.calls()
        bench.connector.fetch(bench.kind, ids, [bench.roles.text])
        assert bench.calls() == 1

    @scenario("C204", "A blank field is blank, a field that there is not is absent")
    def test_c204_blank_is_not_unknown(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: None})
        seen = self.read(bench, who, bench.roles.text, "no_such_field__c")
        assert bench.roles.text in seen.fields
        assert blank(seen.fields[bench.roles.text])
        assert "no_such_field__c" not in seen.fields

    @scenario("C205", "A field that we may not see any more is absent, not blank", acts=("hide",))
    def test_c205_a_hidden_field_is_unknown(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.extra: "There"})
        assert self.read(bench, who, bench.roles.extra).fields[bench.roles.extra] == "There"
        bench.hide(bench.roles.extra)
        again = self.read(bench, who, bench.roles.extra, bench.roles.text)
        assert bench.roles.extra not in again.fields
        assert bench.roles.text in again.fields
        assert bench.roles.extra not in bench.connector.schema([bench.kind])[bench.kind].fields

    @scenario(
        "C206",
        "Reading shows an edit at once, however late the feed is",
        needs=("consistent_fetch",),
    )
    def test_c206_reading_is_consistent(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        bench.edit([who], {bench.roles.text: "Now"})
        assert self.read(bench, who, bench.roles.text).fields[bench.roles.text] == "Now"

    @scenario("C207", "Versions sort as time does", acts=("advance",))
    def test_c207_versions_sort(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        versions = [self.read(bench, who, bench.roles.text).version]
        for step in range(3):
            bench.advance(61)
            bench.edit([who], {bench.roles.text: f"Step {step}"})
            versions.append(self.read(bench, who, bench.roles.text).version)
        assert versions == sorted(set(versions))

    @scenario("C208", "A record says when it was made, in UTC")
    def test_c208_records_say_when_they_were_made(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        made = self.read(bench, who, bench.roles.text).created_at
        assert made is not None
        assert made.utcoffset() == timedelta()

    @scenario("C209", "A deleted id and one that never was are gone, and the others are read")
    def test_c209_gone_is_told(self, bench: Bench) -> None:
        kept, dropped, other = bench.add(3)
        bench.delete(dropped)
        seen = bench.connector.fetch(bench.kind, [kept, dropped, other], [bench.roles.text])
        assert [type(one) for one in seen] == [Record, Gone, Record]

    @scenario("C210", "A restored record is read again", acts=("restore",))
    def test_c210_a_restored_record_is_back(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: "Kept"})
        bench.delete(who)
        bench.restore(who)
        assert self.read(bench, who, bench.roles.text).fields[bench.roles.text] == "Kept"

    @scenario(
        "C211", "An id that was merged away leads to the record that lives on", acts=("merge",)
    )
    def test_c211_merges_are_followed(self, bench: Bench) -> None:
        primary, other = bench.add(2)
        survivor = bench.merge(primary, other)
        assert survivor
        for old in {primary, other} - {survivor}:
            (seen,) = bench.connector.fetch(bench.kind, [old], [bench.roles.text])
            assert isinstance(seen, MovedTo), f"{old} is {seen}"
            assert (seen.how, seen.to[0].id) == ("merged", survivor)
        self.read(bench, survivor, bench.roles.text)

    @scenario(
        "C212",
        "A converted record leads to what it became and can still be read",
        needs=("frozen_when_converted",),
        acts=("convert",),
    )
    def test_c212_conversions_are_followed(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: "Ripe"})
        became = bench.convert(who)
        (seen,) = bench.connector.fetch(bench.kind, [who], [bench.roles.text])
        assert isinstance(seen, MovedTo)
        assert (seen.how, seen.to[0]) == ("converted", became)
        assert seen.record is not None
        assert seen.record.fields[bench.roles.text] == "Ripe"

    @scenario(
        "C213",
        "An id that is none is gone or refused, and never leaves the machine",
        acts=("calls",),
    )
    def test_c213_bad_ids_never_leave(self, bench: Bench) -> None:
        bench.add(1)
        bench.calls()
        for bad in ("../1", "1?x=y", "1/../../2", "https://elsewhere.example/1", "a'b", ""):
            try:
                (seen,) = bench.connector.fetch(bench.kind, [bad], [bench.roles.text])
            except LeadpactError as refused:
                assert refused.code == "bad_id"
            else:
                assert isinstance(seen, Gone)
        assert bench.calls() == 0

    @scenario("C214", "Finding by e-mail ignores case and spaces, and finds nobody else")
    def test_c214_find_by_email(self, bench: Bench) -> None:
        ids = bench.add(4)
        address = str(self.read(bench, ids[2], bench.roles.email).fields[bench.roles.email])
        asked = [f" {address.upper()} ", "nobody@nowhere.example", ""]
        found = bench.connector.find(bench.kind, bench.roles.email, asked, [bench.roles.text])
        assert [one.ref.id for one in found] == [ids[2]]

    @scenario("C215", "Finding leaves out deleted records")
    def test_c215_deleted_ones_are_not_found(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        address = str(self.read(bench, who, bench.roles.email).fields[bench.roles.email])
        bench.delete(who)
        assert list(bench.connector.find(bench.kind, bench.roles.email, [address], [])) == []

    @scenario("C216", "Finding by odd values finds exactly those that hold them")
    def test_c216_odd_values_are_values(self, bench: Bench) -> None:
        ids = bench.add(len(ODD_VALUES) + 1)
        for who, value in zip(ids, ODD_VALUES, strict=False):
            bench.edit([who], {bench.roles.text: value})
        bench.settle()
        for who, value in zip(ids, ODD_VALUES, strict=False):
            found = bench.connector.find(bench.kind, bench.roles.text, [value], [bench.roles.text])
            assert [one.ref.id for one in found] == [who], value

    @scenario("C217", "Finding by hundreds of values needs no call that is too long")
    def test_c217_many_values(self, bench: Bench) -> None:
        ids = bench.add(3)
        asked = [f"{'long' * 10}{n}@{'x' * 20}.example" for n in range(300)]
        address = str(self.read(bench, ids[1], bench.roles.email).fields[bench.roles.email])
        found = bench.connector.find(bench.kind, bench.roles.email, [*asked, address], [])
        assert [one.ref.id for one in found] == [ids[1]]

    @scenario("C218", "One connector serves many threads")
    def test_c218_threads(self, bench: Bench) -> None:
        ids = bench.add(6)
        seen: list[str] = []

        def look(who: str) -> None:
            seen.extend(self.read(bench, who, bench.roles.text).ref.id for _ in range(4))

        threads = [threading.Thread(target=look, args=(who,)) for who in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == sorted(ids * 4)

    @scenario("C219", "History names the last change first, its time in UTC and its author")
    def test_c219_history(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        bench.edit([who], {bench.roles.text: "By a person"})
        rows = bench.connector.history(bench.kind, [who], [bench.roles.text])[who]
        assert (rows[0].field, rows[0].value) == (bench.roles.text, "By a person")
        assert rows[0].at.utcoffset() == UTC.utcoffset(None)
        assert rows[0].author.kind == "person"
        assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)

    @scenario("C220", "Our own writes are told from everybody else's")
    def test_c220_our_writes_are_ours(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        (result,) = self.write(bench, [set_row(who, {bench.roles.text: "By us"})])
        written(result)
        rows = bench.connector.history(bench.kind, [who], [bench.roles.text])[who]
        assert (rows[0].value, rows[0].author.kind) == ("By us", "ours")

    @scenario(
        "C221", "Automations are told from people", needs=("field_history",), acts=("edit_as",)
    )
    def test_c221_authors(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        for author in ("workflow", "import", "integration", "person"):
            bench.edit_as(author, who, {bench.roles.text: f"By {author}"})
            rows = bench.connector.history(bench.kind, [who], [bench.roles.text])[who]
            assert (rows[0].value, rows[0].author.kind) == (f"By {author}", author)

    @scenario(
        "C222",
        "Opportunities say whose they are and whether they are open",
        needs=("evidence_kinds",),
        acts=("opportunity",),
    )
    def test_c222_evidence(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        deal = bench.opportunity(who)
        (seen,) = bench.connector.fetch(deal.kind, [deal.id], [])
        assert isinstance(seen, Record)
        assert seen.fields["leadpact:is_open"] is True
        assert seen.fields["leadpact:is_won"] is False
        contact = str(seen.fields["leadpact:contact_ids"]).split(";")[0]
        found = bench.connector.find(deal.kind, "contact", [contact], [])
        assert [one.ref.id for one in found] == [deal.id]

    @scenario("C223", "The live schema tells what a field takes")
    def test_c223_schema(self, bench: Bench) -> None:
        roles = bench.roles
        fields = bench.connector.schema([bench.kind])[bench.kind].fields
        assert not fields[roles.read_only].updateable
        assert fields[roles.text].updateable
        picklist = fields[roles.picklist]
        assert picklist.restricted
        assert set(roles.picked) <= {one.value for one in picklist.picklist}
        assert fields[roles.whole].type in {"integer", "number"}
        assert fields[roles.short].max_length
