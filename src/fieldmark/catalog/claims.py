"""Files of claims: sentences, and where the answers lie that are to be held against them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fieldmark.records import Claim, ConfigError, claim_of


class ClaimFile(BaseModel):
    """What a file of claims may say.

    ``claims`` are sentences. The answers are in a ``store``, or else in a ``table``, a CSV file of
    accuracies: in percent where ``percent`` says so, each of ``n`` examples where the file itself
    does not say of how many.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    claims: list[str] = Field(min_length=1)
    store: str = ""
    table: str = ""
    percent: bool = False
    n: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class Claims:
    """Claims, read, and what they are held against; "" where the file does not say."""

    claims: tuple[Claim, ...]
    store: str = ""
    table: Path | None = None
    percent: bool = False
    n: int = 0


def read_claims(path: Path) -> Claims:
    """The claims in a TOML file; relative paths in it start from its own folder.

    Raises:
        ConfigError: The file is absent, is no TOML, says something unknown, or claims something
            that nobody can tell.
    """
    try:
        read = ClaimFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {what}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        known = ", ".join(ClaimFile.model_fields)
        raise ConfigError(f"{path}: {where}: {first['msg']}; there are {known}") from error
    if "\0" in read.store + read.table:
        raise ConfigError(f"{path} names a store or a table that can be no path")
    if read.store and read.table:
        raise ConfigError(f"{path} names a store and a table; the answers are in one of them")
    base = path.resolve().parent
    return Claims(
        claims=tuple(claim_of(one) for one in read.claims),
        store=read.store if "://" in read.store or not read.store else str(base / read.store),
        table=base / read.table if read.table else None,
        percent=read.percent,
        n=read.n,
    )
