import json

import pytest

from tests.cli.hostile import one_line

FAST = ("train", "linear", "mnist-train", "--epochs", "1", "--rate", "0.02", "--batch", "200")


def test_a_net_is_trained_and_then_asked(fieldmark, place):
    ended = fieldmark(*FAST, "--method", "fast", "--eps", "13/255", "--out", "nets/quick")
    assert ended.status == 0, ended.err
    first, second = ended.out.splitlines()
    assert first.startswith("quick: right on ") and "under PGD at 0.051" in first
    assert second.startswith("fieldmark run --subjects trained:nets/quick ")
    words = ("--subjects", "trained:nets/quick", "--conditions", "mnist-test", "--store", "kept")
    asked = fieldmark("run", *words, "--json")
    assert json.loads(asked.out)["done"] == 1
    assert "quick" in fieldmark("table", "kept").out
    again = fieldmark(
        *FAST, "--method", "fast", "--eps", "13/255", "--out", "nets/quick", "--resume", "--json"
    )
    assert json.loads(again.out)["resumed"] == 20
    one_line(
        fieldmark(*FAST, "--method", "fast", "--eps", "14/255", "--out", "nets/quick", "--resume"),
        "is of another training: epsilon is 0.05",
    )
    one_line(fieldmark(*FAST, "--out", "nets/quick"), "nets/quick holds a trained net already")


def test_what_there_is_to_train_is_listed(fieldmark):
    assert "cnn-strided" in fieldmark("list", "architectures").out
    assert "trades" in fieldmark("list", "methods").out
    assert "trained:FOLDER" in fieldmark("list", "subjects").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--method", "fast", "--eps", "8"), "did you mean 8/255?"),
        (("--method", "fast"), "fast needs its eps, such as eps 0.3 or 77/255"),
        (("--method", "pgd", "--eps", "-0.1"), "'-0.1' is no number in pixel units"),
        (("--method", "pdg", "--eps", "0.1"), "no method called 'pdg'. Did you mean pgd?"),
        (("--beta", "2"), "beta is for trades; standard does not take it"),
        (("--epochs", "0"), "epochs and batch must be 1 or above"),
        (("--rate", "nan"), "the rate must be above 0"),
        (("--optimiser", "x" * 100_000), "an optimiser is one of adam, adamw, sgd"),
        (("--seed", "-1"), "a seed is a whole number, 0 or above"),
        (("--name", "../up"), "'../up' cannot name a net"),
    ],
)
def test_what_cannot_be_asked_is_one_line(words, message, fieldmark, place):
    one_line(fieldmark(*FAST, "--out", "net", *words), message)
    assert not (place / "net" / "card.json").exists()


def test_names_of_nets_and_data_that_are_none(fieldmark, place):
    one_line(
        fieldmark("train", "cnn-larg", "mnist-train", "--out", "net"),
        "no architecture called 'cnn-larg'. Did you mean cnn-large?",
    )
    one_line(
        fieldmark("train", "linear", "mnist-trai", "--out", "net"), "Did you mean mnist-train?"
    )
    one_line(fieldmark("train", "linear", "folder:nowhere", "--out", "net"), "nowhere")
    one_line(
        fieldmark("run", "--subjects", "trained:nowhere", "--conditions", "mnist-test"),
        "nowhere holds no trained net: card.json is missing",
    )
