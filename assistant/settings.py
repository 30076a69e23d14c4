"""What a site may set: environment variables RADASSIST_*, or a TOML file. Read once by a door and passed down."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assistant.errors import SetupError


@dataclass(frozen=True, slots=True)
class Settings:
    """The site's choices; every one has a safe default."""

    reader: str = "rules"
    """Who makes claims about guideline inputs."""
    language: str | None = None
    """Language of the explanation, "en" or "zh"; None: the report's own."""
    mute: frozenset[str] = frozenset()
    """Issue types and rules that this site does not want to see."""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from the file that RADASSIST_CONFIG names (TOML), overridden by RADASSIST_<NAME>.

        Raises:
            SetupError: the file is missing or malformed, or has a setting that nothing here has, or one of the wrong kind.
        """
        env = os.environ if environ is None else environ
        known = {f.name for f in fields(cls)}
        values: dict[str, Any] = _from_file(Path(env["RADASSIST_CONFIG"]), known) if env.get("RADASSIST_CONFIG") else {}
        for name in known:
            if value := env.get(f"RADASSIST_{name.upper()}"):
                values[name] = value
        if "mute" in values:
            mute = values["mute"]
            if not isinstance(mute, str | list):
                raise _wrong_kind("mute", mute, 'names: mute = ["spelling"]')
            values["mute"] = frozenset(mute.replace(",", " ").split() if isinstance(mute, str) else map(str, mute))
        for name in ("reader", "language"):
            if not isinstance(values.get(name, ""), str):
                raise _wrong_kind(name, values[name], f'a name in quotes: {name} = "..."')
        return cls(**values)


def _wrong_kind(name: str, value: object, wanted: str) -> SetupError:
    return SetupError(f"The setting {name!r} cannot be {value!r}.", hint=f"It takes {wanted}.")


def _from_file(path: Path, known: set[str]) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SetupError(f"The settings file {path} cannot be read.", hint="Correct or unset RADASSIST_CONFIG.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: {error}", hint="Settings are TOML: name = value, one a line.") from error
    if unknown := sorted(set(values) - known):
        raise SetupError(f"{path}: there is no setting {', '.join(map(repr, unknown))}.", hint=f"Settings: {', '.join(sorted(known))}.")
    return values
