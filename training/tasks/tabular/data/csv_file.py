"""The user's own table: a CSV or TSV file with a header."""

from __future__ import annotations

from models.errors import InvalidSetting
from training.data.files.delimited import DelimitedFile
from training.data.tables.expected_column import expect_column
from training.tasks.tabular.data import DATASETS
from training.tasks.tabular.data.assembly import assemble, read_columns
from training.tasks.tabular.data.table_dataset import TableDataset
from training.tasks.tabular.recipe import TableData


def load(data: TableData) -> TableDataset:
    """Loads the table at `data.path`.

    Raises:
        InvalidSetting: There is no such file, it is no table, or not one as the recipe says.
    """
    if data.path is None:
        raise InvalidSetting(
            "data.path: csv is your own data; expected a CSV or TSV file: --set data.path=..."
        )
    file = DelimitedFile(data.path.expanduser())
    known = ", ".join(filter(None, file.header))
    if data.target_column is None:
        raise InvalidSetting(f"data.target_column: expected the column to predict, one of: {known}")
    # Told before a large file is read.
    expect_column(data.target_column, file.header, "data.target_column")
    columns = read_columns(file.header, file.rows())
    if not len(columns[data.target_column]):
        raise InvalidSetting(f"{data.path}: expected rows below the header, found none")
    source = f"{DATASETS[data.dataset].home}, {data.path.name}"
    return assemble(columns, data.target_column, data, source=source)
