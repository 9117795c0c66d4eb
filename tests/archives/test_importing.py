"""Files in every format become the same cells, and hostile ones become one clear line."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fieldmark import open_store
from fieldmark.api import import_predictions
from fieldmark.archives import Import
from fieldmark.records import FieldmarkError

NAMES = [f"class-{number}" for number in range(20)]


@pytest.fixture
def folder(tmp_path, truth, top3):
    ids = [f"img-{row}" for row in range(len(truth))]
    np.save(tmp_path / "labels.npy", truth)
    np.save(tmp_path / "net.npy", top3)
    np.savez(tmp_path / "all.npz", net=top3, other=top3[:, :1], __labels__=truth)
    (tmp_path / "net.json").write_text(json.dumps(top3.tolist()))
    named = {one: row for one, row in zip(ids, top3.tolist(), strict=True)}
    (tmp_path / "named.json").write_text(json.dumps(named))
    lines = ["model,image,prediction,target"]
    lines += [f"net,{ids[row]},{top3[row, 0]},{truth[row]}" for row in reversed(range(len(ids)))]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    labels = ["image,label", *(f"{one},{label}" for one, label in zip(ids, truth, strict=True))]
    (tmp_path / "labels.csv").write_text("\n".join(labels))
    columns = {"id": ids, "subject": ["net"] * len(ids), "answer": top3[:, 0], "label": truth}
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    (tmp_path / "classes.txt").write_text("\n".join(NAMES))
    return tmp_path


WAYS = {
    "npy": ("net.npy", "labels.npy"),
    "npz": ("all.npz", None),
    "json list": ("net.json", "labels.npy"),
    "json of ids": ("named.json", "labels.csv"),
    "csv with labels": ("rows.csv", None),
    "parquet": ("rows.parquet", None),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_format_gives_the_same_accuracy(way, folder, truth, top3):
    file, labels = WAYS[way]
    wanted = Import(
        (folder / file,),
        "digits",
        labels=labels and folder / labels,
        subject="net" if way == "json of ids" else "",
    )
    url = f"memory://import-{way.replace(' ', '-')}"
    cells = import_predictions(wanted, url)
    kept = open_store(url).correct("digits")
    assert kept.of("net").mean() == pytest.approx((top3[:, 0] == truth).mean())
    assert all(one.done == () for one in cells)


def test_importing_again_changes_nothing_and_other_answers_are_refused(folder, top3):
    wanted = Import((folder / "net.npy",), "digits", labels=folder / "labels.npy")
    import_predictions(wanted, "memory://again")
    import_predictions(wanted, "memory://again")
    np.save(folder / "net.npy", np.where(np.arange(600)[:, None] == 3, 0, top3))
    with pytest.raises(FieldmarkError, match="other answers"):
        import_predictions(wanted, "memory://again")


def test_one_bad_subject_keeps_all_out(folder, top3, truth):
    np.savez(folder / "two.npz", good=top3, bad=top3[:, ::-1], __labels__=truth)
    wanted = Import((folder / "two.npz",), "digits")
    with pytest.raises(FieldmarkError, match=r"two\.npz, bad: the last column is the best"):
        import_predictions(wanted, "memory://kept-out")
    assert open_store("memory://kept-out").headers() == ()


def test_people_come_in_by_the_same_door(tmp_path):
    head = "subj,trial,rt,object_response,category,condition,imagename"
    for person, said in (("subject-01", "cat"), ("subject-02", "na")):
        rows = [f"{person},1,0.5,dog,dog,bw,0001_x_{person}_d1.png"]
        rows += [f"{person},2,0.6,{said},cat,bw,0002_x_{person}_c1.png"]
        (tmp_path / f"{person}.csv").write_text("\n".join([head, *rows]))
    wanted = Import(
        tuple(sorted(tmp_path.glob("*.csv"))),
        "colour",
        family="people",
        id_pattern=r"_([a-z]\d\.png)$",
    )
    cells = import_predictions(wanted, "memory://people")
    assert [one.header.cell.condition for one in cells] == ["colour/bw"] * 2
    assert all(one.header.subject.card.is_person for one in cells)
    right = open_store("memory://people").correct("colour/bw")
    assert right.matrix().tolist() == [[True, True], [False, True]]
    assert cells[1].done == ("1 times it said nothing, which counts as wrong",)


def test_what_was_repaired_stands_in_the_header(folder, top3):
    np.save(folder / "net.npy", top3[:, ::-1])
    wanted = Import(
        (folder / "net.npy",),
        "digits",
        labels=folder / "labels.npy",
        repair=("reversed-top-k",),
    )
    (cell,) = import_predictions(wanted, "memory://repaired")
    assert "reversed-top-k" in cell.header.code["repaired"]
    assert len(cell.header.code["sha256"]) == 64


HOSTILE = {
    "nothing.npy": (b"", "cannot be read"),
    "pickle.npy": (
        b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"
        + b" " * 60
        + b"\n",
        "cannot be read",
    ),
    "broken.json": (b"[1, 2", "cannot be read"),
    "ragged.json": (b"[[1, 2], [3]]", "differ in length"),
    "nested.json": (b"[[[1]]]", r"answers are \(n,\) or \(n, k\)"),
    "empty.csv": (b"", "holds no answers"),
    "short.csv": (b"id,answer\na,1\nb\n", "line 3: 1 cells under 2 names"),
    "strange.csv": (b"a,b\n1,x\n", "cannot be read"),
    "text.parquet": (b"PAR1", "cannot be read"),
    "what.pkl": (b"\x80\x04.", "predictions are read from .npy"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_one_clear_line(name, tmp_path):
    content, said = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    np.save(tmp_path / "labels.npy", np.zeros(2, np.int64))
    wanted = Import((tmp_path / name,), "x", labels=tmp_path / "labels.npy")
    with pytest.raises(FieldmarkError, match=said) as caught:
        import_predictions(wanted, "memory://hostile")
    assert "\n" not in str(caught.value)


def test_missing_files_labels_and_columns(folder):
    for wanted, said in (
        (Import((folder / "no.npy",), "x"), "there is no file"),
        (Import((folder / "net.npy",), "x"), "name a file of labels"),
        (Import((folder / "rows.csv",), "x", columns={"answer": "said"}), "no column 'said'"),
        (Import((folder / "rows.csv",), "x", columns={"wrong": "said"}), "no column 'wrong'"),
        (Import((folder / "rows.csv",), "x", id_pattern="("), "no regular expression"),
        (Import((folder / "rows.csv",), "x", id_pattern="^x"), "does not match"),
    ):
        with pytest.raises(FieldmarkError, match=said):
            import_predictions(wanted, "memory://missing")


def test_contradicting_labels_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("id,answer,label\nx,0,0\ny,1,1\n")
    (tmp_path / "b.csv").write_text("id,answer,label\nx,0,1\ny,1,1\n")
    wanted = Import((tmp_path / "a.csv", tmp_path / "b.csv"), "x")
    with pytest.raises(FieldmarkError, match=r"b\.csv labels 'x' as '1', another row as '0'"):
        import_predictions(wanted, "memory://contradiction")


def test_class_files_give_names_and_wordnet_ids(folder, tmp_path):
    (tmp_path / "wnids.txt").write_text(
        "\n".join(f"n{10000000 + number} bird {number}" for number in range(20))
    )
    wanted = Import(
        (folder / "net.npy",),
        "digits",
        labels=folder / "labels.npy",
        classes=tmp_path / "wnids.txt",
    )
    (cell,) = import_predictions(wanted, "memory://named")
    assert cell.header.condition.examples.classes[3] == "bird 3"
