"""Our own tables beside Terracotta's."""

from sqlalchemy import Column, MetaData, Table, Text

metadata = MetaData()

categorical_colors = Table(
    "categorical_colors",
    metadata,
    Column("product", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("color", Text, nullable=False),
    Column("origin", Text, nullable=False),
)
