"""Loading rules: all of it or nothing, and what is known stays as it is."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.reference import load_reference
from outreach.contributions.faults import faults_of
from outreach.contributions.rules import Bracket, RuleBook
from outreach.contributions.storing import current_rules
from outreach.models import (
    ContributionLoad,
    ContributionRule,
    IncomeBracket,
    IncomeBracketTable,
)
from tests.outreach.contributions.rulebooks import CSV, SHIPPED, TABLE, load_brackets

pytestmark = pytest.mark.django_db
RULE: dict[str, Any] = {
    "version": "2027-1",
    "first_month": "2027-04",
    "last_month": None,
    "jkk_rate_ppm": 12_000,
    "jkm_amount": 7_000,
    "jht_rate_ppm": 20_000,
    "lowest_base": 1_000_000,
    "source": "A regulation of tomorrow",
}
RELIEF: dict[str, Any] = {
    "version": "more",
    "first_month": "2028-01",
    "last_month": "2028-03",
    "for_transport": False,
    "programmes": ["JKK"],
    "pays_percent": 50,
    "not_for_payers": [],
    "source": "A regulation of tomorrow",
}


def load(folder: Path, content: Any, *options: str) -> str:
    """What the command says about a JSON file."""
    file = folder / "rules.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    out = StringIO()
    call_command("load_contribution_rules", str(file), *options, stdout=out)
    return out.getvalue()


def refused(folder: Path, content: Any, *options: str) -> str:
    """Why the command refuses a file; nothing has changed."""
    before = ContributionLoad.objects.count()
    with pytest.raises(CommandError) as error:
        load(folder, content, *options)
    assert ContributionLoad.objects.count() == before
    return str(error.value)


def test_the_shipped_rules_are_there_and_loading_them_again_changes_nothing() -> None:
    book = current_rules()
    loads = ContributionLoad.objects.count()

    load_reference()

    assert list(book.rules) == SHIPPED.rules
    assert {*book.by_version()} == {"2026-1", "pp50-2025-transport", "pp50-2025-others"}
    assert ContributionLoad.objects.count() == loads
    assert faults_of(book) == []


def test_brackets_carry_the_note_of_their_file(tmp_path: Path) -> None:
    load_brackets(tmp_path, "--source=Lampiran II")

    [table] = current_rules().tables
    assert table == replace(
        TABLE, source="Lampiran II. Transcribed by a third party; CHECK before use"
    )


def test_the_same_brackets_again_change_nothing_but_may_be_checked(tmp_path: Path) -> None:
    load_brackets(tmp_path)
    loads = ContributionLoad.objects.count()
    load_brackets(tmp_path)
    assert ContributionLoad.objects.count() == loads

    load_brackets(tmp_path, "--checked=Rina, 2026-11-21, against peraturan.bpk.go.id")

    assert current_rules().tables[0].checked == "Rina, 2026-11-21, against peraturan.bpk.go.id"
    assert IncomeBracket.objects.count() == 3
    load_brackets(tmp_path)
    assert current_rules().tables[0].checked


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--until=2025-12"], "--until, 2025-12, is before --from, 2026-01"),
        (["--source=ab"], "argument --source: it has 2 and may have 3 to 300 characters"),
        (["--checked=ab"], "argument --checked: it has 2 and may have 3 to 200 characters"),
        ([f"--source={'x' * 200}"], "--source may have 98 characters beside the file's own note"),
    ],
)
def test_an_option_that_is_wrong_is_named_and_not_the_file(
    tmp_path: Path, options: list[str], why: str
) -> None:
    with pytest.raises(CommandError) as error:
        load_brackets(tmp_path, *options, text=f"# {'y' * 400}\n{CSV.partition(chr(10))[2]}")
    assert why in str(error.value)
    assert "brackets.csv" not in str(error.value)


def test_a_new_rate_needs_the_old_one_to_end(tmp_path: Path) -> None:
    why = refused(tmp_path, {"rules": [RULE]})
    assert "rules overlap from 2027-04 on: 2026-1 and 2027-1" in why

    why = refused(tmp_path, {"rules": [RULE]}, "--end=2026-1=2027-01")
    assert "rules leave a gap: nothing is in force 2027-02 to 2027-03" in why

    said = load(tmp_path, {"rules": [RULE]}, "--end=2026-1=2027-03")
    assert said.splitlines() == ["added 2027-1", "2026-1 is in force until 2027-03"]
    assert [rule.last_month for rule in current_rules().rules] == ["2027-03", None]

    again = load(tmp_path, {"rules": [RULE]}, "--end=2026-1=2027-03")
    assert again.splitlines() == ["all of it was known: nothing was changed"]
    load_reference()
    assert [rule.last_month for rule in current_rules().rules] == ["2027-03", None]


def test_the_end_may_be_told_with_the_rule_itself(tmp_path: Path) -> None:
    old = json.loads(json.dumps(RULE | {"version": "x"}))
    [shipped] = SHIPPED.rules
    old |= {name: getattr(shipped, name) for name in RULE} | {"last_month": "2027-03"}

    load(tmp_path, {"rules": [RULE, old]})

    assert [rule.last_month for rule in current_rules().rules] == ["2027-03", None]


def test_what_is_known_is_never_altered(tmp_path: Path) -> None:
    [shipped] = SHIPPED.rules
    rule = {name: getattr(shipped, name) for name in RULE}

    why = refused(tmp_path, {"rules": [rule | {"jkm_amount": 6_900, "source": "hearsay"}]})
    assert "2026-1 is known with another jkm_amount, source" in why
    assert "2026-1 is known with another kind" in refused(
        tmp_path, {"reliefs": [RELIEF | {"version": "2026-1"}]}
    )
    load_brackets(tmp_path)
    with pytest.raises(CommandError, match="brackets is known with another brackets"):
        load_brackets(tmp_path, text=CSV.replace("2600000", "2700000"))
    load(tmp_path, {"rules": [RULE]}, "--end=2026-1=2027-03")
    assert "2026-1 ends in 2027-03 already" in refused(tmp_path, {}, "--end=2026-1=2027-05")
    assert ContributionRule.objects.get(pk="2026-1").jkm_amount == 6_800


def test_what_was_wrong_is_withdrawn_and_its_name_is_taken(tmp_path: Path) -> None:
    load_brackets(tmp_path)
    right = CSV.replace("2600000", "2700000")
    (tmp_path / "right.csv").write_text(right)
    command = ("load_contribution_rules", str(tmp_path / "right.csv"), "--from=2026-01")

    with pytest.raises(CommandError, match="bracket tables overlap from 2026-01 on"):
        call_command(*command, "--table=right")
    with pytest.raises(CommandError, match="needs another name"):
        call_command(*command, "--table=brackets", "--withdraw=brackets")
    for _ in range(2):
        call_command(*command, "--table=right", "--withdraw=brackets")

    assert [table.version for table in current_rules().tables] == ["right"]
    assert IncomeBracketTable.objects.get(pk="brackets").brackets.count() == 3
    with pytest.raises(CommandError, match="brackets is withdrawn"):
        load_brackets(tmp_path)
    assert "nothing is in force" not in refused(tmp_path, {}, "--withdraw=unknown")


def test_rates_are_not_withdrawn_without_others_for_their_months(tmp_path: Path) -> None:
    load(tmp_path, {"rules": [RULE]}, "--end=2026-1=2027-03")
    later = RULE | {"version": "2028-1", "first_month": "2028-01"}
    load(tmp_path, {"rules": [later]}, "--end=2027-1=2027-12")

    why = refused(tmp_path, {}, "--withdraw=2027-1")

    assert "rules leave a gap: nothing is in force 2027-04 to 2027-12" in why
    load(
        tmp_path, {"rules": [RULE | {"version": "b", "last_month": "2027-12"}]}, "--withdraw=2027-1"
    )
    assert [rule.version for rule in current_rules().rules] == ["2026-1", "b", "2028-1"]


def test_one_fault_keeps_everything_out(tmp_path: Path) -> None:
    refused(tmp_path, {"reliefs": [RELIEF], "rules": [RULE]})

    assert "more" not in current_rules().by_version()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"first_month": "2026-12"}, "reliefs of JKK for other occupations overlap 2026-12"),
        ({"last_month": "2027-12"}, "its last month, 2027-12, is before its first, 2028-01"),
        ({"pays_percent": 101}, "reliefs[0].pays_percent"),
        ({"pays_percent": -1}, "reliefs[0].pays_percent"),
        ({"pays_percent": "half"}, "reliefs[0].pays_percent"),
        ({"pays_percent": 0.5}, "reliefs[0].pays_percent"),
        ({"programmes": ["JKN"]}, "reliefs[0].programmes"),
        ({"programmes": []}, "reliefs[0].programmes"),
        ({"first_month": "2028-13"}, "reliefs[0].first_month"),
        ({"first_month": "2028-01-01"}, "reliefs[0].first_month"),
        ({"version": "../x"}, "reliefs[0].version"),
        ({"source": ""}, "reliefs[0].source"),
        ({"unknown": 1}, "unknown field"),
    ],
)
def test_faulty_reliefs(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    assert why in refused(tmp_path, {"reliefs": [RELIEF | changes]})


def test_reliefs_may_leave_gaps_and_stand_beside_others(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "reliefs": [
                RELIEF,
                RELIEF | {"version": "transport", "for_transport": True},
                RELIEF | {"version": "jkm", "programmes": ["JKM"]},
            ]
        },
    )

    assert len(current_rules().reliefs) == 5


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"jkk_rate_ppm": 0}, "rules[0].jkk_rate_ppm"),
        ({"jkk_rate_ppm": -1}, "rules[0].jkk_rate_ppm"),
        ({"jkk_rate_ppm": 0.01}, "rules[0].jkk_rate_ppm"),
        ({"jkm_amount": "6.800"}, "rules[0].jkm_amount"),
        ({"jkm_amount": 10**30}, "rules[0].jkm_amount"),
        ({"jkm_amount": True}, "rules[0].jkm_amount"),
        ({"lowest_base": None}, "rules[0].lowest_base"),
        ({"source": "hearsay\u0000"}, "rules[0].source"),
        ({"source": "hearsay\ud800"}, "refused"),
    ],
)
def test_faulty_rates(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    content = {"rules": [RULE | changes]}
    assert why in refused(tmp_path, content, "--end=2026-1=2027-03")


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"rules": 7}', '{"rules": [[]]}', "[" * 100_000, '{"rules": null}', '{"a": 1}'],
)
def test_files_that_are_no_rules(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CSV.replace("1100000,", "1200000,"), "incomes from 1100000 to 1199000 are in no bracket"),
        (CSV.replace("1100000,", "1099000,"), "overlap from 1099000 on"),
        (CSV.replace("0,1099000", "1000,1099000"), "incomes from 0 to 999 are in no bracket"),
        (CSV.replace("2500000,,", "2500000,9000000,"), "incomes above 9000000 are in no bracket"),
        (CSV.replace("1800000", "900000"), "the base falls from 1000000 to 900000"),
        (CSV.replace("1000000", "999999"), "is under the lowest base of rule 2026-1, 1000000"),
        (CSV.replace("2499000", "1000000"), "ends before it begins"),
        (CSV.replace("2499000", "2499500"), "incomes from 2499501 to 2499999 are in no bracket"),
        (CSV.replace("1800000", "-1800000"), "line 4: '-1800000' is no base"),
        (CSV.replace("1800000", "1.800.000"), "line 4: '1.800.000' is no base"),
        (CSV.replace("1800000", "NaN"), "line 4: 'NaN' is no base"),
        (CSV.replace("1800000", ""), "line 4: '' is no base"),
        (CSV.replace("1800000", "1800000,7"), "line 4: not three cells"),
        (CSV.replace("min,max,base", "min,max"), "its columns have to be min, max, base"),
        ("min,max,base\n", "brackets"),
        ("# nothing\n", "its columns have to be"),
        (CSV.replace("0,1099000,1000000", "2500000,,2600000"), "are not in order"),
        (CSV.replace("# Transcribed", "Transcribed"), "its columns have to be"),
    ],
)
def test_faulty_brackets(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CommandError) as error:
        load_brackets(tmp_path, text=text)
    assert why in str(error.value)
    assert not IncomeBracketTable.objects.exists()


def test_brackets_need_to_say_where_they_are_from(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="give --source"):
        load_brackets(tmp_path, text=CSV.partition("\n")[2])


def test_columns_in_another_order_and_semicolons_are_read(tmp_path: Path) -> None:
    load_brackets(tmp_path, text="#a source\nbase; MIN ;max\n1000000;0;1999\n2000000;2000;\n")

    [table] = current_rules().tables
    assert table.step == 1
    assert table.brackets == [Bracket(0, 1999, 1_000_000), Bracket(2000, None, 2_000_000)]


def test_the_published_brackets_are_taken_whole(tmp_path: Path, reference_data: Path) -> None:
    file = reference_data / "contributions" / "income_brackets.csv"
    call_command("load_contribution_rules", str(file), "--table=pp44-2015", "--from=2026-01")

    [table] = current_rules().tables
    assert len(table.brackets) == 33
    assert table.checked is None
    assert "CHECK against" in table.source
    assert table.base_of(2_500_000) == 2_600_000
    assert table.base_of(20_200_000) == 20_700_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.permutations(["rules", "reliefs", "tables"]), st.randoms())
def test_the_order_in_which_rules_are_given_makes_no_difference(
    order: list[str], random: Any
) -> None:
    parts = {"rules": [*SHIPPED.rules], "reliefs": [*SHIPPED.reliefs], "tables": [TABLE]}
    for part in parts.values():
        random.shuffle(part)
    book = RuleBook(1, **{name: parts[name] for name in order})  # type: ignore[arg-type]  # by name

    assert book.reliefs == RuleBook(1, [], SHIPPED.reliefs).reliefs
    assert faults_of(book) == []
