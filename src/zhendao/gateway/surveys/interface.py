"""``/api/v1/anomalies``: what is found of visits, terminals and patterns of visits; logged before it is given.

rule: PIPL
"""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.shapes import Page
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.surveys import listing
from zhendao.gateway.surveys.listing import Wanted

_MAX_MS = 2**53


class AnomalyItem(BaseModel):
    """A finding as it is now; ``finding`` is what `judge` writes of it (docs/judge.md)."""

    id: str
    state: str = Field(description="found, or cleared")
    revision: int
    at_ms: int | None = Field(description="when what it is about was; null: of no moment")
    found_ms: int
    changed_ms: int
    finding: dict[str, Any]


def add(app: FastAPI, desk: Desk) -> None:
    """Add the list of findings to ``app``."""

    @app.get("/api/v1/anomalies")
    def anomalies(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.CASES))],
        kind: Annotated[str | None, Query(pattern="^[a-z_]{1,32}$")] = None,
        visit_id: Annotated[str | None, Query(pattern="^[0-9a-fA-F]{32}$")] = None,
        since_ms: Annotated[int | None, Query(ge=-_MAX_MS, le=_MAX_MS)] = None,
        until_ms: Annotated[int | None, Query(ge=-_MAX_MS, le=_MAX_MS)] = None,
        cleared: Annotated[bool, Query(description="those that went, too")] = False,  # noqa: FBT002
        names: Annotated[bool, Query(description="card numbers unmasked, for roles that may")] = False,  # noqa: FBT002
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}-[0-9a-f]{32}$")] = None,
    ) -> Page[AnomalyItem]:
        """What was found, the last changed first; times are of the change."""
        if names and not allows(bearer.role, Right.NAMES):
            raise HTTPException(403)
        wanted = Wanted(kind, None if visit_id is None else bytes.fromhex(visit_id), since_ms, until_ms, cleared)

        def read(connection: Connection) -> Page[AnomalyItem]:
            items, following = listing.findings(
                connection, desk.store_key, wanted, limit=limit, before=before, numbers=names
            )
            return Page(items=[AnomalyItem(**one) for one in items], next=following)

        return desk.page(request, bearer, read, names=names)
