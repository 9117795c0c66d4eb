import pytest

from fieldmark.records import MismatchError, StoreError
from fieldmark.store import open_store
from tests.store.making import answers, examples, header

HEAD = header(examples(7))


def test_a_cell_kept_at_one_go_is_the_file_that_its_only_part_makes(tmp_path):
    open_store(tmp_path / "whole", create=True).keep(HEAD, answers(HEAD))
    parted = open_store(tmp_path / "parted", create=True)
    parted.commit(HEAD, 0, answers(HEAD))
    parted.finish(HEAD)
    one, other = (sorted((tmp_path / name).rglob("*.parquet")) for name in ("whole", "parted"))
    assert len(one) == len(other) == 1
    assert one[0].read_bytes() == other[0].read_bytes()


def test_a_cell_kept_at_one_go_is_whole_and_stays_as_it_is(tmp_path):
    store = open_store(tmp_path / "store", create=True)
    with pytest.raises(StoreError, match="has 7 examples, not 5; commit parts"):
        store.keep(HEAD, answers(HEAD, 0, 5))
    store.keep(HEAD, answers(HEAD))
    store.keep(HEAD, answers(HEAD))
    with pytest.raises(MismatchError, match="but with other answers"):
        store.keep(HEAD, answers(header(examples(7), "another")))
