"""Questions in SQL: DuckDB over the cells, with nothing else in its reach."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from fieldmark.records import ConfigError, StoreError
from fieldmark.store.counting import Counts
from fieldmark.store.examples import ExamplesTable
from fieldmark.store.files import Folder
from fieldmark.store.headers import Kept
from fieldmark.store.naming import CELLS
from fieldmark.store.sqltables import cells_table, examples_table, files_table, sets_table

if TYPE_CHECKING:
    import duckdb

_PREDICTIONS = """
CREATE VIEW predictions AS
SELECT f.subject, f.condition, e.example, e.label, e.label_name,
       p.class_1::INTEGER AS predicted, s.classes[p.class_1 + 1] AS predicted_name,
       p.score_1 AS score,
       CASE WHEN e.label IS NULL THEN NULL ELSE list_contains(e.labels, p.class_1::INTEGER) END
           AS correct,
       COLUMNS('^(class|score|measure)_.*')
FROM read_parquet({files}, filename = true, file_row_number = true, union_by_name = true) p
JOIN _files f ON f.file = p.filename
JOIN _sets s ON s.fingerprint = f.fingerprint
JOIN examples e ON e.fingerprint = f.fingerprint AND e.row = p.file_row_number
"""

_NO_PREDICTIONS = """
CREATE VIEW predictions AS
SELECT '' AS subject, '' AS condition, '' AS example, 0 AS label, '' AS label_name, 0 AS predicted,
       '' AS predicted_name, 0::FLOAT AS score, false AS correct
WHERE false
"""


def answer(
    query: str,
    folder: Folder,
    kept: tuple[Kept, ...],
    counts: Callable[[], Counts],
    examples: Callable[[str], ExamplesTable],
) -> pa.Table:
    """What DuckDB answers to one SELECT over ``cells``, ``predictions`` and ``examples``.

    Args:
        query: The question.
        folder: The store's folder.
        kept: Its finished cells.
        counts: How many each of them has right.
        examples: From a fingerprint to the examples.

    Raises:
        ConfigError: The query is no single SELECT, or DuckDB cannot run it.
        StoreError: DuckDB cannot read the file of a cell.
    """
    import duckdb

    connection = duckdb.connect(config=_settings())
    try:
        connection.register("cells", cells_table(kept, counts()))
        # the other two take long where there are many cells: only for whoever names them
        asked = query.lower()
        if "predictions" in asked or "examples" in asked:
            done = [one for one in kept if one.header.status == "done"]
            prints = sorted({one.header.condition.examples.fingerprint for one in done})
            sets = [examples(fingerprint) for fingerprint in prints]
            connection.register("examples", examples_table(sets))
            if "predictions" in asked:
                _add_predictions(connection, folder, done, sets)
        _lock_down(connection)
        _refuse_other_than_select(connection, query)
        return connection.sql(query).to_arrow_table()
    except duckdb.IOException as error:
        raise StoreError(f"a file of {folder.url} cannot be read: {_line(error)}") from error
    except duckdb.Error as error:
        raise ConfigError(
            f"this query does not run: {_line(error)}. "
            "There are the tables cells, predictions and examples"
        ) from error
    finally:
        connection.close()


def _settings() -> dict[str, str | bool | int | float | list[str]]:
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",  # or SQL could name the variables of this program
        "temp_directory": "",
    }


def _add_predictions(
    connection: "duckdb.DuckDBPyConnection",
    folder: Folder,
    done: list[Kept],
    sets: list[ExamplesTable],
) -> None:
    if not done:
        connection.execute(_NO_PREDICTIONS)
        return
    if not folder.local:
        connection.register_filesystem(folder.fs)
    files = [folder.where(one.name) for one in done]
    connection.register("_files", files_table(done, files))
    connection.register("_sets", sets_table(sets))
    quoted = ", ".join(_literal(file) for file in files)
    connection.execute(f"SET allowed_directories = [{_literal(folder.where(CELLS) + '/')}]")
    connection.execute(_PREDICTIONS.format(files=f"[{quoted}]"))


def _lock_down(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _refuse_other_than_select(connection: "duckdb.DuckDBPyConnection", query: str) -> None:
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ConfigError("a question to the store is one SELECT; nothing in it can be changed")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _line(error: Exception) -> str:
    """DuckDB's message with its hint, without the drawing of the query, on one line."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(("LINE ", "^"))]
    return "; ".join(said).rstrip(".")
