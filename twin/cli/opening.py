"""Which record does a command work on, and as whom?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from twin.data_files import home as default_home
from twin.governance.session import command_line_session
from twin.record.database import Database
from twin.record.store import Store

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder of the record; COUNTERPART_HOME or data/local unless given.",
)


@contextmanager
def open_store(home: Path | None) -> Iterator[Store]:
    """Open the record as the operator of this installation, and close it."""
    with Database.open(home or default_home()) as database:
        yield database.session(command_line_session())
