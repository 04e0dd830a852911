"""Setting up the database of an installation from inside its network.

The operator's command reads the secrets with the operator's rights and sends them along with one
call of the ingestion function. So no function may read the administrator's password by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.engine import URL

from infra.credentials import Login
from infra.database import Role, create_database
from infra.errors import DatabaseConflict


@dataclass(frozen=True)
class SetUp:
    """What `create_database` needs to know."""

    host: str
    database: str
    keys: Sequence[str]
    admin: Login = field(repr=False)
    reader: Login = field(repr=False)
    writer: Login = field(repr=False)

    def to_event(self) -> dict[str, Any]:
        """As JSON takes it, passwords and all."""
        return asdict(self)

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "SetUp":
        """From to_event."""
        logins = {name: Login(**event[name]) for name in ("admin", "reader", "writer")}
        return cls(host=event["host"], database=event["database"], keys=event["keys"], **logins)

    @property
    def admin_url(self) -> str:
        url = URL.create(
            "postgresql",
            username=self.admin.user,
            password=self.admin.password,
            host=self.host.partition(":")[0],
            port=int(self.host.partition(":")[2] or 5432),
            database=self.database,
        )
        return url.render_as_string(hide_password=False)


def set_up(event: Mapping[str, Any]) -> dict[str, str]:
    """Set the database up; `error` says why it was left alone, else `done` what it is now."""
    wanted = SetUp.parse(event)
    roles = [Role(each.user, each.password) for each in (wanted.reader, wanted.writer)]
    try:
        create_database(wanted.admin_url, wanted.keys, *roles)
    except DatabaseConflict as error:
        return {"error": str(error)}
    return {
        "done": f"the database {wanted.database} holds datasets by {', '.join(wanted.keys)}; "
        f"{wanted.reader.user} may read, {wanted.writer.user} may write"
    }
