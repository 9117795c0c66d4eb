"""Strange claims, tables and imports: one clear line, status 2, and nothing kept is lost."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.hostile import files, one_line
from tests.contracts import worlds

LONG = "n" * 100_000


@pytest.fixture(scope="module")
def rehearsed() -> str:
    return worlds.kept(worlds.small()).url


def short_line(ended, message: str) -> None:
    one_line(ended, message)
    assert len(ended.err) < 800


# Names of a hundred thousand letters


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", LONG, "deep-l", "STORE"), "no subject called 'nnn"),
        (("compare", "deep-l", LONG, "STORE"), "no subject called 'nnn"),
        (("compare", "deep-l", "net-l", "STORE", "--on", LONG), "no condition called 'nnn"),
        (("leaderboard", "STORE", "--on", LONG), "no condition called 'nnn"),
        (("leaderboard", "STORE", "--figure", f"{LONG}.svg"), "cannot write nnn"),
        (("leaderboard", "STORE", "--figure", LONG), "figures are written to .png"),
        (("leaderboard", LONG), "nnn"),
        (("study", LONG, "STORE"), "no study called 'nnn"),
        (("study", "similarity", "STORE", "--set", f"{LONG}=1"), "no option of similarity"),
        (("study", "similarity", "STORE", "--set", LONG), "--set takes NAME=VALUE"),
        (("study", "progress", "STORE", "--set", f"on=lab-test={LONG}"), "progress needs --dates"),
        (
            ("study", "progress", "STORE", "--on", "lab-test", "--set", f"dates={LONG}=1"),
            "no subject called 'nnn",
        ),
        (
            ("study", "ladder", "STORE", "--on", "lab-test", "--set", f"order={LONG}"),
            "no subject called 'nnn",
        ),
        (("table", "STORE", "--format", LONG), "no format 'nnn"),
        (("sql", f"select {LONG}", "STORE"), "this query does not run"),
        (("claim", LONG, "STORE"), "cannot read nnn"),
        (("import", LONG, "--condition", "c"), "predictions are read from .npy"),
        (("replicate", LONG), "no replication called 'nnn"),
        (("list", LONG), "no kind of name called 'nnn"),
        (("doctor", LONG), "no store or data set called 'nnn"),
    ],
)
def test_a_name_that_never_ends(fieldmark, rehearsed, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    short_line(fieldmark(*(rehearsed if word == "STORE" else word for word in words)), message)


# Claims

CLAIMS = {
    "": "claims: Field required",
    "claims = []": "claims: List should have at least 1 item",
    "claims = 3": "claims: Input should be a valid list",
    'claims = ["deep-l beats net-l on lab-test", 3]': "claims.1: Input should be a valid string",
    'claims = [["a beats b on c"]]': "claims.0: Input should be a valid string",
    '[claims]\nfirst = "a beats b on c"': "claims: Input should be a valid list",
    'claims = ["a beats b on c"]\nlevel = 0.9': "level: Extra inputs are not permitted",
    f'claims = ["a beats b on c"]\n{LONG} = 1': "Extra inputs are not permitted",
    'claims = ["a beats b on c"]\nclaims = ["b beats a on c"]': "is no TOML",
    "claims = [": "is no TOML",
    "claims = [2020-01-01]": "claims.0: Input should be a valid string",
    'claims = ["a beats b on c"]\nn = inf': "n: Input should be a valid integer",
    'claims = ["a beats b on c"]\nn = -3': "n: Input should be greater than or equal to 0",
    'claims = ["a beats b on c"]\npercent = "yes"': "percent: Input should be a valid boolean",
    'claims = ["a beats b on c"]\nstore = "r"\ntable = "t.csv"': "names a store and a table",
    'claims = ["a beats b on c"]\nstore = "\\u0000"': "that can be no path",
    'claims = ["a beats b on c"]\ntable = "\\u0000"': "that can be no path",
    'claims = [""]': "cannot tell what is claimed by ''",
    f'claims = ["{LONG}"]': "cannot tell what is claimed by 'nnn",
    f'claims = ["{"a beats " * 2000}"]': "cannot tell what is claimed by 'a beats",
    f'claims = ["{LONG} beats deep-l on lab-test"]': "no subject called 'nnn",
    f'claims = ["deep-l beats net-l on {LONG}"]': "no condition called 'nnn",
    f'claims = ["{LONG} is the best on lab-test"]': "no subject called 'nnn",
    f'claims = ["{LONG} has effective robustness on field-test"]': "no subject called 'nnn",
}


@pytest.mark.parametrize("text", CLAIMS, ids=lambda text: text[:40])
def test_a_strange_file_of_claims(fieldmark, rehearsed, tmp_path, text):
    (tmp_path / "claims.toml").write_text(text)
    names_both = "\nstore" in text or "\ntable" in text
    store = () if names_both else (rehearsed,)
    short_line(fieldmark("claim", str(tmp_path / "claims.toml"), *store), CLAIMS[text])


def test_a_file_of_claims_that_is_none(fieldmark, rehearsed, tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'claims = ["\xe9 beats b on c"]')
    short_line(fieldmark("claim", str(tmp_path / "latin.toml"), rehearsed), "not UTF-8 text")
    short_line(fieldmark("claim", str(tmp_path), rehearsed), "Is a directory")


def test_a_claim_on_two_lines_is_told_on_one(fieldmark, rehearsed, tmp_path):
    (tmp_path / "claims.toml").write_text('claims = ["deep-l beats\\nlinear-a on lab-test"]')
    found = json.loads(fieldmark("claim", str(tmp_path / "claims.toml"), rehearsed, "--json").out)
    assert found["title"] == "deep-l beats linear-a on lab-test"


def test_claims_where_nobody_has_labels(fieldmark, tmp_path):
    answers = "".join(f"i{k},{k % 4},{who}\n" for who in "ab" for k in range(20))
    (tmp_path / "blind.csv").write_text(f"id,answer,subject\n{answers}")
    (tmp_path / "labels.json").write_text(json.dumps({f"i{k}": [] for k in range(20)}))
    told = ("--labels", str(tmp_path / "labels.json"), "--store", str(tmp_path / "kept"))
    ended = fieldmark("import", str(tmp_path / "blind.csv"), "--condition", "blind", *told)
    assert ended.status == 0, ended.err
    (tmp_path / "claims.toml").write_text(
        'claims = ["a is the best on blind", "a beats b on blind"]'
    )
    ended = fieldmark("claim", str(tmp_path / "claims.toml"), str(tmp_path / "kept"), "--json")
    for row in json.loads(ended.out)["rows"]:
        assert row["verdict"] == "cannot be told"
        assert row["reason"] == "there are no labelled examples"
        assert row["value"]["value"] is None


TABLES = {
    "subject,lab,field\na,high,low\nb,0.5,0.6\n": "line 2: 'high' is no accuracy",
    "model,lab\na,0.5\nb,0.4\n": "no column called subject, only model, lab",
    "": "holds no rows",
    "subject,lab\n": "holds no rows",
    "subject\na\nb\n": "have no condition 'lab'",
    "subject,lab\na,0.5\na,0.6\n": "two rows of one subject",
    "subject,lab,lab\na,0.5,0.6\nb,0.4,0.3\n": "two columns called 'lab'",
    "subject,lab\na,70\nb,60\n": "divide percentages by 100",
    "subject,lab\na,-0.5\nb,0.4\n": "a share lies in [0, 1], got -0.5",
    "subject,lab\na,nan\nb,0.4\n": "no counted accuracy of a on lab",
    "subject,lab\na,inf\nb,0.4\n": "a share lies in [0, 1], got inf",
    "subject,lab\na,0.5\nb\n": "line 3: 1 cells under 2 names",
    f"subject,lab\n{LONG},0.5\nb,0.4\n": "no subject called 'a'",
    f"subject,lab\na,{LONG}\nb,0.4\n": "'nnnn",
    f"subject,{LONG}\na,0.5\nb,0.4\n": "have no condition 'lab'",
    f"subject,lab\na,{'9' * 200_000}\nb,0.4\n": "cannot be read",
    "subject,lab,standard\na,0.5,maybe\nb,0.4,yes\n": "standard is yes or no, not 'maybe'",
    "subject,condition,accuracy,n\na,lab,0.5,-3\nb,lab,0.4,9\n": "'-3' is no number of examples",
    "subject,condition,accuracy,n\na,lab,0.5,²\nb,lab,0.4,9\n": "'²' is no number of examples",
    f"subject,condition,accuracy,n\na,lab,0.5,{'9' * 30}\nb,lab,0.4,9\n": "is no number of",
    "subject,condition,accuracy\na,lab,0.5\na,lab,0.6\n": "that subject and condition come twice",
}


@pytest.mark.parametrize("text", TABLES, ids=lambda text: text[:40])
def test_a_strange_table(fieldmark, tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    (tmp_path / "claims.toml").write_text(
        'claims = ["a beats b on lab"]\ntable = "t.csv"\nn = 100\n'
    )
    short_line(fieldmark("claim", str(tmp_path / "claims.toml")), TABLES[text])


# Imports


@pytest.fixture
def bring(fieldmark, tmp_path, monkeypatch):
    """Imports texts as CSV files into a store that keeps the answers of "net" already."""
    monkeypatch.chdir(tmp_path)

    def run(*texts: str, more: tuple[str, ...] = ()):
        names = [f"{place}.csv" for place in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            Path(name).write_text(text)
        return fieldmark("import", *names, "--condition", "c", "--store", "kept", *more)

    assert run(rows(subject="net")).status == 0
    return run


def rows(answer="{0}", label="{0}", subject="b", ids="i{1}", n=40, head=True) -> str:
    """A table of answers to four classes; {0} is the class of an example, {1} its number."""
    lines = [",".join((ids, answer, label, subject)).format(k % 4, k) for k in range(n)]
    return "\n".join([*(["id,answer,label,subject"] if head else []), *lines, ""])


NAMES = dict(enumerate(("cat", "dog", "bird", "cow")))
IMPORTS = {
    "answers of strings": ([rows("cat")], "40 answers name no class, such as 'cat'"),
    "labels of strings": ([rows(label="c{0}")], "made from other examples"),
    "an endless answer": ([rows(LONG)], "40 answers name no class, such as 'nnn"),
    "an endless number": ([rows("9" * 30)], "a class number is below 65,535, got 999"),
    "a high number": ([rows("99999999")], "a class number is below 65,535, got 99999999"),
    "a negative number": ([rows("-1")], "40 answers name no class, such as '-1'"),
    "a broken number": ([rows("{0}.5")], "40 answers name no class"),
    "an endless subject": ([rows(subject=LONG)], "cannot name a subject"),
    "no subject": ([rows(subject="")], "'' cannot name a subject"),
    "a subject that rings": ([rows(subject="bell\a")], "cannot name a subject"),
    "a subject that is a folder": ([rows(subject="..")], "cannot be the name of a subject"),
    "one subject twice": (
        [rows(), rows(head=True).replace(",0,0,b", ",1,0,b")],
        "40 answers are to an example that was answered before",
    ),
    "one subject, kept already": (
        [rows("{0}").replace(",b", ",net").replace("i3,3", "i3,2")],
        "net × c is kept already",
    ),
    "other labels than are kept": (
        [rows(label="0", answer="0").replace("i1,0,0", "i1,1,1")],
        "made from other examples",
    ),
    "other examples than are kept": ([rows(ids="j{1}")], "made from other examples"),
    "fewer examples than are kept": ([rows(n=30)], "made from other examples"),
    "more classes than are kept": (
        [rows("{0}").replace("i5,1", "i5,7")],
        "made from other examples",
    ),
    "two files of other classes": (
        [rows(), rows("x{0}", "x{0}", subject="d")],
        "1.csv labels 'i0' as 'x0', another row as '0'",
    ),
    "two files of other examples": (
        [rows(), rows(subject="d", ids="j{1}")],
        "40 of 80 examples have no answer",
    ),
    "scores of strings": (
        ["id,0,1,label,subject\n" + "".join(f"i{k},high,low,{k % 2},b\n" for k in range(9))],
        "could not convert string to float",
    ),
    "scores that are NaN": (
        ["id,0,1,label,subject\n" + "".join(f"i{k},nan,1,{k % 2},b\n" for k in range(9))],
        "9 of 9 examples have scores that are not numbers",
    ),
    "two columns of one name": (
        [rows().replace("id,answer,label,subject", "id,answer,answer,label")],
        "two columns called 'answer'",
    ),
    "nothing": ([""], "holds no answers"),
    "names and no rows": (["id,answer,label,subject\n"], "holds no answers"),
}


@pytest.mark.parametrize("what", IMPORTS)
def test_a_strange_import_keeps_what_is_kept(bring, tmp_path, what):
    texts, message = IMPORTS[what]
    before = files(tmp_path / "kept")
    short_line(bring(*texts), message)
    after = files(tmp_path / "kept")
    assert before.items() <= after.items()
    assert {name for name in after if name.startswith("cells/")} == {
        name for name in before if name.startswith("cells/")
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--id-pattern", "("), "is no regular expression"),
        (("--id-pattern", LONG), "the id 'i0' does not match 'nnn"),
        (("--columns", f"{LONG}=x"), "no column 'nnn"),
        (("--columns", f"answer={LONG}"), "has no column 'nnn"),
        (("--repair", LONG), "no repair called 'nnn"),
        (("--family", LONG), "cannot name a family"),
        (("--subject", LONG), "cannot name a subject"),
        (("--condition", LONG), "cannot name a condition"),
        (("--condition", "two\nlines"), "cannot name a condition"),
        (("--condition", ""), "'' cannot name a condition"),
        (("--classes", "one.txt"), "at least two classes"),
        (("--classes", "twice.txt"), "come twice"),
        (("--classes", "absent.txt"), "the classes in absent.txt cannot be read"),
    ],
)
def test_a_strange_option_of_an_import(bring, tmp_path, more, message):
    (tmp_path / "one.txt").write_text("cat\n")
    (tmp_path / "twice.txt").write_text(f"{LONG}\n{LONG}\nbird\ncow\n")
    before = files(tmp_path / "kept")
    short_line(bring(rows(), more=more), message)
    assert files(tmp_path / "kept") == before


def test_arrays_that_do_not_belong_together(fieldmark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.save("labels.npy", np.arange(40) % 4)
    (tmp_path / "other").mkdir()
    for name, array in {
        "net": np.arange(40) % 4,
        "other/net": np.arange(40) % 3,
        "four": rng.random((40, 4)),
        "six": rng.random((40, 6)),
        "short": np.arange(39) % 4,
    }.items():
        np.save(f"{name}.npy", array)

    def together(*names: str):
        told = [f"{name}.npy" for name in names]
        return fieldmark(
            "import", *told, "--labels", "labels.npy", "--condition", "c", "--store", "kept"
        )

    short_line(together("net", "other/net"), "both hold answers of 'net' to the same condition")
    short_line(together("four", "six"), "four.npy, four: 4 scores an example for 6 classes of c")
    short_line(together("net", "short"), "39 answers to 40 examples of c, and no ids to tell")
    assert not [name for name in files(tmp_path / "kept") if name.startswith("cells/")]
