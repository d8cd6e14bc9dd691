"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import GradstepError, SessionError, write_at_once


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    for lines in (["∂loss", "2"], ["other"]):
        write_at_once(path, lines)
        assert path.read_bytes() == "".join(f"{line}\n" for line in lines).encode()
        assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), ValueError("a mistake"), OSError("io")])
def test_lines_that_fail_half_way_leave_the_old_file(
    tmp_path: Path, failure: BaseException
) -> None:
    def lines() -> Iterator[str]:
        yield "new"
        raise failure

    path = tmp_path / "made.txt"
    path.write_text("old")
    # What goes wrong with the disk is explained; what goes wrong elsewhere is not hidden.
    wanted = GradstepError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(wanted):
        write_at_once(path, lines())
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("name", ["", "no/such/folder.txt", "nul\0.txt", "long" * 100])
def test_a_file_that_cannot_be_written_is_explained(tmp_path: Path, name: str) -> None:
    with pytest.raises(SessionError, match="cannot write"):
        write_at_once(tmp_path / name if name else Path(), ["line"], SessionError)


@pytest.mark.skipif(os.name == "nt", reason="links and permissions as POSIX has them")
def test_a_link_stays_a_link_and_a_private_file_stays_private(tmp_path: Path) -> None:
    file, link = tmp_path / "made.txt", tmp_path / "link.txt"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file.name)
    write_at_once(link, ["new"])
    assert link.is_symlink()
    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_at_once(pipe, ["∂loss", "2"])
        assert os.read(reader, 100).decode() == "∂loss\n2\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [*tmp_path.iterdir()] == [pipe]


def test_text_that_is_no_unicode_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(GradstepError, match="cannot write"):
        write_at_once(tmp_path / "made.txt", ["\udc80"])
    assert not [*tmp_path.iterdir()]
