"""What Lambda calls: secrets first, then the application."""

SET_UP = "set_up_database"
"""Key of the event by which the ingestion function sets up the database."""

SECRET_ARN = "DATABASE_SECRET_ARN"  # noqa: S105 (the name of a variable)
"""Environment variable that names the secret of a function's database user."""
