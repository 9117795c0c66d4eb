"""Errands without a cluster: a desk in this process, and what becomes of who does not return."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.records import Budget, Cell, ClusterError, Condition, DataError, StoreError
from fieldmark.store import open_store
from fieldmark.testbed import Options, Unwatched, plan, run
from tests.testbed.test_killing import content

OPTIONS = Options(jobs=2, batch=20, part=60, attack_part=100)


@pytest.fixture
def grid():
    """Subjects and conditions: whole cells, parts, and an attack."""
    from fieldmark.attacks import PGD
    from fieldmark.shifts import shift
    from tests.testbed.bars import examples, net_subject, plain_subject

    bars = examples(n=130)
    conditions = [
        Condition(examples("few", n=12)),
        Condition(bars),
        Condition(bars, shift("gaussian-noise", 3)),
        Condition(bars, PGD(Budget("linf", 0.05), steps=2)),
    ]
    return [net_subject(), plain_subject()], conditions


@pytest.fixture
def proof():
    """A smoothed net and one that proves nothing, asked for a proof."""
    from fieldmark.models import smoothed_subject
    from fieldmark.records import Certificate
    from tests.testbed.bars import examples, net_subject

    asked = Condition(examples("few", n=21), Certificate(draws=20, selection=5))
    return [net_subject(), smoothed_subject(net_subject("s"), 0.25)], [asked]


class Afar:
    """Sends errands to a desk in this process; every other one is lost where ``lossy``."""

    def __init__(self, lossy=False, away=True):
        self.lossy, self.away, self.errands, self.brought = lossy, away, [], []

    def work_off(self, todo, store, options, watch=None):
        from fieldmark.testbed.engines.desks import Desk
        from fieldmark.testbed.engines.ledger import Ledger
        from fieldmark.testbed.engines.ray import home_of

        things = {}

        def send(thing):
            things[len(things)] = thing
            return len(things) - 1

        home = home_of(store)
        home = home if self.away else replace(home, holder="")
        ledger = Ledger(todo, store, options, watch or Unwatched(), home=home, send=send, slots=2)
        desk = Desk(things.__getitem__)
        for errand in ledger.errands():
            self.errands.append(errand)
            brought = pickle.loads(pickle.dumps(desk.run(pickle.loads(pickle.dumps(errand)))))
            self.brought.append(brought)
            if self.lossy and len(self.errands) % 2:
                brought = desk.run(errand)  # whoever went first died on the way back
            ledger.settle(errand, brought)
        return ledger.work()


def filled(engine, place, subjects, conditions, options=OPTIONS):
    store = open_store(place, create=True)
    with store.hold():
        work = engine.work_off(plan(subjects, conditions, store), store, options)
    return store, work


@pytest.mark.parametrize(
    ("lossy", "away"),
    [pytest.param(False, True, marks=pytest.mark.slow), (True, True), (False, False)],
)
def test_the_same_bytes_whoever_asks(grid, tmp_path, lossy, away):
    run(*grid, open_store(tmp_path / "here", create=True), options=OPTIONS)
    engine = Afar(lossy, away)
    store, work = filled(engine, tmp_path / "afar", *grid)
    assert content(tmp_path / "afar") == content(tmp_path / "here")
    assert len(work.ended) == 8
    assert {one.status for one in work.ended} == {"done", "not applicable"}
    assert sum(one.images for one in work.ended if one.status == "done") == sum(
        head.condition.examples.n for head in store.headers() if head.status == "done"
    )
    done = [told for one in engine.brought for told in one.told if told.header.status == "done"]
    assert any(told.answers is None for told in done) is away
    assert any(told.answers is not None for told in done)  # whole cells travel


def test_the_same_proofs_whoever_asks(proof, tmp_path):
    run(*proof, open_store(tmp_path / "here", create=True), options=OPTIONS)
    _, work = filled(Afar(), tmp_path / "afar", *proof)
    assert content(tmp_path / "afar") == content(tmp_path / "here")
    assert sorted(one.status for one in work.ended) == ["done", "not applicable"]


@pytest.mark.parametrize("part", [20, 200])
def test_labels_in_another_order_are_doubted_whoever_asks(tmp_path, part):
    import numpy as np

    from tests.testbed.bars import plain_subject
    from tests.testbed.test_doubting import TEXT, Eye, shades

    shown = shades(labels=lambda true: np.argsort(TEXT)[true])
    asked = ([plain_subject("eye", Eye(), classes=())], [Condition(shown)])
    options = replace(OPTIONS, part=part)
    run(*asked, open_store(tmp_path / "here", create=True), options=options)
    store, work = filled(Afar(), tmp_path / "afar", *asked, options)
    assert [one.status for one in work.ended] == ["failed"]
    cell = Cell("eye", "shades")
    assert "labels look sorted as text" in store.header(cell).reason
    assert store.header(cell).reason == open_store(tmp_path / "here").header(cell).reason
    parts = [path for path in (tmp_path / "afar" / "parts").rglob("*.parquet")]
    assert len(parts) == 200 // part  # answers are kept, for whoever trusts the labels after all
    again = Afar()
    with store.hold():
        store.forget(cell)
        todo = plan(*asked, store)
        again.work_off(todo, store, replace(options, trust_labels=True))
    assert store.header(cell).status == "done"
    assert [one.part.stop for one in again.errands] == [0]  # nobody is asked again


def test_what_was_committed_counts(grid, tmp_path):
    subjects, conditions = grid[0][:2], grid[1][1:2]
    store, _ = filled(Afar(), tmp_path / "whole", subjects, conditions)
    cell = Cell("net", "bars")
    head = store.header(cell)
    lot = (head.condition.fingerprint, head.subject.fingerprint)
    again = open_store(tmp_path / "again", create=True)
    answers = store.read(cell).answers
    for start, stop in [(0, 60), (60, 120), (120, 130)]:
        rows = slice(start, stop)
        part = type(answers)(answers.classes[rows], answers.scores[rows])
        again.commit(head, start, part)
    assert again.parts(cell, *lot) == ((0, 60), (60, 120), (120, 130))
    engine = Afar()
    filled(engine, tmp_path / "again", subjects, conditions)
    asked = [(one.part.stop - one.part.start, one.names) for one in engine.errands]
    assert asked[0] == (0, ("net",))  # nothing but its card, to close the cell
    assert [names for _, names in asked[1:]] == [("plain",)] * 3
    assert content(tmp_path / "again").keys() == content(tmp_path / "whole").keys()


def test_parts_that_are_not_there_after_all_are_made_again(grid, tmp_path, monkeypatch):
    from fieldmark.testbed.engines import ledger

    monkeypatch.setattr(ledger, "_PATIENCE", (0.01,))
    store, engine = open_store(tmp_path / "s", create=True), Afar()
    settle, lost = ledger.Ledger.settle, []

    def losing(self, errand, brought):
        if not lost:  # a disk that is not shared after all
            lost.append(errand)
            store._folder.remove("parts")
        settle(self, errand, brought)

    monkeypatch.setattr(ledger.Ledger, "settle", losing)
    _, work = filled(engine, tmp_path / "s", grid[0][:1], grid[1][1:2])
    assert [one.status for one in work.ended] == ["done"]
    assert [one.part.start for one in engine.errands] == [0, 60, 120, 0]
    assert len(open_store(tmp_path / "s").read(Cell("net", "bars")).answers) == 130


def test_nobody_returns(grid, tmp_path):
    """The subjects of a lost errand are asked one by one; the one that it is due to is recorded."""
    from fieldmark.testbed.engines.ledger import Ledger

    class Deadly(Afar):
        def work_off(self, todo, store, options, watch=None):
            settle = Ledger.settle

            def dying(ledger, errand, brought):
                if "plain" in errand.names:
                    ledger.lost(errand, "its node died")
                else:
                    settle(ledger, errand, brought)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Ledger, "settle", dying)
                patch.setattr(Ledger, "_groups", lambda _: iter([frozenset({"net", "plain"})]))
                return super().work_off(todo, store, options, watch)

    store, work = filled(Deadly(), tmp_path / "s", grid[0][:2], grid[1][1:2])
    assert {one.cell.subject: one.status for one in work.ended} == {
        "net": "done",
        "plain": "failed",
    }
    reason = store.header(Cell("plain", "bars")).reason
    assert reason == "time and again whoever asked it was lost: its node died"


def test_pictures_that_cannot_be_made_leave_the_others(grid, tmp_path):
    def broken(rows):
        raise DataError("row 3 is no picture")

    subjects, conditions = grid[0][:1], grid[1][:2]
    late = replace(conditions[1].examples, card=replace(conditions[1].examples.card, name="late"))
    shy = replace(late, decode=lambda rows: broken(rows) if 100 in rows else late.decode(rows))
    bad = replace(late, decode=broken, card=replace(late.card, name="bad"))
    every = [Condition(bad), Condition(shy), *conditions]
    store, work = filled(Afar(), tmp_path / "s", subjects, every)
    assert dict(work.unshown) == {"bad": "row 3 is no picture", "late": "row 3 is no picture"}
    assert {cell.condition for cell in store.cells()} == {"few", "bars"}


def test_a_machine_of_another_kind_is_refused(grid, tmp_path, monkeypatch):
    from fieldmark.testbed.engines import desks

    monkeypatch.setattr(desks, "code_versions", lambda: {"torch": "1.0"})
    words = (
        r"has .*torch 1.0 instead of \d.*Everything that was answered is kept; make all machines"
    )
    with pytest.raises(ClusterError, match=words):
        filled(Afar(), tmp_path / "s", grid[0][:1], grid[1][:1])


def test_what_cannot_be_unpacked_there_is_told(grid):
    from fieldmark.testbed.engines.desks import Desk
    from fieldmark.testbed.engines.errands import Errand, Home
    from fieldmark.testbed.parts import Part
    from fieldmark.testbed.provenance import code_versions

    def fetch(key):
        raise ModuleNotFoundError("No module named 'mine'")

    home = Home("memory://x", "", code_versions(), "/nowhere", ("/nowhere/else",))
    brought = Desk(fetch).run(Errand(home, "bars", 0, Part(0, 9), ("net",), (1,), OPTIONS))
    words = "cannot unpack what it was sent (ModuleNotFoundError: No module named 'mine')"
    assert brought.unfit == words


def test_a_full_disk_ends_the_run(grid, tmp_path):
    place = tmp_path / "s"
    open_store(place, create=True)
    (Path(place) / "parts").write_text("not a folder")
    with pytest.raises(StoreError, match=r"cannot list .*parts.*Not a directory"):
        filled(Afar(), place, grid[0][:1], grid[1][1:2])


def test_it_ends_after_the_answer_in_hand(grid, tmp_path):
    from fieldmark.testbed.engines.desks import Desk

    asked = []
    net = grid[0][0]

    def watching(name):
        def load():
            asked.append(name)
            desk.stopping.set()
            return net.load()

        return replace(net, name=name, load=load)

    subjects = {name: watching(name) for name in ("a", "b", "c")}
    things = {"condition": grid[1][1], **subjects}
    desk = Desk(things.__getitem__)
    from fieldmark.testbed.engines.errands import Errand, Home
    from fieldmark.testbed.parts import Part
    from fieldmark.testbed.provenance import code_versions

    home = Home("memory://x", "", code_versions(), "/nowhere", ())
    names = tuple(subjects)
    brought = desk.run(Errand(home, "bars", "condition", Part(0, 60), names, names, OPTIONS))
    assert (asked, len(brought.told)) == (["a"], 1)
    assert len(brought.told[0].answers) == 60


def test_models_make_room_for_each_other(grid):
    from fieldmark.testbed.engines.desks import Desk
    from fieldmark.testbed.engines.errands import Errand, Home
    from fieldmark.testbed.parts import Part
    from fieldmark.testbed.provenance import code_versions

    loaded = []
    net = grid[0][0]

    def counted(name):
        return replace(net, name=name, load=lambda: loaded.append(name) or net.load())

    things = {"condition": grid[1][0], "a": counted("a"), "b": counted("b")}
    for memory, wanted in [(0.0, ["a", "b"]), (1e-9, ["a", "b", "a", "b"])]:
        loaded.clear()
        desk = Desk(things.__getitem__)
        options = replace(OPTIONS, memory=memory)
        home = Home("memory://x", "", code_versions(), "/nowhere", ())
        for _ in range(2):
            names = ("a", "b")
            desk.run(Errand(home, "few", "condition", Part(0, 12), names, names, options))
        assert loaded == wanted
