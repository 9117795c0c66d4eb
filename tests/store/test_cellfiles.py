import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldmark.records import Answers, ModelError, StoreError, Times, fingerprint
from fieldmark.store.cellfiles import from_cell, header_of, to_cell

scores = st.floats(0, 1, width=32)
numbers = st.floats(width=32)


@st.composite
def any_answers(draw, classes=10):
    n, k = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    column = arrays.arrays(np.float32, n, elements=numbers)
    return Answers(
        classes=draw(arrays.arrays(np.uint16, (n, k), elements=st.integers(0, classes - 1))),
        scores=draw(arrays.arrays(np.float32, (n, k), elements=scores)),
        measures=draw(st.dictionaries(st.text("abc_ é", min_size=1, max_size=4), column)),
        pictures=draw(st.dictionaries(st.integers(0, n - 1), st.binary())),
    )


any_times = st.builds(
    lambda started, zone, took: Times(
        started=started.replace(tzinfo=timezone(timedelta(hours=zone))),
        finished=started.replace(tzinfo=UTC),
        seconds=took,
    ),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    st.integers(-12, 12),
    st.floats(0, allow_infinity=False),
)


@settings(max_examples=60, deadline=None)
@given(any_answers(), any_times, st.text(st.characters(exclude_categories=["Cs"])))
def test_what_goes_in_comes_out(make, given_answers, times, reason):
    shown = make.examples(9, classes=10)
    head = make.header(shown, settings={"steps": 20, "ε": [0.1, 1e-300]}, reason=reason)
    head = head.model_copy(update={"times": times})
    kept = from_cell(to_cell(head, given_answers), "here")
    assert kept.header == head
    np.testing.assert_array_equal(kept.answers.classes, given_answers.classes)
    np.testing.assert_array_equal(kept.answers.scores, given_answers.scores)
    assert kept.answers.pictures == given_answers.pictures
    assert kept.answers.measures.keys() == given_answers.measures.keys()
    for name, values in given_answers.measures.items():
        np.testing.assert_array_equal(kept.answers.measures[name], values)


def test_a_record_without_answers_comes_back(make):
    head = make.header(make.examples(), status="not applicable", reason="it has no gradients")
    data = to_cell(head, None)
    assert from_cell(data, "here").answers is None
    assert header_of(data, "here") == head


def test_only_the_times_differ_and_they_do_not_move_anything(make):
    shown = make.examples(50)
    one = make.header(shown, seconds=0.25)
    other = make.header(shown, seconds=123456.789, later=8.0)
    first, second = to_cell(one, make.answers(one)), to_cell(other, make.answers(other))
    differing = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    start = first.index(b'{"started"')
    assert differing
    assert all(start < i < first.index(b"}", start) for i in differing)


def test_the_order_of_settings_and_measures_does_not_matter(make):
    shown = make.examples(3)
    a = make.header(shown, settings={"steps": 1, "size": 2})
    b = make.header(shown, settings={"size": 2, "steps": 1})
    plain = make.answers(a)
    values = np.zeros(3, np.float32)
    one = Answers(plain.classes, plain.scores, {"x": values, "y": values})
    other = Answers(plain.classes, plain.scores, {"y": values, "x": values})
    assert to_cell(a, one) == to_cell(b, other)


def test_two_processes_write_the_same_bytes(make):
    code = (
        "import making, sys\n"
        "from fieldmark.records import fingerprint\n"
        "from fieldmark.store.cellfiles import to_cell\n"
        "shown = making.examples(20)\n"
        "head = making.header(shown, settings={'b': 1, 'a': 2, 'c': {'y': 1, 'x': 2}})\n"
        "print(fingerprint(to_cell(head, making.answers(head))))\n"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(make.__file__).parent,
        env={**os.environ, "PYTHONHASHSEED": "1234"},
        capture_output=True,
        text=True,
        check=True,
    )
    shown = make.examples(20)
    head = make.header(shown, settings={"c": {"x": 2, "y": 1}, "a": 2, "b": 1})
    assert seen.stdout.strip() == fingerprint(to_cell(head, make.answers(head)))


def test_a_file_cut_off_anywhere_is_refused(make):
    head = make.header(make.examples())
    data = to_cell(head, make.answers(head))
    for length in range(len(data)):
        with pytest.raises(StoreError, match=r"^cells/x is damaged: .*Remove that file and run"):
            from_cell(data[:length], "cells/x")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_byte_is_refused_or_harmless(make, data):
    head = make.header(make.examples(40))
    wanted = make.answers(head)
    good = to_cell(head, wanted)
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= data.draw(st.integers(1, 255))
    try:
        kept = from_cell(bytes(bad), "here")
    except StoreError:
        return
    if kept.answers is not None and len(kept.answers) == 40:  # then no answer changed unseen
        np.testing.assert_array_equal(kept.answers.classes, wanted.classes)


def _parquet(table, notes):
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(notes)
    return sink.getvalue().to_pybytes()


def test_someone_elses_parquet_is_refused():
    data = _parquet(pa.table({"class_1": pa.array([1], pa.uint16())}), {"pandas": "{}"})
    with pytest.raises(
        StoreError, match="here is a Parquet file, but not one that Fieldmark wrote"
    ):
        from_cell(data, "here")


def test_a_newer_format_is_refused():
    data = _parquet(pa.table({"class_1": [1]}), {"fieldmark.format": "cell 2"})
    with pytest.raises(StoreError, match="'cell 2', this version of Fieldmark reads 'cell 1'"):
        from_cell(data, "here")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"class_1": pa.array([1], pa.int64()), "score_1": pa.array([1.0], pa.float32())},
            "class_1",
        ),
        ({"class_1": pa.array([1], pa.uint16())}, "score_1"),
        (
            {"class_1": pa.array([None], pa.uint16()), "score_1": pa.array([1.0], pa.float32())},
            "who",
        ),
        (
            {"class_1": pa.array([9], pa.uint16()), "score_1": pa.array([1.0], pa.float32())},
            "classes",
        ),
        (
            {
                "class_1": pa.array([1, 1], pa.uint16()),
                "score_1": pa.array([1, np.nan], pa.float32()),
            },
            "not all numbers",
        ),
        ({"evil": pa.array([1])}, "its columns are evil"),
        ({"picture": pa.array([b"x"])}, "damaged"),
    ],
)
def test_odd_columns_are_refused(make, columns, message):
    head = make.header(make.examples())
    notes = pq.read_metadata(pa.BufferReader(to_cell(head, make.answers(head)))).metadata
    with pytest.raises(StoreError, match=message):
        from_cell(_parquet(pa.table(columns), notes), "here")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"subject": 1}', "null"])
def test_a_header_that_is_none_is_refused(make, text):
    head = make.header(make.examples())
    notes = pq.read_metadata(pa.BufferReader(to_cell(head, make.answers(head)))).metadata
    data = _parquet(pa.table({"class_1": [1]}), {**notes, b"fieldmark": text.encode()})
    with pytest.raises(StoreError, match=r"here is damaged: its header cannot be read"):
        header_of(data, "here")


def test_a_class_that_the_condition_lacks_is_not_written(make):
    head = make.header(make.examples(1, classes=4))
    wrong = Answers(np.array([[4]], np.uint16), np.array([[1.0]], np.float32))
    with pytest.raises(ModelError, match="digits-test: class 4 of only 4 was answered"):
        to_cell(head, wrong)
