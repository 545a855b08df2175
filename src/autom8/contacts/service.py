"""The contact services: what callers may ask about the people whom Autom8 tells, made once at start."""

from __future__ import annotations

from dataclasses import dataclass

from autom8.contacts.bulk import BulkService
from autom8.contacts.erasing import ErasureService
from autom8.contacts.exporting import ExportService
from autom8.contacts.groups import GroupService
from autom8.contacts.imports.service import ImportService
from autom8.contacts.merging import MergeService
from autom8.contacts.people import ContactService
from autom8.contacts.ports import Disk, Vault
from autom8.contacts.store import ContactStore
from autom8.kernel.clock import Clock
from autom8.kernel.events import AuditAppended, Bus
from autom8.repositories.unit_of_work import BeginWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactServices:
    """Everything about contacts."""

    people: ContactService
    groups: GroupService
    bulk: BulkService
    merging: MergeService
    erasures: ErasureService
    imports: ImportService
    exports: ExportService


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What contacts stand on. `region` is where phone numbers without a country code belong."""

    begin: BeginWork
    read: BeginWork
    vault: Vault
    disk: Disk
    clock: Clock
    installation_key: str
    region: str
    import_rows_max: int
    import_bytes_max: int


def build_contacts(ground: Ground, bus: Bus) -> ContactServices:
    """The contact services of one process; the trail's answers to erasures are heard from `bus`."""
    begin, read = ground.begin, ground.read
    store = ContactStore(vault=ground.vault)
    people = ContactService(begin=begin, read=read, store=store, clock=ground.clock, region=ground.region)
    erasures = ErasureService(
        begin=begin,
        read=read,
        vault=ground.vault,
        disk=ground.disk,
        installation_key=ground.installation_key,
    )
    bus.within(AuditAppended, erasures.certify)
    return ContactServices(
        people=people,
        groups=GroupService(begin=begin, read=read),
        bulk=BulkService(begin=begin, contacts=people),
        merging=MergeService(begin=begin, read=read, store=store, contacts=people, erasures=erasures),
        erasures=erasures,
        imports=ImportService(
            begin=begin,
            read=read,
            store=store,
            region=ground.region,
            rows_max=ground.import_rows_max,
            bytes_max=ground.import_bytes_max,
        ),
        exports=ExportService(
            begin=begin, read=read, store=store, contacts=people, installation_key=ground.installation_key
        ),
    )
