import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("room", ["models", "training"])
def test_the_door_opens_without_torch_and_scikit_learn(room):
    heavy = "{'torch', 'sklearn', 'skops', 'scipy'}"
    asked = f"import sys, fieldmark.{room}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
