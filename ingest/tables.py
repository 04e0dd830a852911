"""The one table that ingestion keeps beside Terracotta's own."""

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
"""The colour of a label in all dates of a product, as 6 or 8 (with alpha) hex digits.

`origin` says who gave it: `operator`, `raster`, `palette`, or the class file as `s3://...`.
"""
