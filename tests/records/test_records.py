from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.attacks import PGD
from fieldmark.records import (
    NO_ANSWER,
    Answers,
    Attack,
    Budget,
    BudgetExceededError,
    ClassSpace,
    Column,
    Condition,
    ConfigError,
    DataError,
    DatasetCard,
    Estimate,
    Examples,
    FieldmarkError,
    ModelCard,
    ModelError,
    Shift,
    Table,
    UnknownNameError,
    example_seeds,
    fingerprint,
    generator,
    seed_of,
    undefined,
)
from fieldmark.shifts import shift

CARD = DatasetCard("set", "A set", "made here", "MIT", "drawn", "anything else")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def examples(n: int = 6, **changed) -> Examples:
    made = Examples(
        card=CARD,
        classes=ClassSpace(("a", "b", "c")),
        ids=tuple(f"e{row}" for row in range(n)),
        labels=(np.arange(n, dtype=np.int64) % 3)[:, None],
        frame=(16, 16, 1),
        decode=lambda rows: np.repeat(rows.astype(np.uint8), 256).reshape(-1, 16, 16, 1),
        content="content-1",
    )
    return replace(made, **changed)


class TestFingerprints:
    @given(PLAIN, PLAIN)
    def test_same_content_same_digits_other_content_other_digits(self, one, other):
        assert fingerprint(one) == fingerprint(one)
        # 1 and True, 0 and False are equal in Python, and are not the same content.
        assert (fingerprint(one) == fingerprint(other)) == (repr_of(one) == repr_of(other))

    @given(st.lists(st.text(), min_size=2, max_size=4))
    def test_parts_are_not_run_together(self, parts):
        assert fingerprint(*parts) != fingerprint("".join(parts))

    def test_arrays_count_by_dtype_shape_and_values(self):
        zeros = np.zeros((2, 3), np.float32)
        prints = {
            fingerprint(one)
            for one in (zeros, zeros.T, zeros.astype(np.float64), zeros + 1, zeros.tobytes())
        }
        assert len(prints) == 5
        assert fingerprint(zeros) == fingerprint(np.asfortranarray(zeros))

    def test_an_address_has_no_fingerprint(self):
        with pytest.raises(TypeError, match="a object has no fingerprint"):
            fingerprint(object())


