import json
from pathlib import Path

import numpy as np
import pytest

from fieldmark.models import TorchClassifier
from fieldmark.records import Cell, Condition, ConfigError, Placement, Subject
from fieldmark.store import manifests, open_store
from fieldmark.testbed import Options, run
from tests.testbed.bars import brightest, examples, net_subject, plain_subject


def told(store):
    return list(manifests(open_store(store.url)).values())


def test_a_run_tells_what_it_was_asked_and_what_came_of_it(store, bars):
    subjects = [net_subject(), plain_subject("bad", lambda images: images)]
    tally = run(subjects, [Condition(bars)], store, options=Options(jobs=1))
    (one,) = told(store)
    assert one["state"] == "ended"
    assert one["subjects"] == {"net": "net-1", "bad": "bad-1"}
    assert one["conditions"] == {"bars": Condition(bars).fingerprint}
    assert (one["kept"], one["missing"], one["done"], one["failed"]) == (0, 2, 1, 1)
    assert one["options"]["jobs"] == 1
    assert one["machine"]["cores"] >= 1
    assert one["images"] == len(bars)
    (pace,) = tally.paces
    assert (pace.subject, pace.cells, pace.images) == ("net", 1, len(bars))
    assert pace.seconds_per_cell == pace.seconds > 0
    assert pace.images_per_second == pytest.approx(len(bars) / pace.seconds)


def test_a_run_with_nothing_to_do_tells_nothing(store, bars):
    for _ in range(2):
        run([plain_subject()], [Condition(bars)], store)
    assert len(told(store)) == 1


def test_a_run_that_was_stopped_says_so_and_one_that_was_killed_says_that_it_runs(store, bars):
    def stopping(images):
        (one,) = told(store)
        assert (one["state"], one["finished"]) == ("running", None)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([plain_subject("p", stopping)], [Condition(bars)], store, options=Options(jobs=1))
    assert [one["state"] for one in told(store)] == ["stopped"]


def test_no_answer_depends_on_a_manifest_and_a_damaged_one_is_passed_over(store, bars):
    run([plain_subject()], [Condition(bars)], store)
    (file,) = (Path(store.url) / "runs").iterdir()
    file.write_text("{")
    (file.parent / "notes.json").write_text(json.dumps({"state": "mine"}))
    assert told(store) == []
    assert store.damage() == ()
    assert run([plain_subject()], [Condition(bars)], store).kept == 1


@pytest.mark.slow
def test_where_a_net_ran_and_how_stands_in_its_header_and_answers_stay(tmp_path, bars):
    card = net_subject().load().card
    net = Subject("net", "1", lambda: TorchClassifier(net_subject().load().module, card))
    kept = []
    for place, options in enumerate((Options(), Options(placement=Placement("cpu", fold=True)))):
        store = open_store(tmp_path / str(place), create=True)
        run([net, plain_subject()], [Condition(bars)], store, options=options)
        kept.append([store.read(Cell(name, "bars")) for name in ("net", "plain")])
    np.testing.assert_array_equal(kept[0][0].answers.classes, kept[1][0].answers.classes)
    said = {"device": "cpu", "channels_last": 1, "fold": 1, "autocast": ""}
    assert said.items() <= kept[1][0].header.execution.items()
    for other in (*kept[0], kept[1][1]):  # a function runs where it runs
        assert "device" not in other.header.execution


def test_a_net_that_may_round_is_another_subject(store, bars):
    rounding = Options(placement=Placement("cpu", autocast="bfloat16"))
    run([net_subject()], [Condition(bars)], store, options=rounding)
    assert [header.subject.name for header in store.headers()] == ["net-bfloat16"]


def test_a_device_that_is_not_there_is_refused_before_anybody_is_asked(store):
    with pytest.raises(ConfigError, match=r"^no device xpu:9 here \(.*\); write auto or cpu$"):
        run([plain_subject("p", brightest)], [Condition(examples())], store,
            options=Options(placement=Placement("xpu:9")))  # fmt: skip
    assert store.headers() == ()
