import numpy as np
import pytest
import torch
from PIL import Image

from fieldmark.datasets import mnist_train
from fieldmark.records import ConfigError
from fieldmark.shifts import one_of, shift
from fieldmark.training import Augmented, ShiftTransform

MIXED = one_of([shift("gaussian-noise", 2), shift("translation", 3)], name="mixed")


def loaded(data: Augmented, *, workers: int = 0, batch: int = 16) -> torch.Tensor:
    some = torch.utils.data.Subset(data, range(32))
    loader = torch.utils.data.DataLoader(some, batch_size=batch, num_workers=workers)
    return torch.cat([images for images, _ in loader])


def test_an_epoch_is_the_same_in_every_run_and_another_in_the_next():
    data = Augmented(mnist_train(), MIXED, seed=3)
    first = loaded(data)
    assert torch.equal(first, loaded(Augmented(mnist_train(), MIXED, seed=3), batch=5))
    assert not torch.equal(first, loaded(Augmented(mnist_train(), MIXED, seed=4)))
    data.set_epoch(1)
    assert (loaded(data) != first).flatten(1).any(dim=1).all()
    data.set_epoch(0)
    assert torch.equal(loaded(data), first)


def test_pictures_are_floats_with_their_labels():
    data = Augmented(mnist_train(), shift("contrast", 1))
    image, label = data[7]
    assert (image.shape, image.dtype) == ((1, 28, 28), torch.float32)
    assert 0 <= float(image.min()) <= float(image.max()) <= 1
    assert label == mnist_train().first_labels[7]
    assert len(data) == len(mnist_train())
    assert torch.equal(data[-1][0], data[len(data) - 1][0])
    with pytest.raises(IndexError, match="has 4000 examples"):
        data[len(data)]


@pytest.mark.slow
def test_workers_that_persist_hear_of_the_next_epoch():
    data = Augmented(mnist_train(), MIXED)
    some = torch.utils.data.Subset(data, range(32))
    loader = torch.utils.data.DataLoader(
        some, batch_size=8, num_workers=1, persistent_workers=True, multiprocessing_context="spawn"
    )
    seen = []
    for epoch in (0, 1):
        data.set_epoch(epoch)
        seen.append(torch.cat([images for images, _ in loader]))
    for epoch in (0, 1):
        data.set_epoch(epoch)
        assert torch.equal(seen[epoch], loaded(data))


def test_a_transform_gives_back_the_kind_that_it_was_given():
    change = ShiftTransform(shift("gaussian-noise", 3), seed=1)
    array = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    changed = change(array)
    assert isinstance(changed, np.ndarray)
    picture = change(Image.fromarray(array))
    assert isinstance(picture, Image.Image)
    np.testing.assert_array_equal(np.asarray(picture), changed)
    tensor = change(torch.from_numpy(array).permute(2, 0, 1))
    assert torch.equal(tensor.permute(1, 2, 0), torch.from_numpy(changed))
    flat = change(array[..., 0])
    assert flat.shape == (24, 20)
    assert change(Image.fromarray(array[..., 0])).mode == "L"
    change.set_epoch(1)
    assert (change(array) != changed).any()


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((20, 20, 3)), r"not ndarray \(20, 20, 3\) of float64"),
        (torch.zeros(3, 20, 20), r"not Tensor \(3, 20, 20\) of torch"),
        (Image.new("RGBA", (20, 20)), "not RGBA"),
        ("picture.png", "not str"),
    ],
)
def test_other_kinds_are_refused(picture, message):
    with pytest.raises(ConfigError, match=message):
        ShiftTransform(shift("contrast", 1))(picture)
