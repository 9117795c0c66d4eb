from pathlib import Path

import pytest

from fieldmark.records import Cell, ConfigError, Framing, StoreError


@pytest.fixture
def asked(store, make):
    labels = make.examples(8, seed=3).labels.copy()
    labels[5] = -1
    shown = make.examples(8, labels=labels)
    store.keep_examples(shown)
    make.put(store, make.header(shown, "cnn"))
    make.put(store, make.header(shown, "knn"))
    make.put(store, make.header(shown, "cnn", change="pgd", level="2", kind="attack"))
    store.record(
        make.header(shown, "knn", change="pgd", level="2", kind="attack", status="not applicable",
                    reason="it has no gradients")
    )  # fmt: skip
    return store


def test_predictions_agree_with_the_cells(asked, make):
    rows = asked.sql("SELECT * FROM predictions ORDER BY subject, condition, example").to_pylist()
    assert len(rows) == 24
    for condition in ("digits-test", "digits-test+pgd@2"):
        right = asked.correct(condition)
        for place, subject in enumerate(right.subjects):
            mine = [r for r in rows if (r["subject"], r["condition"]) == (subject, condition)]
            answers = asked.read(Cell(subject, condition)).answers
            assert [r["predicted"] for r in mine] == answers.classes[:, 0].tolist()
            assert [r["class_2"] for r in mine] == answers.classes[:, 1].tolist()
            assert [r["score"] for r in mine] == answers.scores[:, 0].tolist()
            assert [bool(r["correct"]) for r in mine] == right.matrix()[place].tolist()
    assert [r["example"] for r in rows if r["correct"] is None] == ["digits-test/5"] * 3
    assert all(r["predicted_name"] == f"class {r['predicted']}" for r in rows)
    assert all((r["label"] is None) == (r["label_name"] is None) for r in rows)
    attacked = [r["measure_distance"] for r in rows if r["condition"] == "digits-test+pgd@2"]
    assert attacked == [row / 8 for row in range(8)]


def test_cells_say_how_pictures_were_framed_for_each_model(store, make):
    shown = make.examples(8)
    store.keep_examples(shown)
    for name, framing in (("cnn", Framing(8, 8, shorter=9)), ("vit", None), ("net", Framing(4, 4))):
        make.put(store, make.header(shown, name).model_copy(update={"framing": framing}))
    said = store.sql("SELECT subject, framing FROM cells ORDER BY subject").to_pylist()
    assert [one["framing"] for one in said] == [
        "shorter side 9, bilinear, centre crop 8×8, RGB",
        str(Framing(4, 4)),
        "",
    ]


def test_cells_have_their_counts(asked):
    rows = asked.sql("FROM cells ORDER BY condition, subject").to_pylist()
    assert [(r["subject"], r["status"], r["n"], r["labelled"]) for r in rows] == [
        ("cnn", "done", 8, 7),
        ("knn", "done", 8, 7),
        ("cnn", "done", 8, 7),
        ("knn", "not applicable", 8, None),
    ]
    counts = asked.correct("digits-test").counts()
    assert [r["correct"] for r in rows[:2]] == counts.tolist()
    assert rows[0]["accuracy"] == counts[0] / 7
    assert (rows[3]["accuracy"], rows[3]["reason"]) == (None, "it has no gradients")
    assert (rows[2]["kind"], rows[2]["change"], rows[2]["strength"]) == ("attack", "pgd", 2.0)
    agreed = asked.sql(
        "SELECT count(*) AS n FROM cells c JOIN (SELECT subject, condition, count(*) FILTER "
        "(correct) AS k FROM predictions GROUP BY ALL) p USING (subject, condition) "
        "WHERE p.k = c.correct"
    )
    assert agreed.to_pylist() == [{"n": 3}]


def test_nothing_labelled_has_no_accuracy(store, make):
    shown = make.examples(3, labels=[[-1]] * 3)
    store.keep_examples(shown)
    make.put(store, make.header(shown))
    [row] = store.sql("SELECT labelled, correct, accuracy FROM cells").to_pylist()
    assert row == {"labelled": 0, "correct": 0, "accuracy": None}


def test_examples_with_several_labels(store, make):
    shown = make.examples(2, labels=[[1, 3], [2, -1]], groups=("ann", "bob"))
    store.keep_examples(shown)
    make.put(store, make.header(shown))
    rows = store.sql('SELECT label, label_name, labels, "group" FROM examples').to_pylist()
    assert rows == [
        {"label": 1, "label_name": "class 1", "labels": [1, 3], "group": "ann"},
        {"label": 2, "label_name": "class 2", "labels": [2], "group": "bob"},
    ]
    right = store.sql("SELECT correct FROM predictions ORDER BY example")["correct"].to_pylist()
    assert right == store.correct("digits-test").matrix()[0].tolist()


def test_an_empty_store_has_empty_tables(store):
    for table in ("cells", "predictions", "examples"):
        assert len(store.sql(f"SELECT * FROM {table}")) == 0
    assert "correct" in store.sql("SELECT * FROM predictions").column_names


def test_describing_and_a_final_semicolon(asked):
    names = asked.sql("DESCRIBE predictions")["column_name"].to_pylist()
    assert names[:3] == ["subject", "condition", "example"]
    assert asked.sql("SELECT 1 AS one;").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT subjekt FROM cells", "subjekt.*Candidate bindings"),
        ("SELECT * FROM cell", 'Did you mean "cells"'),
        ("SELEC 1", "syntax error at or near"),
        ("SELECT 1/'x'", "this query does not run"),
        ("", "is one SELECT"),
        ("SELECT 1; SELECT 2", "is one SELECT"),
    ],
)
def test_a_wrong_query_is_one_line_with_a_hint(asked, query, words):
    with pytest.raises(ConfigError, match=words) as refused:
        asked.sql(query)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1) TO '{place}/cells/out.csv'",
        "COPY (SELECT 1 FROM predictions) TO '{place}/cells/out.csv'",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW cells",
        "INSERT INTO examples VALUES (1)",
        "SET enable_external_access = true",
        "ATTACH '{place}/x.db'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{place}/cells/out.csv'",
        "SELECT 1; DROP VIEW cells",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_csv('{secret}') -- predictions",
        "SELECT * FROM read_text('{place}/cells/../../secret.csv') -- predictions",
        "SELECT * FROM glob('{place}/../*') -- predictions",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
        "SELECT * FROM kept",
        "SELECT * FROM sets",
    ],
)
def test_a_query_reaches_nothing_else(disk, make, tmp_path, query):
    shown = make.examples()
    disk.keep_examples(shown)
    make.put(disk, make.header(shown))
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    before = sorted(Path(tmp_path).rglob("*"))
    disk.headers()
    with pytest.raises(ConfigError):
        disk.sql(query.format(place=disk.url, secret=secret))
    after = [path for path in sorted(tmp_path.rglob("*")) if "index" not in path.parts]
    assert after == before


def test_a_damaged_cell_is_not_the_querys_fault(disk, make):
    shown = make.examples(5000)
    disk.keep_examples(shown)
    make.put(disk, make.header(shown))
    disk.correct("digits-test")
    path = Path(disk.url) / "cells/digits-test/cnn.parquet"
    path.write_bytes(b"PAR1" + path.read_bytes()[400:])
    with pytest.raises(StoreError):
        disk.sql("SELECT sum(predicted) FROM predictions")
