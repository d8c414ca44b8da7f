"""C8xx: handing a person over. A task is left once, with the owner it is for, whatever became of the first answer."""

from __future__ import annotations

from leadpact.conformance.bench import Bench
from leadpact.conformance.family import Family, aside, set_row, written
from leadpact.conformance.scenario import scenario
from leadpact.ports.connector import KnowsOwners, Refused, WriteRow, Written

NEEDS = ("op:announce",)
ODD = "Zoë <b>now</b> & \"soon\" 'später' {{x}} 日本"


def task_row(record_id: str, key: str, **more: str | bool | None) -> WriteRow:
    """A task that is due one afternoon."""
    fields: dict[str, str | bool | None] = {
        "subject": f"Answer {key}",
        "body": "Asked for a demo.\nDue at once.",
        "due_at": "2026-11-24T15:07:00+01:00",
        **more,
    }
    said = {name: value for name, value in fields.items() if value is not None}
    return WriteRow("announce", record_id, said, key)


class AnnouncingScenarios(Family):
    """Tasks, and whom they can be for."""

    @scenario(
        "C801",
        "A task announced twice under one key is one task, and the second answer names the first",
        needs=NEEDS,
        acts=("tasks_of",),
    )
    def test_c801_a_repeat_makes_no_second(self, bench: Bench) -> None:
        who, other = bench.add(2)
        (first,) = self.write(bench, [task_row(who, "key-1")])
        again, elsewhere = self.write(bench, [task_row(who, "key-1"), task_row(other, "key-2")])
        assert (written(first).created, written(again).created) == (True, False)
        assert written(first).id == written(again).id
        assert written(elsewhere).created
        assert len(bench.tasks_of(who)) == len(bench.tasks_of(other)) == 1

    @scenario(
        "C802",
        "A lost answer to an announcement, announced again, is one task",
        needs=NEEDS,
        acts=("tasks_of", "fault"),
    )
    def test_c802_a_lost_answer_makes_no_second(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        bench.fault("lost_answer", "announce")
        (lost,) = self.write(bench, [task_row(who, "key-1")])
        assert isinstance(lost, Refused)
        assert lost.unknown
        (again,) = self.write(bench, [task_row(who, "key-1")])
        assert not written(again).created
        assert len(bench.tasks_of(who)) == 1

    @scenario(
        "C803",
        "A task says what it was given, on the day it is due, to the owner it is for",
        needs=NEEDS,
        acts=("tasks_of", "owner"),
    )
    def test_c803_what_a_task_says(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        owner = bench.owner()
        row = task_row(
            who, "key-1", owner=owner, urgent=True, remind_at="2026-11-24T15:05:00+01:00"
        )
        (result,) = self.write(bench, [row])
        (task,) = bench.tasks_of(who)
        assert task["id"] == written(result).id
        assert (task["subject"], task["owner"]) == ("Answer key-1", owner)
        assert str(task["due"]).startswith("2026-11-24")
        assert str(task["body"]).splitlines()[:2] == ["Asked for a demo.", "Due at once."]
        assert "key-1" in str(task["body"]).splitlines()[-1]

    @scenario(
        "C804",
        "What a lead typed is text in a task, never markup",
        needs=NEEDS,
        acts=("tasks_of",),
    )
    def test_c804_no_markup(self, bench: Bench) -> None:
        (who,) = bench.add(1)
        (result,) = self.write(bench, [task_row(who, "key-1", subject=ODD, body=ODD)])
        written(result)
        (task,) = bench.tasks_of(who)
        assert task["subject"] == ODD
        assert str(task["body"]).splitlines()[0] == ODD

    @scenario(
        "C805",
        "A person that is gone, a bad key and an owner who left cost their own rows",
        needs=NEEDS,
        acts=("tasks_of", "former_owner"),
    )
    def test_c805_one_bad_row(self, bench: Bench) -> None:
        gone, left, fine = bench.add(3)
        bench.delete(gone)
        rows = [
            task_row(gone, "key-1"),
            task_row(left, "key-2", owner=bench.former_owner()),
            task_row(fine, ""),
            task_row("../7", "key-4"),
            task_row(fine, "key-5", colour="red"),
            task_row(fine, "key-6"),
        ]
        results = self.write(bench, rows)
        assert [isinstance(one, Written) for one in results] == [False] * 5 + [True]
        for one in results[:5]:
            assert not aside(one).transient
        assert len(bench.tasks_of(fine)) == 1
        assert len(bench.tasks_of(left)) == 0

    @scenario(
        "C806",
        "A task changes nothing of the person it is about",
        needs=NEEDS,
    )
    def test_c806_the_person_stays(self, bench: Bench) -> None:
        (who,) = bench.add(1, {bench.roles.text: "As it was"})
        self.write(bench, [set_row(who, {bench.roles.extra: "x"})])
        (result,) = self.write(bench, [task_row(who, "key-1")])
        written(result)
        assert self.read(bench, who, bench.roles.text).fields[bench.roles.text] == "As it was"

    @scenario(
        "C807",
        "Owners are told by id and by address, those who left as not active, and nobody else",
        needs=NEEDS,
        acts=("owner", "former_owner"),
    )
    def test_c807_owners(self, bench: Bench) -> None:
        connector = bench.connector
        assert isinstance(connector, KnowsOwners)
        here, left = bench.owner(), bench.former_owner()
        told = {one.id: one for one in connector.owners([here, left, "nobody", "../7"])}
        assert {one: told[one].active for one in told} == {here: True, left: False}
        assert told[here].email
        assert told[here].kind == "person"
        (again,) = connector.owners((), [told[here].email.upper(), "nobody@firm.example"])
        assert again == told[here]
        assert list(connector.owners(())) == []
