from dataclasses import replace

import pytest
import torch

from fieldmark.training import Look, collapsed
from fieldmark.training.collapse import ALIKE, LASTING, look
from fieldmark.training.losses import Scene
from tests.training.toys import halves, net, same, seeded

WELL = Look(step=100, radius=0.3, clean=0.95, fgsm=0.85, pgd=0.8, one_class=False)


def test_a_training_that_goes_well_is_let_alone():
    slowly = [replace(WELL, step=step, pgd=0.8 - 0.15 * step / 100) for step in range(0, 500, 100)]
    assert collapsed([]) == collapsed([WELL]) == collapsed(slowly) == ""


def test_an_early_training_is_weak_and_no_collapse():
    weak = replace(WELL, clean=0.95, fgsm=0.6, pgd=0.05)
    assert collapsed([weak, replace(weak, step=200, fgsm=0.65)]) == ""


def test_standing_up_to_one_step_and_to_nothing_else_is_a_collapse():
    fooled = replace(WELL, step=200, fgsm=0.99, pgd=0.02)
    assert collapsed([WELL, fooled]) == collapsed([fooled] * (LASTING - 1)) == ""
    assert collapsed([WELL, fooled], ended=True) == collapsed([fooled] * LASTING)
    said = collapsed([WELL, fooled], ended=True)
    assert said.startswith("catastrophic overfitting")
    assert "right on 99% under FGSM and on 2% under PGD-10 (radius 0.3, clean 95%)" in said


def test_a_fall_under_pgd_alone_is_a_collapse_when_it_lasts():
    fallen = replace(WELL, step=150, pgd=0.55)
    for looks in range(1, LASTING):
        assert collapsed([WELL] + [fallen] * looks) == ""
    said = collapsed([WELL] + [fallen] * LASTING)
    assert "accuracy under PGD was 80% at step 100 and has not come back" in said
    back = [fallen] * (LASTING - 1) + [replace(WELL, pgd=0.61)]
    assert collapsed([WELL, *back]) == ""
    growing = replace(WELL, radius=0.29)
    assert collapsed([growing] + [fallen] * LASTING) == ""  # another radius is another question


def test_a_bad_step_that_costs_everything_alike_is_no_overfitting():
    stumbled = replace(WELL, step=150, clean=0.7, fgsm=0.58, pgd=0.5)
    assert collapsed([WELL] + [stumbled] * LASTING) == ""


def test_one_class_for_everything_is_a_collapse_when_it_lasts():
    dull = replace(WELL, clean=0.1, fgsm=0.1, pgd=0.1, one_class=True)
    assert collapsed([dull] * (ALIKE - 1)) == ""
    assert "names one class for every image" in collapsed([dull] * ALIKE)


def test_a_look_moves_nothing():
    module, (images, labels) = net(), halves()
    module.train()
    seen = look(Scene(module, seeded()), images, labels, step=7, radius=0.1)
    assert same(module, net())
    assert module.training and all(weights.grad is None for weights in module.parameters())
    assert (seen.step, seen.radius) == (7, 0.1)


@pytest.mark.parametrize("radius", [0.0, 0.05, 0.2])
def test_a_look_at_a_linear_net_is_exact(radius):
    """One step is the best there is against a linear net, and PGD gets there too."""
    module, (images, labels) = net(widths=()), halves()
    weights = (module[-1].weight[1] - module[-1].weight[0]).detach()
    inside = module[:-1]
    with torch.no_grad():
        worst = images - radius * torch.where(labels == 1, 1, -1).reshape(
            -1, 1, 1, 1
        ) * weights.sign().reshape(1, 1, 6, 6)
        right = module(worst.clamp(0, 1)).argmax(1) == labels
    assert inside(images).shape == (60, 36)
    seen = look(Scene(module, seeded()), images, labels, step=1, radius=radius)
    assert seen.fgsm == seen.pgd == pytest.approx(float(right.float().mean()))


# Looks at trainings on all of MNIST, radius 0.3: step, radius, clean, FGSM, PGD. Two that end well
# (one of them while its radius grows), and plain FGSM training, which does not.

ROUGH = """\
1050,0.2625,0.996,0.832,0.230
1200,0.3,0.990,0.850,0.090
1350,0.3,0.980,0.850,0.200
1500,0.3,0.990,0.850,0.300
1650,0.3,0.990,0.850,0.490
1800,0.3,0.992,0.832,0.277
1950,0.3,0.984,0.898,0.594
2100,0.3,0.992,0.918,0.250
2250,0.3,0.984,0.949,0.551
"""

YOUNG = """\
300,0.3,0.719,0.383,0.008
450,0.3,0.805,0.402,0.027
600,0.3,0.906,0.473,0.031
750,0.3,0.941,0.523,0.031
900,0.3,0.933,0.555,0.039
1050,0.3,0.949,0.609,0.047
1200,0.3,0.953,0.621,0.051
1350,0.3,0.965,0.684,0.055
1500,0.3,0.957,0.711,0.125
1650,0.3,0.969,0.738,0.238
"""

PLAIN = """\
600,0.3,0.934,0.438,0.000
750,0.3,0.930,0.734,0.000
900,0.3,0.922,0.801,0.000
1050,0.3,0.754,0.813,0.000
1200,0.3,0.695,0.914,0.000
1800,0.3,0.957,0.680,0.000
"""


def seen(table):
    rows = [[float(one) for one in line.split(",")] for line in table.splitlines()]
    return [Look(int(row[0]), *row[1:], one_class=False) for row in rows]


@pytest.mark.parametrize("table", [ROUGH, YOUNG])
def test_rough_and_young_trainings_that_end_well_are_let_alone(table):
    looks = seen(table)
    assert all(collapsed(looks[:count]) == "" for count in range(len(looks) + 1))
    assert collapsed(looks, ended=True) == ""


def test_plain_fgsm_training_is_caught_on_its_way_and_at_its_end():
    looks = seen(PLAIN)
    caught = [looks[count - 1].step for count in range(1, 6) if collapsed(looks[:count])]
    assert caught == [1200]
    assert collapsed(looks) == ""  # the last look alone might be of a young net
    assert "right on 68% under FGSM and on 0% under PGD-10" in collapsed(looks, ended=True)
