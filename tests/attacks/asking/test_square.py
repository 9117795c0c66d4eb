"""The square attack: its pictures, its schedule, its draws, and models without gradients."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier

from fieldmark.attacks import PGD, Square, attacked
from fieldmark.attacks.asking.square_search import Pace
from fieldmark.attacks.asking.squares import (
    _put_together,
    bumped,
    put_squares,
    pyramid,
    share_at,
    side_at,
    squared,
    stripes,
    tiles,
)
from fieldmark.attacks.moving.draws import uniforms, words
from fieldmark.attacks.watching.referee import Referee
from fieldmark.records import Budget, ConfigError, ModelCard, ThreatModel

SEEDS = np.arange(6, dtype=np.uint64)


@dataclass(frozen=True)
class Forest:
    """Trees on pixels: scores, and no gradient anywhere."""

    trees: RandomForestClassifier
    card: ModelCard

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return self.trees.predict_proba(images.reshape(len(images), -1)).astype(np.float32)


@pytest.fixture
def origin() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((6, 3, 9, 11)).astype(np.float32))


def test_the_share_is_halved_as_published():
    shares = [share_at(query, 0.8) for query in (1, 10, 11, 51, 201, 501, 1001, 2001, 4001, 6001)]
    assert shares == [0.8, 0.8, *(0.8 / 2**power for power in range(1, 9))]
    assert share_at(9999, 0.8) == 0.8 / 512
    assert [side_at(query, 0.8, 28, 28, least=1) for query in (1, 100, 1000, 4999)] == [
        25,
        13,
        6,
        2,
    ]
    assert [side_at(query, 0.8, 28, 28, least=3) for query in (1, 100, 1000, 4999)] == [
        25,
        13,
        7,
        3,
    ]
    assert side_at(1, 1.0, 4, 50, least=1) == 4


def test_draws_are_splitmix_and_have_their_places():
    assert [hex(word) for word in words(np.zeros(1, np.uint64), 0, 3)[0]] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]
    whole = uniforms(SEEDS, 0, 40_000)
    np.testing.assert_array_equal(uniforms(SEEDS[3:4], 17, 5), whole[3:4, 17:22])
    starts = np.array([9, 0, 4, 4, 30, 1], np.uint64)
    each = np.stack([row[start : start + 3] for row, start in zip(whole, starts, strict=True)])
    np.testing.assert_array_equal(uniforms(SEEDS, starts, 3), each)
    assert whole.min() >= 0
    assert whole.max() < 1
    assert np.abs(whole.mean(axis=1) - 0.5).max() < 0.01
    assert np.abs(np.corrcoef(whole) - np.eye(6)).max() < 0.02


def test_stripes_stand_at_the_edges_of_the_ball(origin):
    change = stripes(origin, 0.05, SEEDS) - origin
    inner = (origin > 0.05) & (origin < 0.95)
    assert torch.allclose(change.abs()[inner], torch.tensor(0.05), atol=1e-6)
    columns = change.sign().masked_fill(~inner, 0).sum(dim=2).abs()
    assert torch.equal(columns, inner.sum(dim=2).float())


def test_a_square_changes_a_square_and_nothing_else(origin):
    drawn = uniforms(SEEDS, 0, 8)
    moved = squared(origin, origin, 0.05, 4, drawn)
    touched = (moved != origin).any(dim=1)
    for one in touched:
        rows, columns = one.any(dim=1).nonzero()[:, 0], one.any(dim=0).nonzero()[:, 0]
        assert len(rows) == len(columns) == 4
        assert one[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert ((moved - origin).abs() <= 0.05 + 1e-6).all()


@pytest.mark.parametrize("side", [1, 4, 9])
def test_squares_put_one_by_one_are_those_put_together_to_the_bit(origin, side):
    of = np.array([0, 0, 3, 5])
    drawn = uniforms(SEEDS[:4], 3, 8)
    one_by_one, together = origin[of].clone(), origin[of].clone()
    together[0] = one_by_one[0] = squared(origin[:1], origin[:1], 0.05, side, drawn[:1])[0]
    changed = put_squares(one_by_one, origin, of, 0.05, side, drawn)
    assert torch.equal(changed, _put_together(together, origin, of, 0.05, side, drawn))
    assert torch.equal(one_by_one, together)
    assert changed.tolist() == [False, True, True, True]


def test_every_place_can_be_reached():
    still = torch.full((500, 1, 4, 5), 0.5)
    drawn = uniforms(np.arange(500, dtype=np.uint64), 0, 6)
    assert (squared(still, still, 0.1, 1, drawn) != still).any(dim=0).all()


@pytest.mark.parametrize("side", [1, 2, 3, 5, 8])
def test_a_bump_is_as_long_as_one_and_half_of_it_is_below(side):
    bump = pyramid(side)
    assert bump.shape == (side, side)
    assert float((bump**2).sum()) == pytest.approx(1.0, abs=1e-6)
    assert (bump[: side // 2] > 0).all()
    assert (bump[side // 2 :] < 0).all()


def test_tiles_and_bumps_fill_the_l2_ball_away_from_the_walls():
    origin = torch.full((6, 3, 9, 11), 0.5)
    best = tiles(origin, 0.7, SEEDS)
    assert torch.allclose((best - origin).flatten(1).norm(dim=1), torch.tensor(0.7), atol=1e-5)
    for query in range(20):
        best = bumped(origin, best, 0.7, 3, uniforms(SEEDS, 8 * query, 8))
        length = (best - origin).flatten(1).norm(dim=1)
        assert torch.allclose(length, torch.tensor(0.7), atol=1e-5)


@pytest.fixture
def coarse(net):
    """A linear model that looks at blocks of 3 by 3 pixels, undecided about plain grey."""
    stream = np.random.default_rng(1)
    weights = np.kron(stream.normal(size=(4, 4, 4)), np.ones((1, 3, 3))).reshape(4, 144)
    layer = torch.nn.Linear(144, 4, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        layer.bias.copy_(-0.5 * layer.weight.sum(dim=1))
    return net(torch.nn.Sequential(torch.nn.Flatten(), layer))


@pytest.mark.parametrize(("norm", "size"), [("linf", 0.03), ("l2", 0.25)])
def test_it_comes_near_to_what_gradients_find(coarse, images, seeds, norm, size):
    pictures = images(40, 12)
    labels = coarse(pictures).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(40)]
    budget = Budget(norm, size)
    by_square, by_slope = (
        attacked(coarse, attack, pictures, labels, seeds(40), ids=ids)
        for attack in (Square(budget, queries=150), PGD(budget, steps=30))
    )
    fooled = [(each.logits.argmax(axis=1) != labels).mean() for each in (by_square, by_slope)]
    assert fooled[0] > 0.7 * fooled[1] > 0.2
    assert (by_square.gradients == 0).all()
    assert by_square.queries.max() <= 150


def test_trees_are_fooled_too(images, seeds):
    pictures = images(60, 8)
    labels = (pictures.mean(axis=(1, 2, 3)) > 0.5).astype(np.int64)
    trees = RandomForestClassifier(8, random_state=0).fit(pictures.reshape(60, -1), labels)
    model = Forest(trees, ModelCard("forest", "trees", "these tests", "MIT", "pixels"))
    ids = [str(row) for row in range(60)]
    attack = Square(Budget("linf", 0.1), queries=20)
    outcome = attacked(model, attack, pictures, labels, seeds(60), ids=ids)
    assert (outcome.logits.argmax(axis=1) != labels).mean() > 0.3
    assert outcome.distance.max() <= 0.1 + 1e-6


def test_restarts_go_on_with_other_numbers(coarse, images, seeds):
    pictures = images(40, 12)
    labels = coarse(pictures).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(40)]
    once, thrice = (
        attacked(
            coarse,
            Square(Budget("linf", 0.02), queries=15, restarts=restarts),
            pictures,
            labels,
            seeds(40),
            ids=ids,
        )
        for restarts in (1, 3)
    )
    there = once.attempt == 0
    np.testing.assert_array_equal(once.images[there], thrice.images[there])
    assert thrice.attempt.max() > 0
    # Squares that change nothing are not asked about, and some do not.
    assert 30 < thrice.queries.max() <= 45


def test_a_square_that_changes_nothing_is_not_asked_about(linear, images, seeds):
    model, pictures = linear(6, [0.0, 50.0, 0.0]), np.zeros((5, 6, 6, 1), np.float32)
    labels = np.ones(5, dtype=np.int64)
    ids = list("abcde")
    found = attacked(
        model, Square(Budget("linf", 0.1), queries=60), pictures, labels, seeds(5), ids=ids
    )
    # Nothing fools this model, so that all is tried; a black square on black is no new picture.
    assert (found.logits.argmax(axis=1) == 1).all()
    assert ((found.queries > 20) & (found.queries < 60)).all()


@pytest.mark.parametrize(("norm", "size"), [("linf", 0.02), ("l2", 0.2)])
@pytest.mark.parametrize("at_once", [7, 200])
def test_looking_ahead_changes_nothing(coarse, images, seeds, monkeypatch, norm, size, at_once):
    pictures = images(20, 12)
    labels = coarse(pictures).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(20)]
    found = []
    for most in (1, at_once):
        monkeypatch.setattr(Referee, "at_once", most)
        attack = Square(Budget(norm, size), queries=120)
        found.append(attacked(coarse, attack, pictures, labels, seeds(20), ids=ids))
    one_by_one, ahead = found
    assert 0 < (one_by_one.attempt == 0).sum() < 20
    for what in ("images", "logits", "queries", "first", "attempt", "smallest", "beyond"):
        np.testing.assert_array_equal(getattr(ahead, what), getattr(one_by_one, what), what)


def test_a_model_that_may_count_what_it_is_shown_is_shown_one_by_one(coarse, images, seeds):
    trees = RandomForestClassifier(2, random_state=0).fit(
        images(20, 12).reshape(20, -1), [0, 1] * 10
    )
    forest = Forest(trees, ModelCard("forest", "trees", "these tests", "MIT", "pixels"))
    threat, labels = Square(Budget("linf", 0.1)).threat, np.zeros(3, np.int64)
    at_once = [
        Referee(model, threat, images(3, 12), labels, seeds(3)).at_once
        for model in (coarse, forest)
    ]
    assert at_once[0] >= 16
    assert at_once[1] == 1


def test_of_several_pictures_those_after_the_first_that_will_do_are_not_asked_about(net, seeds):
    layer = torch.nn.Linear(4, 2, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0] * 4, [1.0] * 4]))
        layer.bias.copy_(torch.tensor([2.5, 0.0]))  # wrong where four pixels come to more than 2.5
    model = net(torch.nn.Sequential(torch.nn.Flatten(), layer))
    threat = ThreatModel(Budget("linf", 0.5), "score", queries=3)
    images, labels = np.full((4, 2, 2, 1), 0.5, np.float32), np.zeros(4, np.int64)
    referee = Referee(model, threat, images, labels, seeds(4))
    levels = [[0.6, 0.55, 0.7, 0.9], [0.4, 0.55, 0.9, 0.6], [0.4] * 5, [0.7, 0.9]]
    rows = np.repeat(np.arange(4), [len(each) for each in levels])
    pictures = torch.tensor(np.concatenate(levels), dtype=torch.float32)[:, None, None, None]
    above = torch.tensor([-0.2, -0.4, 0.0, 9.0])[torch.from_numpy(rows)]
    asked, margins = referee.ask_in_turn(pictures.expand(-1, 1, 2, 2), rows, above)
    # Above; above after one that was not; three questions and no more; fooled though not above.
    assert asked.tolist() == [0, 4, 5, 8, 9, 10, 13]
    assert margins.tolist() == pytest.approx([-0.1, -0.9, -0.3, -0.9, -0.9, -0.9, 0.3], abs=1e-6)
    assert referee.score.queries.tolist() == [1, 2, 3, 1]
    assert referee.score.fooled.tolist() == [False, False, False, True]
    assert referee.score.margin.tolist() == pytest.approx([-0.1, -0.3, -0.9, 0.3], abs=1e-6)
    again, _ = referee.ask_in_turn(referee.pictures, np.arange(4), torch.zeros(4))
    assert again.tolist() == [0, 1, 3]


def test_a_search_looks_as_far_as_a_batch_goes_and_luck_lets_it():
    pace = Pace(256)
    assert pace.ahead(50).sum() >= 0.95 * 256
    assert set(pace.ahead(50)) <= {5, 6}
    assert (pace.ahead(1000) == 1).all()
    assert pace.ahead(1).tolist() == [6]  # one in ten is kept
    for _ in range(200):
        pace.learn(256, 200, 200, 1)
    assert pace.ahead(1)[0] > 50
    assert (Pace(1).ahead(3) == 1).all()


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match="queries must be at least 1"):
        Square(Budget("linf", 0.1), queries=0)
    with pytest.raises(ConfigError, match=r"share must be in \(0, 1\], got 2"):
        Square(Budget("linf", 0.1), share=2.0)
    with pytest.raises(ConfigError, match="not in l1"):
        Square(Budget("l1", 0.1))
    with pytest.raises(ConfigError, match="write one, such as 8/255"):
        Square(Budget("l2", float("inf")))
