"""The study and the doctor find labels in another order among kept answers, published ones too."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldmark.cli.examining import examine
from fieldmark.records import (
    Answers,
    ClassSpace,
    NotKeptError,
    UnknownNameError,
    fingerprint,
    imagenet_classes,
    reorderings,
)
from fieldmark.store import open_store
from fieldmark.studies import label_order
from tests.store import making

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("FIELDMARK_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "imagenetv2" / "predictions" / "imagenetv2-b-33.npz"
TWENTY = ClassSpace(tuple(str(number) for number in range(20)))


def keep(store, name, space, labels, answers):
    """A condition of these labels, answered by one subject per array of answers."""
    shown = making.examples(len(labels), name=name, classes=len(space), labels=labels[:, None])
    shown = replace(shown, classes=space, content=fingerprint(name, labels))
    store.keep_examples(shown)
    for subject, ranked in answers.items():
        head = making.header(shown, subject)
        store.keep(
            head, Answers(ranked.astype(np.uint16), np.full(ranked.shape, np.nan, np.float32))
        )


def noisy(labels, wrong=0.3, k=20, seed=0):
    """The five best classes of somebody who errs now and then; the right one is the second then."""
    rng = np.random.default_rng(seed)
    others = np.argsort(rng.random((len(labels), k)), axis=1)
    ranked = np.stack([row[row != one][:5] for row, one in zip(others, labels, strict=True)])
    place = np.where(rng.random(len(labels)) < wrong, 1, 0)
    ranked[np.arange(len(labels)), place] = labels
    return ranked


def rows(finding):
    keys = [column.key for column in finding.table.columns]
    return [dict(zip(keys, one, strict=True)) for one in finding.table.rows]


def test_a_store_in_order_has_nothing_to_mend():
    store = open_store("memory://order-fine", create=True)
    labels = np.arange(200) % 20
    keep(store, "fine", TWENTY, labels, {"a": noisy(labels), "b": noisy(labels, seed=1)})
    found = label_order(store)
    assert {row["verdict"] for row in rows(found)} == {"as labelled"}
    assert {row["right"] for row in rows(found)} == {None}
    assert found.statement.startswith("In none of 2 cells do labels count classes in an order")
    last = ("order of labels", "as answers have it, 2 cells", True)
    assert examine("memory://order-fine")[-1] == last


def test_every_way_to_be_wrong_is_named_with_its_cell():
    store = open_store("memory://order-wrong", create=True)
    labels = np.arange(200) % 20
    by_text = next(one for one in reorderings(TWENTY) if one.name == "text-sorted")
    spoilt = np.argsort(by_text.meant)[labels]
    keep(store, "sorted", TWENTY, spoilt, {"a": noisy(labels)})
    keep(store, "reversed", TWENTY, labels, {"a": noisy(labels)[:, ::-1]})
    keep(store, "few", TWENTY, labels[:15], {"a": noisy(labels[:15])})
    keep(store, "never", TWENTY, (labels * 3 + 1) % 20, {"a": np.roll(noisy(labels), 1, axis=1)})
    found = {row["condition"]: row for row in rows(label_order(store))}
    calls = {name: row["verdict"] for name, row in found.items()}
    assert calls == {
        "sorted": "another order",
        "reversed": "reversed top-k",
        "few": "too few",
        "never": "as labelled",
    }
    assert found["sorted"]["reading"] == "labels look sorted as text, 0, 1, 10, 100, …"
    assert found["sorted"]["right"].value == pytest.approx(np.mean(noisy(labels)[:, 0] == labels))
    assert found["sorted"]["gain"].low > 0.4 and found["sorted"]["p"] < 1e-6
    assert "the last column is the best answer" in found["reversed"]["reading"]
    told = label_order(store).statement
    assert "In a × sorted labels look sorted as text" in told
    assert "In a × reversed answers stand in reversed order" in told
    sick = [what for what, _, fine in examine("memory://order-wrong") if not fine]
    assert sorted(sick) == ["a × reversed", "a × sorted"]


def test_one_condition_can_be_asked_for():
    store = open_store("memory://order-one", create=True)
    labels = np.arange(60) % 20
    for name in ("one", "two"):
        keep(store, name, TWENTY, labels, {"a": noisy(labels)})
    assert [row["condition"] for row in rows(label_order(store, on="two"))] == ["two"]
    with pytest.raises(UnknownNameError, match="no condition called 'three'"):
        label_order(store, on="three")
    with pytest.raises(NotKeptError):
        label_order(open_store("memory://order-empty", create=True))


@pytest.mark.skipif(not FILE.exists(), reason=f"no published predictions in {DATA}")
def test_published_answers_with_their_labels_sorted_as_text():
    store = open_store("memory://order-imagenetv2", create=True)
    space = imagenet_classes()
    by_text = next(one for one in reorderings(space) if one.name == "text-sorted")
    with np.load(FILE) as found:
        labels = found["__labels__"].astype(np.int64)
        some = {"resnet50": found["resnet50"], "fv_16k": found["fv_16k"]}
        keep(store, "v2", space, labels, some)
        keep(store, "v2-numbered", space, np.argsort(by_text.meant)[labels], some)
    told = {(row["subject"], row["condition"]): row for row in rows(label_order(store))}
    assert told["resnet50", "v2"]["verdict"] == "as labelled"
    assert told["resnet50", "v2"]["given"].value == pytest.approx(0.6333)
    numbered = told["resnet50", "v2-numbered"]
    assert numbered["verdict"] == "another order"
    assert (numbered["given"].value, numbered["right"].value) == pytest.approx((0.0107, 0.6333))
    # This file has the best answer in its last column: trap T1 of ImageNetV2's predictions.
    assert told["fv_16k", "v2"]["verdict"] == "reversed top-k"
