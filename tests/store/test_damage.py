"""What is damaged or stale is found, named, and made anew."""

import shutil
from pathlib import Path


def test_specimens_of_pictures_that_nobody_answered_give_way(store, make):
    head = make.header(make.examples())
    store.keep_specimens("digits-test", {"a": b"1"})
    store.record(make.header(make.examples(), "wrong", status="failed", reason="no"))
    store.keep_specimens("digits-test", {"a": b"2"})
    assert dict(store.specimens("digits-test")) == {"a": b"2"}
    make.put(store, head)
    store.keep_specimens("digits-test", {"a": b"3"})
    assert dict(store.specimens("digits-test")) == {"a": b"2"}


def test_damage_is_a_line_for_every_file(disk, make):
    make.put(disk, make.header(make.examples()))
    disk.keep_examples(make.examples())
    disk.keep_specimens("digits-test", {"a": b"1"})
    assert disk.damage() == ()
    for file in Path(disk.url).rglob("*.parquet"):
        file.write_bytes(b"PAR1 \x00 what")
    assert len(disk.damage()) == 3
    for line in disk.damage():
        assert "is damaged: " in line
        assert line.isprintable()
    shutil.rmtree(Path(disk.url) / "examples")
    shutil.rmtree(Path(disk.url) / "cells")
    make.put(disk, make.header(make.examples()))
    assert any("is missing: without it nobody knows the labels" in line for line in disk.damage())
