"""Lists of the watched folders and of what became of their files."""

from __future__ import annotations

from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs import watching as specs
from crmdesk.models.tables.watching import watch_log, watched_folder
from crmdesk.services.lists.columns import Column, ListSpec, Source
from crmdesk.services.lists.records import searcher
from crmdesk.text import N_

WATCHED_FOLDERS = ListSpec(
    kind="watched_folders",
    label=N_("Watched folders"),
    columns=(
        *(
            Column(field, watched_folder.c[field.name])
            for field in pick(specs.WATCHED_FOLDER, "folder", "kind", "mode", "sheet", "account")
        ),
        Column(specs.ACTIVE, watched_folder.c.is_active),
    ),
    source=Source(
        table=watched_folder, id=watched_folder.c.id, columns={}, search=searcher(watched_folder.c.folder)
    ),
    default_sort="folder",
    empty_text=N_("No folder is watched. Choose one into which another program puts its files."),
)

_COUNTS = (
    ("read", N_("Read")),
    ("created", N_("Created")),
    ("updated", N_("Updated")),
    ("skipped", N_("Skipped")),
    ("failed", N_("Refused rows")),
)

WATCH_LOG = ListSpec(
    kind="watch_log",
    label=N_("Files of the watched folders"),
    columns=(
        Column(Field("at", Kind.MOMENT, N_("When"), width=18), watch_log.c.at),
        Column(Field("file", Kind.TEXT, N_("File"), width=28), watch_log.c.file_name),
        Column(specs.OUTCOME, watch_log.c.outcome),
        *(
            Column(Field(name, Kind.INTEGER, label, sign="any", width=8), watch_log.c[f"{name}_count"])
            for name, label in _COUNTS
        ),
        Column(Field("batch", Kind.INTEGER, N_("Batch"), sign="any"), watch_log.c.batch_id),
        Column(Field("message", Kind.TEXT, N_("Message"), width=40), watch_log.c.message),
        Column(Field("moved_to", Kind.TEXT, N_("Moved to"), width=30), watch_log.c.moved_to),
        Column(Field("folder", Kind.TEXT, N_("Folder"), width=30), watch_log.c.folder, is_shown=False),
    ),
    source=Source(
        table=watch_log,
        id=watch_log.c.id,
        columns={},
        search=searcher(watch_log.c.file_name, watch_log.c.message),
    ),
    default_sort="-at",
    empty_text=N_("No file came through a watched folder yet."),
)
