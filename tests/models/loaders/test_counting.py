import subprocess
import sys

import pytest

from fieldmark.models import counted_architectures, loaders
from fieldmark.models.torchvision_shim import needs_torchvision


@pytest.mark.slow
def test_files_tell_as_many_architectures_as_the_libraries():
    clip = needs_torchvision("open_clip", extra="clip", purpose="tests")
    # Other tests may have added a configuration of their own to open_clip's.
    shipped = [one for one in clip.list_models() if one != "small"]
    assert counted_architectures() == {
        "timm": f"{len(loaders.names_of('timm'))} architectures",
        "torchvision": f"{len(loaders.names_of('torchvision'))} architectures",
        "openclip": f"{len(shipped)} architectures",
    }


def test_counting_imports_none_of_them():
    heavy = "{'torch', 'timm', 'torchvision', 'open_clip'}"
    asked = (
        "import sys; from fieldmark.models import counted_architectures; "
        f"counted_architectures(); print({heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
