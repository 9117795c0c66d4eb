"""Five claims about published models, held against their published answers."""

import pytest

from fieldmark import check_claims
from fieldmark.api import import_predictions
from fieldmark.archives import Import
from fieldmark.replications.testbed_table import testbed_scores as published_scores

VAL, MATCHED = "imagenet-val", "imagenetv2-matched-frequency"
FILES = {
    VAL: "imagenetv2/predictions/imagenet-validation-original.npz",
    MATCHED: "imagenetv2/predictions/imagenetv2-b-33.npz",
}


@pytest.fixture(scope="module")
def store(data):
    url = "memory://claims-on-record"
    for condition, file in FILES.items():
        wanted = Import((data.folder / file,), condition, repair=("reversed-top-k",))
        import_predictions(wanted, url)
    return url


def verdicts(known, *claims):
    return [(row[1], row[4]) for row in check_claims(claims, known).table.rows]


@pytest.mark.slow
def test_senet_beats_polynet_where_the_pairs_say_so(store):
    val, matched, best = verdicts(
        store,
        f"senet154 beats polynet on {VAL}",
        f"senet154 beats polynet on {MATCHED}",
        f"nasnetalarge is the best model on {MATCHED}",
    )
    assert val[0] == "supported"
    assert matched[0] == "cannot be told"
    assert best[0] == "cannot be told"
    assert "cannot be told apart from 3 others" in best[1]


@pytest.mark.slow
def test_clip_is_robust_and_augmix_is_not(data):
    scores = published_scores(data)
    on, given = "imagenetv2-matched-frequency-format-val", "val"
    augmix, clip = verdicts(
        scores,
        f"resnet50_augmix has effective robustness on {on} given {given}",
        f"resnet50_clip_zeroshot has effective robustness on {on} given {given}",
    )
    assert augmix[0] == "not supported"
    assert clip[0] == "supported"
