"""Which of these classifiers holds up on digits of other writers, and is it luck?

python examples/which_models_hold_up.py
"""

import fieldmark as fm

SUBJECTS = ["nearest-neighbour", "ridge", "random-features", "mlp-small", "mlp-large"]


def main(store: str = "example-store") -> None:
    """Ask five quick classifiers, and print who is where."""
    kept = fm.run(SUBJECTS, ["mnist-test", "uci-digits"], store)
    print(fm.render(fm.effective_robustness(kept, on="uci-digits")))
    print(fm.compare(kept, "nearest-neighbour", "mlp-large", condition="uci-digits").statement)


if __name__ == "__main__":
    main()
