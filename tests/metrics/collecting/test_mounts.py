"""Which mounts are told of, under which names, and that one that hangs holds up no other."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.clock import BootClock
from autom8.metrics.collecting import mounts
from autom8.metrics.collecting.host import shown
from autom8.metrics.collecting.mounts import MOUNTS_MAX, real_mounts, unescaped
from autom8.metrics.collecting.patience import Patience
from autom8.metrics.collecting.probes import filesystems
from autom8.metrics.collecting.probes.filesystems import FilesystemsProbe, Space, space_of
from autom8.metrics.collecting.timer import Timer
from tests.metrics.collecting.fake_host import a_host, values

A_SPACE = Space(size=1000, free=400, available=350, inodes=100, inodes_free=75)


def line(
    point: str,
    fstype: str = "ext4",
    *,
    number: str = "8:1",
    root: str = "/",
    options: str = "rw",
    source: str = "d",
) -> str:
    return f"36 35 {number} {root} {point} {options} shared:1 master:2 - {fstype} {source} rw,errors=x\n"


def points(*lines: str) -> list[str]:
    return [shown(mount.point) for mount in real_mounts("".join(lines).encode())]


def test_pseudo_file_systems_images_and_those_in_memory_are_left_out() -> None:
    kinds = ["proc", "sysfs", "tmpfs", "cgroup2", "devtmpfs", "squashfs", "iso9660", "fuse.lxcfs", "autofs"]
    pseudo = [line(f"/p{n}", kind, number=f"0:{n}") for n, kind in enumerate(kinds)]

    assert points(
        *pseudo, line("/"), line("/z", "zfs", number="0:50"), line("/n", "nfs4", number="0:51")
    ) == [
        "/",
        "/z",
        "/n",
    ]


def test_of_one_file_system_one_mount_is_told_and_best_a_whole_one() -> None:
    assert points(line("/"), line("/again"), line("/var/bind", root="/var")) == ["/"]
    assert points(line("/var/bind", root="/var"), line("/whole")) == ["/whole"]
    assert points(line("/home", "btrfs", root="/@home"), line("/", "btrfs", root="/@")) == ["/home"]


def test_what_is_mounted_over_is_not_told() -> None:
    assert points(line("/data"), line("/data", "proc", number="0:9")) == []
    assert points(line("/data"), line("/data", number="8:2", source="two")) == ["/data"]
    assert real_mounts((line("/d") + line("/d", number="8:2", source="two")).encode())[0].device == "two"


def test_layers_are_told_as_the_root_of_a_container_only() -> None:
    assert points(
        line("/", "overlay"), line("/var/lib/docker/overlay2/a/merged", "overlay", number="0:9")
    ) == ["/"]


def test_mounts_of_this_machine_come_first_and_there_is_an_end() -> None:
    many = [line(f"/m{n}", number=f"9:{n}") for n in range(2 * MOUNTS_MAX)]
    found = points(line("/n", "nfs", number="0:1"), line("/s", "fuse.sshfs", number="0:2"), *many)

    assert found == [f"/m{n}" for n in range(MOUNTS_MAX)]
    assert points(line("/n", "nfs", number="0:1"), line("/l")) == ["/l", "/n"]


def test_reading_only_is_told_of_the_file_system_and_not_of_what_a_service_may_see() -> None:
    text = line("/a", options="ro,noatime") + line("/b", number="8:2").replace("rw,errors=x", "ro,errors=x")

    assert [mount.readonly for mount in real_mounts(text.encode())] == [False, True]


@given(st.binary(min_size=1, max_size=30).filter(lambda name: b"\0" not in name))
def test_any_name_that_a_mount_may_have_is_read_as_it_is(name: bytes) -> None:
    escaped = b"".join(b"\\%03o" % byte if byte in b" \t\n\\#" else bytes([byte]) for byte in name)
    text = b"36 35 8:1 / /" + escaped + b" rw - ext4 /dev/x rw\n"

    assert unescaped(escaped) == name
    assert [mount.point for mount in real_mounts(text)] == [b"/" + name]


@given(st.binary(max_size=200))
def test_no_text_makes_it_fail(text: bytes) -> None:
    real_mounts(text)


def test_mounts_with_blanks_line_ends_and_foreign_bytes_in_their_names_are_asked_and_named(
    tmp_path: Path,
) -> None:
    names = [b"with blank", b"two\nlines", b"tab\there", b"back\\slash", b"no\xffutf8"]
    lines = []
    for number, name in enumerate(names):
        point = bytes(tmp_path) + b"/" + name
        Path(point.decode("utf-8", "surrogateescape")).mkdir()
        escaped = b"".join(b"\\%03o" % byte if byte in b" \t\n\\" else bytes([byte]) for byte in point)
        lines.append(b"36 35 8:%d / %s rw - ext4 /dev/x rw\n" % (number, escaped))
    host = a_host(tmp_path / "host", mountinfo=b"".join(lines))
    found = values(FilesystemsProbe(host, Patience("test"), Timer.by(BootClock())).read())

    told = {key[3] for key in found if key[0] == "host_filesystem_size_bytes"}
    assert told == {
        f"{tmp_path}/{name}" for name in ("with blank", "two\nlines", "tab\there", "back\\slash")
    } | {f"{tmp_path}/no\\xffutf8"}


def test_space_and_inodes_are_told_as_df_does(tmp_path: Path) -> None:
    found = probe_values(tmp_path, line("/"), ask=lambda _: A_SPACE)

    assert found["host_filesystem_size_bytes"] == 1000
    assert found["host_filesystem_used_percent"] == pytest.approx(100 * 600 / 950)
    assert found["host_filesystem_inodes_used_percent"] == 25
    assert found["host_filesystem_readonly"] == 0
    assert found["host_filesystem_unreachable"] == 0


def test_a_file_system_without_a_limit_of_inodes_tells_none(tmp_path: Path) -> None:
    found = probe_values(tmp_path, line("/"), ask=lambda _: A_SPACE._replace(inodes=0, inodes_free=0))

    assert not [name for name in found if "inodes" in name]


def test_a_full_one_without_any_space_makes_no_division_by_zero(tmp_path: Path) -> None:
    found = probe_values(tmp_path, line("/"), ask=lambda _: Space(1, 1, 0, 0, 0))

    assert "host_filesystem_used_percent" not in found


def test_a_file_that_is_mounted_on_another_and_what_has_no_size_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").touch()

    assert space_of(bytes(tmp_path / "resolv.conf")) is None
    assert space_of(b"/proc") is None
    assert probe_values(tmp_path, line("/x"), ask=lambda _: None) == {}


def test_a_mount_that_nobody_else_may_see_is_left_out(tmp_path: Path) -> None:
    def refused(_: bytes) -> Space:
        raise PermissionError

    assert probe_values(tmp_path, line("/run/user/7/gvfs", "fuse.other"), ask=refused) == {}


def probe_values(tmp_path: Path, *lines: str, ask: object) -> dict[str, float]:
    host = a_host(tmp_path / "host", mountinfo="".join(lines))
    probe = FilesystemsProbe(host, Patience("test"), Timer.by(BootClock()), ask)  # type: ignore[arg-type]
    return {key[0]: value for key, value in values(probe.read()).items()}


def test_a_mount_that_hangs_or_fails_stops_no_other_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystems, "EACH_S", 0.05)
    lets_go = threading.Event()
    asked: list[bytes] = []

    def ask(point: bytes) -> Space:
        asked.append(point)
        if point == b"/nfs":
            lets_go.wait(10)
        if point == b"/broken":
            raise OSError(5, "Input/output error")
        return A_SPACE

    text = (
        line("/nfs", "nfs", number="0:1")
        + line("/broken", number="8:3")
        + line("/")
        + line("/b", number="8:2")
    )
    host = a_host(tmp_path, mountinfo=text)
    probe = FilesystemsProbe(host, Patience("test"), Timer.by(BootClock()), ask)
    first = unreachable(probe)
    again = unreachable(probe)
    hung = asked.count(b"/nfs")
    lets_go.set()
    while unreachable(probe)["/nfs"]:  # its thread needs a moment to come back
        pass

    assert first == again == {"/nfs": 1, "/broken": 1, "/": 0, "/b": 0}
    assert hung == 1  # it is not asked again while it hangs: no thread is added each time


def unreachable(probe: FilesystemsProbe) -> dict[str, float]:
    found = values(probe.read()).items()
    return {key[3]: value for key, value in found if key[0] == "host_filesystem_unreachable"}


def test_many_that_hang_cost_a_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystems, "EACH_S", 0.1)
    monkeypatch.setattr(filesystems, "ALL_S", 0.2)
    monkeypatch.setattr(filesystems, "LEAST_S", 0.001)
    lets_go = threading.Event()

    def ask(_: bytes) -> Space:
        lets_go.wait(20)
        return A_SPACE

    host = a_host(tmp_path, mountinfo="".join(line(f"/n{n}", "nfs", number=f"0:{n}") for n in range(100)))
    timer = Timer.by(BootClock())
    probe = FilesystemsProbe(host, Patience("many"), timer, ask)
    began_s = timer.elapsed_s()
    found = unreachable(probe)
    took_s = timer.elapsed_s() - began_s
    threads = sum(each.name == "collect-many" for each in threading.enumerate())
    lets_go.set()

    assert list(found.values()) == [1] * 100
    assert took_s < 2
    assert threads <= 32
    assert mounts.MOUNTS_MAX >= 100
