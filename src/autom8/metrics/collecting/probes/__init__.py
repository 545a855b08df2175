"""The probes: each reads one part of the host."""

from __future__ import annotations

from autom8.metrics.collecting.host import Host
from autom8.metrics.collecting.patience import Patience
from autom8.metrics.collecting.ports import Probe
from autom8.metrics.collecting.probes.cpu import CpuProbe
from autom8.metrics.collecting.probes.disks import DisksProbe
from autom8.metrics.collecting.probes.filesystems import FilesystemsProbe
from autom8.metrics.collecting.probes.memory import MemoryProbe
from autom8.metrics.collecting.probes.network import NetworkProbe
from autom8.metrics.collecting.probes.processes import ProcessesProbe
from autom8.metrics.collecting.probes.system import FileHandlesProbe, LoadProbe, UptimeProbe
from autom8.metrics.collecting.probes.temperatures import TemperaturesProbe
from autom8.metrics.collecting.timer import Timer


def host_probes(host: Host, timer: Timer) -> list[Probe]:
    """All probes of a host, in the order in which they are read: what may hang comes last."""
    return [
        CpuProbe(host),
        LoadProbe(host),
        MemoryProbe(host),
        DisksProbe(host),
        NetworkProbe(host),
        FileHandlesProbe(host),
        UptimeProbe(host),
        ProcessesProbe(host, timer),
        TemperaturesProbe(host),
        FilesystemsProbe(host, Patience("mounts"), timer),
    ]
