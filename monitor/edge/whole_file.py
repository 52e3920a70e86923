"""What a command writes becomes a file: whole, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from monitor.errors import ConfigError


@contextmanager
def whole_file(file: Path) -> Iterator[IO[bytes]]:
    """A file to write beside the old one, which it takes the place of when all went well."""
    target = file.resolve()
    beside: Path | None = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as made:
            beside = Path(made.name)
            yield made
            made.flush()
            os.fsync(made.fileno())
        beside.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        beside.replace(target)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}", hint="name another file or folder") from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
