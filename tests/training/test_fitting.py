import threading

import numpy as np
import pytest
import torch

from fieldmark.models import convnet, mlp
from fieldmark.records import ConfigError, ModelError
from fieldmark.training import FitSettings, fit


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def lesson(bars):
    return bars.images()[:234], bars.first_labels[:234]


def trained(bars, **settings):
    torch.set_num_threads(1)
    chance = seeded()
    net = convnet((16, 16, 1), (4, 6), 3, dropout=0.2, generator=chance)
    fit(net, *lesson(bars), FitSettings(**settings), generator=chance)
    return net


def accuracy(net, images, labels):
    batch = torch.tensor(images.transpose(0, 3, 1, 2).copy()).float() / 255
    with torch.no_grad():
        return float((net(batch).argmax(1) == torch.tensor(labels)).float().mean())


WAYS = {
    "standard": {},
    "augmented": {"augment": True},
    "noisy": {"noise": 0.1},
    "adversarial": {"epsilon": 0.05, "steps": 2},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_training_learns(way, bars):
    net = trained(bars, epochs=10, **WAYS[way])
    assert accuracy(net, *lesson(bars)) > 0.9
    assert not net.training


def test_the_same_seed_gives_the_same_bits_beside_another_thread(bars):
    settings = {"epochs": 2, "augment": True, "noise": 0.1, "epsilon": 0.05, "steps": 2}
    alone = trained(bars, **settings)
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            trained(bars, epochs=1)
            torch.rand(10)

    before = threading.active_count()
    neighbour = threading.Thread(target=disturb)
    neighbour.start()
    try:
        assert threading.active_count() == before + 1
        beside = trained(bars, **settings)
    finally:
        stop.set()
        neighbour.join()
    for name, value in alone.state_dict().items():
        assert torch.equal(value, beside.state_dict()[name]), name


def test_training_leaves_the_global_generators_alone(bars):
    before = torch.random.get_rng_state()
    trained(bars, epochs=1, augment=True, noise=0.1, epsilon=0.05, steps=1)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_epochs_are_told(bars):
    told = []
    net = mlp((16, 16, 1), (), 3, generator=seeded())
    settings = FitSettings(epochs=3)
    watch = lambda done, total: told.append((done, total))  # noqa: E731
    fit(net, *lesson(bars), settings, generator=seeded(), watch=watch)
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_arrays_that_may_not_be_written_are_read(bars):
    images, labels = (array.copy() for array in lesson(bars))
    images.setflags(write=False)
    labels.setflags(write=False)
    net = mlp((16, 16, 1), (), 3, generator=seeded())
    fit(net, images, labels, FitSettings(epochs=1), generator=seeded())


def test_scores_that_are_no_numbers_are_a_collapse(bars):
    net = mlp((16, 16, 1), (8,), 3, generator=seeded())
    net[-1].bias.data.fill_(torch.inf)
    with pytest.raises(ModelError, match="training collapsed: its scores are not numbers"):
        fit(net, *lesson(bars), FitSettings(epochs=1), generator=seeded())


def test_naming_one_class_is_a_collapse(bars):
    net = mlp((16, 16, 1), (8,), 3, generator=seeded())
    net[2].weight.data.zero_()
    net[2].bias.data.fill_(-1)  # every unit is dead, and so is its gradient
    with pytest.raises(ModelError, match="training collapsed: it names one class for every image"):
        fit(net, *lesson(bars), FitSettings(epochs=1, decay=0.0), generator=seeded())


def test_one_class_in_the_lesson_is_no_collapse(bars):
    images, labels = lesson(bars)
    net = mlp((16, 16, 1), (), 3, generator=seeded())
    only = labels == 1
    fit(net, images[only], labels[only], FitSettings(epochs=8), generator=seeded())
    assert accuracy(net, images[only], labels[only]) == 1


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"steps": 0}])
def test_settings_that_train_nothing_are_refused(wrong):
    with pytest.raises(ConfigError, match="must be above 0"):
        FitSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"noise": -0.1}, {"epsilon": -0.1}, {"decay": -0.1}])
def test_settings_below_zero_are_refused(wrong):
    with pytest.raises(ConfigError, match="must not be below 0"):
        FitSettings(**wrong)


def test_a_batch_larger_than_the_lesson_is_one_step(bars):
    net = mlp((16, 16, 1), (), 3, generator=seeded())
    before = net[-1].weight.detach().clone()
    fit(net, *lesson(bars), FitSettings(epochs=2, batch=5000), generator=seeded())
    assert np.abs((net[-1].weight - before).detach().numpy()).max() > 0
