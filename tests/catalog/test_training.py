import pytest

from fieldmark.catalog import ARCHITECTURES, METHODS, Wish, architecture, plan
from fieldmark.records import ConfigError, UnknownNameError
from fieldmark.training import Fast, Free, Pgd, Plan, Standard, Trades

OF_EVERY_METHOD = {
    "standard": (Wish(), Standard()),
    "noise": (Wish(noise=0.3), Standard()),
    "pgd": (Wish(eps="0.3", steps=40, step="0.01"), Pgd(0.3, 40, 0.01)),
    "fast": (Wish(eps="51/255", random_start=False), Fast(0.2, start=False)),
    "free": (Wish(eps="0.1", replays=4), Free(0.1, 4)),
    "trades": (Wish(eps="0.3", beta=6.0), Trades(0.3, beta=6.0)),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_plan(method):
    wish, objective = OF_EVERY_METHOD[method]
    made = plan(method, wish, epochs=3)
    assert made == Plan(objective, epochs=3, noise=wish.noise or 0.0)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_can_be_drawn(name):
    assert architecture(name).family in ("linear", "multilayer perceptron", "convolutional net")


@pytest.mark.parametrize(
    ("method", "wish", "message"),
    [
        ("fast", Wish(), "fast needs its eps, such as eps 0.3 or 77/255"),
        ("noise", Wish(), "noise needs its noise, such as noise 0.3"),
        ("fast", Wish(eps="8"), "and 8 is not; did you mean 8/255?"),
        ("fast", Wish(eps="300/255"), "eps is in pixel units, from 0 to 1"),
        ("pgd", Wish(eps="any"), "and inf is not"),
        ("pgd", Wish(eps="-0.1"), "eps: '-0.1' is no number in pixel units; write 0.3 or 8/255"),
        ("pgd", Wish(eps="nan"), "eps: 'nan' is no number"),
        ("pgd", Wish(eps="9" * 100_000), f"not '{'9' * 40}'…"),
        ("pgd", Wish(eps="0.1", step="8/0"), "step: '8/0' is no number"),
        ("fast", Wish(eps="0.1", beta=1.0), "beta is for trades; fast does not take it"),
        ("standard", Wish(eps="0.1"), "eps is for pgd and fast and free and trades; standard"),
    ],
)
def test_what_a_method_cannot_do_is_refused(method, wish, message):
    with pytest.raises(ConfigError) as caught:
        plan(method, wish)
    assert message in str(caught.value)


def test_unknown_names_are_hinted_at():
    with pytest.raises(UnknownNameError, match=r"no method called 'trade'. Did you mean trades\?"):
        plan("trade", Wish())
    with pytest.raises(UnknownNameError, match=r"no architecture called 'cnn'"):
        architecture("cnn")
