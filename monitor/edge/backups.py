"""A database at work and its configuration become one compressed, verified file; and that file becomes them again."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import zstandard

from monitor.edge import migrate, soundness
from monitor.errors import MonitorError, StoreError

SUFFIX = ".tar.zst"
DATABASE = "monitor.db"
MANIFEST = "manifest.json"
FILES = "files/"  # the configuration and what it names, by paths that start from its folder
# A third of the time of the next level, for a twentieth more bytes, of an archive of news.
LEVEL = 6
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    version: str
    schema: str
    bytes: int  # of the database
    digests: Mapping[str, str] = field(default_factory=dict)  # of each part, SHA-256


def pack(database: Path, schema: str, files: Mapping[str, Path], target: Path, now: datetime, version: str) -> Manifest:
    """Copy a database that may be at work, with these files, to `target`; read back and compared before it counts."""
    part = target.with_name(f".{target.name}.part")
    try:
        with TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
            copy = migrate.backup(database, Path(folder) / DATABASE)
            parts = {DATABASE: copy, **{FILES + name: path for name, path in files.items()}}
            digests = {name: _digest(path.open("rb")) for name, path in parts.items()}
            manifest = Manifest(now.isoformat(), version, schema, copy.stat().st_size, digests)
            _write(part, parts, manifest)
        verify(part)
        part.chmod(0o600)
        part.replace(target)
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}", hint="free space there, or name another folder") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(target: Path, parts: Mapping[str, Path], manifest: Manifest) -> None:
    told = json.dumps(asdict(manifest), indent=1).encode()
    compressor = zstandard.ZstdCompressor(level=LEVEL, threads=-1, write_checksum=True)
    with (
        target.open("xb") as raw,
        compressor.stream_writer(raw, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        head = tarfile.TarInfo(MANIFEST)
        head.size, head.mode = len(told), 0o600
        tar.addfile(head, io.BytesIO(told))
        for name, path in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as stream:
                tar.addfile(entry, stream)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def verify(file: Path) -> Manifest:
    """Read a backup from end to end; StoreError when a part is missing, cut off or not what it was."""
    with _opened(file) as tar:
        manifest = _manifest(file, tar)
        found = {entry.name: _digest(_stream(file, tar, entry)) for entry in tar if entry.name != MANIFEST}
    wrong = sorted(name for name in {*found, *manifest.digests} if found.get(name) != manifest.digests.get(name))
    if wrong:
        raise StoreError(f"{file}: damaged: {', '.join(wrong)}", hint="take another backup")
    return manifest


def unpack(file: Path, database: Path, now: datetime) -> Path | None:
    """Put the database of a verified backup in its place; where the one that lay there is kept, if one did.

    The caller sees to it that nobody works on it.
    """
    fresh = database.with_name(f".{database.name}.restored")
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        if is_plain(file):
            migrate.backup(file, fresh)
        else:
            _lay(file, fresh)
        if faults := soundness.damage(fresh):
            raise StoreError(f"{file}: its database is damaged: {faults[0]}", hint="take another backup")
        fresh.chmod(0o600)
        _own_as(fresh, database.parent)
        kept = _set_aside(database, now)
        fresh.replace(database)
    except OSError as error:
        raise StoreError(
            f"{database}: {error.strerror}", hint="see that there is room and that it may be written"
        ) from error
    finally:
        for rest in (fresh, *(fresh.with_name(fresh.name + end) for end in ("-wal", "-shm", "-journal"))):
            rest.unlink(missing_ok=True)
    return kept


def is_plain(file: Path) -> bool:
    """Whether it is a database as it is: a copy that was made before an upgrade, or by `monitor db backup`."""
    try:
        with file.open("rb") as stream:
            return stream.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def _lay(file: Path, fresh: Path) -> None:
    with _opened(file) as tar, fresh.open("wb") as target:
        _manifest(file, tar)
        stream = _stream(file, tar, next(entry for entry in tar if entry.name == DATABASE))
        while block := stream.read(_BLOCK):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())


def unpack_files(file: Path, folder: Path) -> list[Path]:
    """Write the configuration of a backup, and what it names, to a folder; what is there already is left alone."""
    written = []
    with _opened(file) as tar:
        _manifest(file, tar)
        for entry in tar:  # the manifest first, once more
            target = folder / entry.name.removeprefix(FILES)
            inside = target.resolve().is_relative_to(folder.resolve())
            if not entry.name.startswith(FILES) or not inside or target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_stream(file, tar, entry).read())
            written.append(target)
    return written


def rotate(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest backups of a folder; those that were."""
    old = sorted(folder.glob(f"monitor-*{SUFFIX}"))[:-keep] if keep else []
    for file in old:
        file.unlink(missing_ok=True)
    return old


def newest(folder: Path) -> Path | None:
    """The newest backup of a folder; their names bear their time."""
    return max(folder.glob(f"monitor-*{SUFFIX}"), default=None)


def _set_aside(database: Path, now: datetime) -> Path | None:
    """Move a database away with what belongs to it: the log beside it is no part of another."""
    if not database.exists():
        return None
    kept = database.with_name(f"{database.name}.replaced-{now:%Y%m%dT%H%M%S}")
    for end in ("-wal", "-shm", ""):
        beside = database.with_name(database.name + end)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + end))
    return kept


def _own_as(file: Path, folder: Path) -> None:
    """Who runs the daemon owns the folder: root that restores must not lock it out."""
    if os.geteuid() == 0:
        there = folder.stat()
        os.chown(file, there.st_uid, there.st_gid)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with (
            file.open("rb") as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            yield tar
    except FileNotFoundError as error:
        raise StoreError(f"{file}: there is no such file", hint="`monitor backup` makes them") from error
    except (zstandard.ZstdError, tarfile.TarError, EOFError, ValueError, KeyError, StopIteration) as error:
        raise StoreError(f"{file}: is no whole backup: {error}", hint="take another backup") from error


def _manifest(file: Path, tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > _BLOCK:
        raise StoreError(f"{file}: is no backup of monitor", hint="`monitor backup` makes them")
    return Manifest(**json.loads(_stream(file, tar, first).read()))


def _stream(file: Path, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(entry)
    if stream is None:
        raise StoreError(f"{file}: {entry.name} is no file", hint="take another backup")
    return stream


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    with stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def check_schema(manifest: Manifest, file: Path) -> None:
    """MonitorError when a newer program made it."""
    if manifest.schema > migrate.HEAD:
        raise MonitorError(
            f"{file}: its schema is {manifest.schema}, this program knows {migrate.HEAD} at most",
            hint=f"install monitor {manifest.version} or newer",
        )
