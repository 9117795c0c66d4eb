"""A step in one pass is the step that whole arrays make, to the bit."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.attacks.moving.strides import stride
from fieldmark.records import Budget


def drawn(seed: int, lanes: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    origin = torch.rand(lanes, 2, 3, 4, generator=chance).mul(4).round().div(4)
    moved = [(origin + torch.rand_like(origin) / 4 - 0.125).clamp(0, 1) for _ in range(2)]
    uphill = torch.randn(origin.shape, generator=chance).round()
    length = torch.rand(lanes, 1, 1, 1, generator=chance)
    return [*moved, uphill.to(dtype), length, origin]


@given(
    seed=st.integers(0, 10**6), share=st.sampled_from([1.0, 0.75, 0.3]), size=st.floats(1e-4, 0.6)
)
def test_one_pass_makes_the_same_step_to_the_bit(seed, share, size):
    ball, here = Budget("linf", size), drawn(seed, 3)
    found = stride(ball, *here, share=share)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieldmark.attacks.moving.strides._plain", lambda tensors: False)
        assert torch.equal(found, stride(ball, *here, share=share))


@pytest.mark.parametrize(("norm", "dtype"), [("linf", torch.float64), ("l2", torch.float32)])
def test_other_norms_and_precisions_stay_inside_the_ball(norm, dtype):
    ball, here = Budget(norm, 0.25), drawn(1, 5, dtype)
    moved = stride(ball, *here, share=0.75)
    change = (moved - here[-1]).flatten(1).double()
    length = torch.linalg.vector_norm(change, {"linf": torch.inf, "l2": 2}[norm], dim=1)
    assert (length <= 0.25 + 1e-6).all()
    assert moved.min() >= 0
    assert moved.max() <= 1
