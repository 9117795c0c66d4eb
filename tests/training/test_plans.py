import pytest
import torch

from fieldmark.records import ConfigError
from fieldmark.training import Fast, Free, Pgd, Plan, Standard, Trades
from fieldmark.training.schedules import pace


@pytest.mark.parametrize("steps", [2, 5, 10, 37, 640])
def test_one_cycle_is_torchs_to_the_last_bit(steps):
    weights = [torch.nn.Parameter(torch.zeros(1))]
    optimiser = torch.optim.AdamW(weights, 0.008)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.008, total_steps=steps)
    for step in range(steps):
        group = optimiser.param_groups[0]
        assert pace("one-cycle", 0.008, step, steps) == (group["lr"], group["betas"][0])
        optimiser.step()
        if step + 1 < steps:
            schedule.step()


def test_a_triangle_rises_over_two_fifths_and_ends_at_0():
    rates = [pace("triangle", 0.5, step, 100)[0] for step in range(100)]
    assert rates.index(max(rates)) == 39 and max(rates) == pytest.approx(0.5)
    assert rates[-1] == 0 and rates[19] == pytest.approx(0.25) and rates[69] == pytest.approx(0.25)


def test_the_radius_grows_in_a_line_and_stays():
    plan = Plan(Pgd(0.3), warmup=0.25)
    grown = [plan.strength(step, 40) for step in range(40)]
    assert grown[:11] == pytest.approx([step / 10 for step in range(11)])
    assert set(grown[10:]) == {1.0}
    assert Plan(Pgd(0.3)).strength(0, 40) == 1.0


def test_free_training_moves_the_rate_with_every_pass():
    plan = Plan(Free(0.1, replays=4))
    moves = [plan.pace(step, replay, 5)[0] for step in range(5) for replay in range(4)]
    assert moves == [pace("triangle", plan.rate, move, 20)[0] for move in range(20)]


def test_a_plan_says_what_it_costs_and_does():
    assert [Plan(one).passes for one in (Standard(), Fast(0.1), Pgd(0.1, 7), Trades(0.1))] == [
        10,
        20,
        80,
        120,
    ]
    words = str(Plan(Fast(0.3), warmup=0.2, noise=0.1, augment=True, decay=0.01))
    for said in ("one step of 0.375 from a random start", "first 20%", "deviation 0.1", "turned"):
        assert said in words
    assert Plan().intervention == ""
    assert Plan(Trades(0.1)).intervention == "adversarial training"
    assert Plan(noise=0.2).intervention == "Gaussian noise"
    assert Plan(Free(0.1)).settings["replays"] == 8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "epochs and batch must be 1 or above"),
        ({"rate": float("nan")}, "the rate must be above 0"),
        ({"warmup": 1.5}, "warmup must be between 0 and 1"),
        ({"looks": -1}, "looks must be 0 or above"),
        ({"optimiser": "lion"}, "one of adam, adamw, sgd, not 'lion'"),
        ({"schedule": "flat"}, "one of one-cycle, triangle, constant, not 'flat'"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        Plan(**wrong)
