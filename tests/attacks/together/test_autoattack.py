"""Ensembles: who is fooled is the union over the members, whatever the order; time is kept to."""

import numpy as np
import pytest
import torch

from fieldmark.attacks import APGD, APGDT, FAB, PGD, AutoAttack, Ensemble, Square, attacked
from fieldmark.attacks.together.budgeted import Budgeted
from fieldmark.attacks.watching.stages import effort_of
from fieldmark.records import Budget, ConfigError

SMALL = {"steps": 4, "queries": 30, "targets": 2}
LINF = Budget("linf", 0.02)
N = 20


@pytest.fixture
def scene(conv, images):
    model, pictures = conv(seed=5), images(N, 11)
    return model, pictures, model(pictures).argmax(axis=1).astype(np.int64)


def run(scene, attack, seeds):
    model, pictures, labels = scene
    n = len(pictures)
    found = attacked(model, attack, pictures, labels, seeds(n), ids=[str(row) for row in range(n)])
    return found, found.logits.argmax(axis=1) != labels


@pytest.mark.parametrize("version", ["standard", "plus"])
def test_the_order_does_not_decide_who_is_fooled(scene, seeds, version):
    found = [
        run(scene, AutoAttack(LINF, version, order, **SMALL), seeds)
        for order in ("quick", "published")
    ]
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert 0 < found[0][1].sum() < N


def test_it_fools_the_union_over_its_members(scene, seeds):
    attack = AutoAttack(LINF, **SMALL)
    together = run(scene, attack, seeds)[1]
    alone = [run(scene, member, seeds)[1] for member in attack.members]
    np.testing.assert_array_equal(together, np.any(alone, axis=0))


def test_the_log_tells_who_fooled_whom(scene, seeds):
    found, fooled = run(scene, AutoAttack(LINF, order="published", **SMALL), seeds)
    assert [stage.name for stage in found.stages] == [
        "apgd-ce-linf",
        "apgd-t-linf",
        "fab-t-linf",
        "square-linf",
    ]
    by_stage = np.concatenate([stage.fooled for stage in found.stages])
    np.testing.assert_array_equal(np.sort(by_stage), np.flatnonzero(fooled))
    standing = N
    for stage in found.stages:
        assert stage.searched == standing
        standing -= len(stage.fooled)
    assert sum(stage.gradients for stage in found.stages) == found.gradients.sum() - N
    assert "square-linf" in str(found.stages[-1])


def test_stages_are_counted_among_all_pictures(scene, seeds):
    """The log's positions are those of what was given, the wrong ones included."""
    model, pictures, labels = scene
    labels = labels.copy()
    labels[:5] = (labels[:5] + 1) % 4
    found, fooled = run((model, pictures, labels), Ensemble((PGD(LINF),)), seeds)
    fooled[:5] = False
    np.testing.assert_array_equal(found.stages[0].fooled, np.flatnonzero(fooled))


def test_members_are_those_of_the_paper():
    standard = AutoAttack(LINF, order="published").members
    assert standard == (APGD(LINF), APGDT(LINF), FAB(LINF, targets=9), Square(LINF))
    plus = AutoAttack(LINF, "plus", "published").members
    assert plus == (
        APGD(LINF, restarts=5),
        APGD(LINF, "dlr", restarts=5),
        FAB(LINF, restarts=5),
        Square(LINF),
        APGDT(LINF),
        FAB(LINF, targets=9),
    )
    rand = AutoAttack(LINF, "rand").members
    assert rand == (APGD(LINF, draws=20), APGD(LINF, "dlr", draws=20))


def test_an_effort_leaves_out_what_does_not_fit():
    attack = AutoAttack(LINF, effort=1100.0)
    assert sum(map(effort_of, attack.members)) <= 1100
    left = ["square-linf: 1,667 gradients", "fab-t-linf: 1,200 gradients"]
    assert attack.settings["not run"] == left
    with pytest.raises(ConfigError, match="not enough for any"):
        AutoAttack(LINF, effort=3.0)


def test_signs_of_masked_gradients_are_told(net, images, seeds):
    class Steep(torch.nn.Module):
        """Probabilities so sharp that their slope is 0."""

        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(121, 3).double()
            chance = torch.Generator().manual_seed(0)
            with torch.no_grad():
                self.layer.weight.uniform_(-900, 900, generator=chance)
                self.layer.bias.zero_()

        def forward(self, x):
            return self.layer(x.flatten(1)).softmax(dim=1)

    model, pictures = net(Steep()), images(N, 11)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    attack = AutoAttack(Budget("linf", 0.2), order="published", **SMALL)
    told = " / ".join(run((model, pictures, labels), attack, seeds)[0].remarks)
    assert "probabilities" in told
    assert "exactly 0" in told
    assert "3 classes" in told
    assert "square-linf knows no gradients" in told


def test_a_sound_net_gets_no_remark(scene, seeds):
    assert run(scene, AutoAttack(LINF, order="published", **SMALL), seeds)[0].remarks == ()


def test_chance_is_told(net, images, seeds):
    class Shaken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(121, 5).double()

        def forward(self, x):
            return self.layer(x.flatten(1) + 0.1 * torch.randn(len(x), 121).double())

    model, pictures = net(Shaken()), images(N, 11)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    told = run((model, pictures, labels), AutoAttack(LINF, "rand", steps=2), seeds)[0].remarks
    assert any("at random" in one for one in told)


def test_so_many_seconds_are_kept_to_and_the_rest_is_told(scene, seeds):
    begun_with, _ = run(scene, Budgeted(Budget("linf", 0.004), seconds=1e-6), seeds)
    assert begun_with.stages == ()
    assert "not run for want of time" in begun_with.remarks[-1]
    assert "fab-t (about" in begun_with.remarks[-1]
    wide, fooled = run(scene, Budgeted(Budget("linf", 0.2), seconds=1e6), seeds)
    assert fooled.all()
    assert not any("not run" in one for one in wide.remarks)
    assert wide.stages[0].name == "apgd-ce"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Ensemble(()), "no members"),
        (lambda: Ensemble((PGD(LINF), PGD(Budget("linf", 0.1)))), "one budget"),
        (lambda: AutoAttack(LINF, "best"), "standard, plus, rand"),
        (lambda: AutoAttack(LINF, order="random"), "quick, published"),
        (lambda: AutoAttack(Budget("l1", 2.0)), "linf and l2"),
        (lambda: Budgeted(LINF, seconds=0.0), "seconds must be > 0"),
        (lambda: Budgeted(Budget("l2", np.inf)), "budget"),
        (lambda: APGDT(LINF, skip=9), "skip must be below 9"),
    ],
)
def test_bad_settings_are_refused(make, said):
    with pytest.raises(ConfigError, match=said):
        make()
