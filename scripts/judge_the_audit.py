"""Judge the audit: every broken defence and the honest controls, against every rule.

    python scripts/judge_the_audit.py            the table of docs/audit.md, as Markdown
    python scripts/judge_the_audit.py --images 20 --only thermometer stateful

The truth is known: a broken defence answers like the honest net inside, so it is as fragile. Each
line shows the figure of the evaluation's own attack, what the audit's attacks leave, the verdict,
and the rules that fail; a rule that should see the defect is printed in bold. The last lines count
verdicts. It ends with status 1 where a verdict is not the expected one.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import process_time

from torch import nn

from fieldmark import attacks, datasets, training
from fieldmark.audits import BROKEN, Audit, audit, broken
from fieldmark.models import TorchClassifier
from fieldmark.records import Condition, ModelCard

SIZE = 0.2
CONTROLS = {
    "cnn-small": "an ordinary net",
    "mlp-small": "another",
    "cnn-medium-adversarial": "adversarially trained; evaluated by autoattack",
}


def main() -> int:
    """Print the table; 1 where a verdict is not the expected one."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--images", type=int, default=50)
    options.add_argument("--queries", type=int, default=500)
    options.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "audit-nets")
    options.add_argument("--only", nargs="*", default=[*CONTROLS, *BROKEN])
    said = options.parse_args()
    needed = {"cnn-small", "mlp-small", *(set(said.only) & set(CONTROLS))}
    nets = {name: _net(name, said.cache) for name in needed}
    plain, whole = (
        Condition(datasets.mnist_test(), attacks.attack(name, str(SIZE)))
        for name in ("pgd-linf", "autoattack-linf")
    )
    print("| model | what is wrong | own figure | at most | verdict | rules that fail | CPU s |")
    print("|---|---|---|---|---|---|---|", flush=True)
    tally = {"broken, and not believed": 0, "broken, and believed": 0}
    tally |= {"honest, and nothing found": 0, "honest, and accused": 0}
    named = 0
    for name in said.only:
        begun, bare = process_time(), nets["cnn-small"]
        model = nets[name] if name in CONTROLS else _behind(name, bare.module)
        other = nets["mlp-small" if name == "cnn-small" else "cnn-small"]
        found = audit(
            model,
            whole if "adversarial" in name else plain,
            images=said.images,
            queries=said.queries,
            substitute=other,
            twin=bare,
        )
        seen = set(found.keys("fail"))
        if name in CONTROLS:
            tally[f"honest, and {'accused' if seen else 'nothing found'}"] += 1
        else:
            tally[f"broken, and {'not believed' if seen else 'believed'}"] += 1
            named += bool(seen & set(BROKEN[name].caught_by))
        print(_line(name, found, process_time() - begun), flush=True)
    print()
    for what, count in tally.items():
        print(f"- {what}: {count}")
    print(f"- seen by a rule that should see it: {named} of {len(set(said.only) & set(BROKEN))}")
    return int(bool(tally["broken, and believed"] or tally["honest, and accused"]))


def _net(name: str, cache: Path) -> TorchClassifier:
    recipe = training.digit_recipes()[name]
    made = training.subject(recipe, datasets.mnist_train(), cache=cache).load()
    assert isinstance(made, TorchClassifier)
    return made


def _behind(name: str, net: nn.Module) -> TorchClassifier:
    card = ModelCard(name, "broken defence", "Fieldmark", "MIT", BROKEN[name].what)
    return TorchClassifier(broken(name, net), card)


def _line(name: str, found: Audit, seconds: float) -> str:
    wanted = set() if name in CONTROLS else set(BROKEN[name].caught_by)
    fails = " ".join(f"**{key}**" if key in wanted else key for key in found.keys("fail"))
    what = CONTROLS.get(name) or BROKEN[name].what
    own = found.evidence.ran("evaluated")
    figure = "cannot be run"
    if own is not None:
        figure = f"{(~own.fooled).sum() / found.evidence.counted:.0%}"
    parts = [name, what, figure, f"{found.accuracy.value:.0%}", found.kind, fails or "–"]
    return f"| {' | '.join(parts)} | {seconds:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
