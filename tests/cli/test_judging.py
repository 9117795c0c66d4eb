"""Commands that judge, and those that bring predictions in from elsewhere."""

import json

import numpy as np
import pytest

import fieldmark as fm


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rehearsed") / "store"
    fm.rehearse(folder, n=60)
    return str(folder)


@pytest.mark.slow
def test_rehearse_fills_a_store_and_says_what_next(fieldmark, tmp_path):
    ended = fieldmark("rehearse", str(tmp_path / "r"), "--n", "20")
    assert ended.status == 0
    assert "507 cells simulated" in ended.out
    assert fieldmark("rehearse", str(tmp_path / "s"), "--n", "3").status == 2


def test_compare_on_one_condition_and_on_all(fieldmark, rehearsed):
    one = json.loads(
        fieldmark("compare", "web-l", "deep-l", rehearsed, "--on", "field-test", "--json").out
    )
    assert len(one["rows"]) == 1
    every = json.loads(fieldmark("compare", "web-l", "deep-l", rehearsed, "--json").out)
    assert len(every["rows"]) > 20


def test_leaderboard_takes_the_reference_and_writes_figures(fieldmark, rehearsed, tmp_path):
    ended = fieldmark("leaderboard", rehearsed, "--figure", str(tmp_path / "board.svg"), "--json")
    assert "lab-test" in json.loads(ended.out)["title"]
    assert list(tmp_path.glob("board*.svg"))


def test_claims_from_a_file(fieldmark, rehearsed, tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text('claims = ["deep-xl beats linear-a on lab-test"]\n')
    ended = fieldmark("claim", str(path), rehearsed, "--json")
    assert json.loads(ended.out)["rows"][0]["verdict"] == "supported"
    path.write_text('claims = ["deep-xl is nice"]\n')
    ended = fieldmark("claim", str(path), rehearsed)
    assert ended.status == 2
    assert "cannot tell what is claimed by 'deep-xl is nice'" in ended.err


def test_power_needs_no_store(fieldmark):
    ended = fieldmark("power", "--difference", "0.01", "--discordance", "0.1", "--json")
    assert ended.status == 0
    assert json.loads(ended.out)["rows"]


def test_import_checks_repairs_and_keeps(fieldmark, tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 10, 500)
    other = (truth + rng.integers(1, 10, 500)) % 10
    np.save(tmp_path / "labels.npy", truth)
    np.save(tmp_path / "net.npy", np.stack([other, truth], axis=1))
    words = [
        *("import", str(tmp_path / "net.npy"), "--condition", "digits"),
        *("--labels", str(tmp_path / "labels.npy"), "--store", str(tmp_path / "kept")),
    ]
    refused = fieldmark(*words)
    assert refused.status == 2
    assert "--repair reversed-top-k" in refused.err
    assert fieldmark(*words, "--repair", "reversed-top-k").status == 0
    table = json.loads(fieldmark("table", str(tmp_path / "kept"), "--long", "--json").out)
    assert table["rows"][0]["accuracy"]["value"] == 1.0
    assert "no repair called 'x'" in fieldmark(*words, "--repair", "x").err
    assert "takes NAME=COLUMN" in fieldmark(*words, "--columns", "x").err


def test_replicate_needs_a_name_and_says_what_is_lacking(fieldmark, tmp_path, monkeypatch):
    monkeypatch.delenv("FIELDMARK_DATA", raising=False)
    monkeypatch.setenv("FIELDMARK_CACHE", str(tmp_path))
    assert fieldmark("replicate").status == 2
    assert "no replication called 'imagenet'" in fieldmark("replicate", "imagenet").err
    assert "there is no data folder" in fieldmark("replicate", "--all", "--data", "nowhere").err
    ended = fieldmark("replicate", "label-errors", "--offline")
    assert ended.status == 2
    assert "could not be run" in ended.out


def test_any_option_of_a_study_can_be_set(fieldmark, rehearsed):
    words = ("study", "effective-robustness", rehearsed, "--on", "field-test", "--json")
    few = json.loads(fieldmark(*words, "--set", "draws=50").out)
    assert few["study"] == "effective-robustness"
    assert "is a whole number, not 'many'" in fieldmark(*words, "--set", "draws=many").err
    assert "takes NAME=VALUE" in fieldmark(*words, "--set", "draws").err
    assert "no option of effective-robustness" in fieldmark(*words, "--set", "x=1").err