def repr_of(value: object) -> str:
    """Content as text, with the keys of mappings in one order."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{k!r}:{repr_of(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(repr_of, value)) + "]"
    return repr(value)


class TestChance:
    @given(st.lists(st.text(max_size=5), unique=True, min_size=2, max_size=20), st.integers(0, 9))
    def test_a_seed_depends_on_its_example_alone(self, ids, seed):
        whole = example_seeds(ids, "fog@3", seed)
        assert len(set(whole.tolist())) == len(ids)
        assert example_seeds(ids[::-1], "fog@3", seed).tolist() == whole[::-1].tolist()
        assert example_seeds(ids, "fog@4", seed).tolist() != whole.tolist()

    def test_seeds_are_uniform(self):
        seeds = example_seeds([str(i) for i in range(20_000)], "x", 0)
        shares = seeds.astype(np.float64) / 2**64
        counts = np.histogram(shares, bins=20, range=(0, 1))[0]
        assert ((counts - 1000) ** 2 / 1000).sum() < 45  # chi-squared, 19 degrees: p = 0.0007

    def test_streams_of_neighbouring_seeds_are_unrelated(self):
        one, two = (generator(seed).normal(size=4000) for seed in (5, 6))
        assert abs(np.corrcoef(one, two)[0, 1]) < 0.06

    def test_seed_zero_and_the_largest_are_seeds(self):
        assert generator(np.uint64(2**64 - 1)).random() != generator(0).random()
        assert 0 <= seed_of(0) < 2**64


class TestClassSpaces:
    def test_scores_are_restricted_and_put_in_order(self):
        space = ClassSpace(("cat", "dog", "fish"))
        scores = np.float32([[1, 2, 3], [4, 5, 6]])
        assert space.project(scores, ClassSpace(("fish", "cat"))).tolist() == [[3, 1], [6, 4]]
        assert space.project(scores, space) is scores

    def test_an_unknown_class_is_named(self):
        with pytest.raises(DataError, match="does not know: bird"):
            ClassSpace(("cat", "dog")).project(
                np.zeros((1, 2), np.float32), ClassSpace(("cat", "bird"))
            )

    @pytest.mark.parametrize(
        ("names", "message"),
        [((), "at least two classes"), (("a",), "at least two"), (("a", "b", "a"), "twice: a")],
    )
    def test_a_space_that_is_none(self, names, message):
        with pytest.raises(DataError, match=message):
            ClassSpace(names)

    def test_many_names_are_not_all_printed(self):
        with pytest.raises(DataError, match="and 88 more"):
            ClassSpace(tuple(map(str, range(100)))).index("none")


class TestBudgets:
    @given(st.integers(1, 255))
    def test_whole_grey_levels_are_printed_as_such(self, levels):
        budget = Budget("linf", levels / 255)
        assert str(budget) == f"{levels}/255"
        assert Budget.parse("linf", str(budget)) == budget

    @given(st.floats(0.001, 50))
    def test_what_is_printed_is_read_again(self, size):
        budget = Budget("l2", size)
        assert Budget.parse("l2", str(budget)).size == pytest.approx(size, rel=1e-9)

    @pytest.mark.parametrize(
        "text", ["", "8/", "/255", "-1", "1/0", "1e3", "nan", "8/255/2", "0x8"]
    )
    def test_no_budget(self, text):
        with pytest.raises(ConfigError, match="is no budget; write 8/255"):
            Budget.parse("linf", text)

    def test_distances_agree_with_numpy(self):
        rng = generator(0)
        one, two = rng.random((2, 5, 4, 4, 3)).astype(np.float32)
        change = (two.astype(np.float64) - one).reshape(5, -1)
        np.testing.assert_allclose(
            Budget("l2", 1.0).distances(one, two), np.linalg.norm(change, axis=1)
        )
        np.testing.assert_allclose(
            Budget("linf", 1.0).distances(one, two), np.linalg.norm(change, np.inf, axis=1)
        )

    def test_a_budget_without_bounds_is_any(self):
        assert Budget.parse("l2", "any") == Budget("l2", float("inf"))
        assert not Budget.parse("l1", "any").bounded

    def test_a_negative_budget_or_none(self):
        for size in (-0.1, float("nan")):
            with pytest.raises(ConfigError, match="a budget is a number >= 0"):
                Budget("l2", size)


class TestExamples:
    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"ids": ()}, "has no examples"),
            ({"ids": ("e0",) * 6}, "has 5 repeated ids"),
            ({"labels": np.zeros((5, 1), np.int64)}, "6 ids but 5 labels"),
            ({"labels": np.full((6, 1), 3, np.int64)}, "labels outside its 3 classes"),
            ({"labels": np.full((6, 1), -2, np.int64)}, "labels outside its 3 classes"),
            ({"groups": ("one",)}, "6 ids but"),
        ],
    )
    def test_what_does_not_fit_together(self, changed, message):
        with pytest.raises(DataError, match=message):
            examples(**changed)

    def test_images_come_in_the_order_asked(self):
        assert examples().images(np.array([4, 1]))[:, 0, 0, 0].tolist() == [4, 1]
        assert len(examples().images()) == 6


class TestConditions:
    def test_names_kinds_and_levels(self):
        plain = Condition(examples())
        noisy = Condition(examples(), shift("gaussian-noise", 3))
        attacked = Condition(examples(), PGD(Budget("linf", 8 / 255)))
        natural = Condition(examples(card=replace(CARD, reference="other")))
        assert [(c.name, c.kind, c.level) for c in (plain, noisy, attacked, natural)] == [
            ("set", "test", ""),
            ("set+gaussian-noise@3", "shift", "3"),
            ("set+pgd-linf@8/255", "attack", "8/255"),
            ("set", "natural shift", ""),
        ]
        assert isinstance(noisy.change, Shift)
        assert isinstance(attacked.change, Attack)
        assert (noisy.attack, attacked.shift) == (None, None)

    def test_a_row_alone_is_the_row_among_others(self):
        noisy = Condition(examples(), shift("gaussian-noise", 3), seed=4)
        whole = noisy.images()
        for row in range(6):
            np.testing.assert_array_equal(noisy.images(np.array([row]))[0], whole[row])

    def test_the_fingerprint_changes_with_whatever_decides_the_pictures(self):
        noise = shift("gaussian-noise", 3)
        base = Condition(examples(), noise)
        others = [
            Condition(examples(content="content-2"), noise),
            Condition(examples(), noise, seed=1),
            Condition(examples(), shift("gaussian-noise", 4)),
            Condition(examples(), PGD(Budget("linf", 0.1))),
            Condition(examples(), PGD(Budget("linf", 0.1), steps=7)),
        ]
        prints = {one.fingerprint for one in (base, *others)}
        assert len(prints) == 6
        assert Condition(examples(), noise).fingerprint == base.fingerprint

    @pytest.mark.parametrize("seed", [-1, 2**63])
    def test_a_seed_that_fits_nowhere(self, seed):
        with pytest.raises(ConfigError, match=f"a seed is a whole number from .* got {seed}"):
            Condition(examples(), seed=seed)


class TestAnswers:
    def test_right_is_the_best_class_among_the_labels(self):
        answers = Answers(np.uint16([[0, 1], [2, 0], [1, 2]]), np.full((3, 2), 0.5, np.float32))
        labels = np.array([[0, -1], [1, 2], [-1, -1]], np.int64)
        assert answers.correct(labels).tolist() == [True, True, False]

    def test_scores_that_are_no_numbers(self):
        for scores in ([[np.nan], [0.5]], [[np.inf], [0.5]]):
            with pytest.raises(ModelError, match="not all numbers"):
                Answers(np.zeros((2, 1), np.uint16), np.float32(scores))

    def test_somebody_who_gives_no_scores_gives_none_at_all(self):
        silent = Answers(np.zeros((2, 1), np.uint16), np.full((2, 1), np.nan, np.float32))
        assert not silent.scored
        assert Answers(np.zeros((2, 1), np.uint16), np.ones((2, 1), np.float32)).scored

    def test_no_answer_is_never_right(self):
        said = np.array([[NO_ANSWER], [3]], np.uint16)
        answers = Answers(said, np.ones((2, 1), np.float32))
        assert answers.correct(np.array([[-1], [3]])).tolist() == [False, True]


class TestNumbersAndTables:
    def test_undefined_is_null_and_never_zero(self):
        nothing = undefined("Wilson 95 %", missing=3)
        assert not nothing.defined
        assert nothing.as_json() == {
            "value": None, "low": None, "high": None, "n": 0, "missing": 3, "method": "Wilson 95 %",
        }  # fmt: skip
        assert Estimate(0.5, 0.4, 0.6, 10, "x").as_json()["value"] == 0.5

    def test_a_row_has_one_value_per_column(self):
        with pytest.raises(DataError, match="a row of 2 values in 1 columns"):
            Table((Column("a", "A", "what a is"),), (("x", 1),))

    def test_a_card_refuses_an_empty_field(self):
        with pytest.raises(DataError, match="the card of set lacks its licence"):
            replace(CARD, licence=" ")
        with pytest.raises(DataError, match="lacks its family"):
            ModelCard("m", "", "s", "l", "t")
        assert CARD.fingerprint != replace(CARD, licence="BSD").fingerprint


class TestErrors:
    def test_all_have_one_root_and_their_facts(self):
        error = UnknownNameError("shift", "fogg", ["fog"])
        assert (error.kind, error.name, error.known) == ("shift", "fogg", ("fog",))
        moved = BudgetExceededError("e3", 0.2, 0.1)
        assert str(moved) == "example e3 moved 0.200000, allowed 0.100000"
        assert isinstance(error, FieldmarkError)
        assert isinstance(moved, FieldmarkError)

    def test_many_names_are_cut_short(self):
        message = str(UnknownNameError("model", "zzz", [f"model-{i}" for i in range(40)]))
        assert message.endswith("model-11, ….")
