"""``/api/v1/visits/{id}/tasks``: what was done in a visit and what was refused, told and read.

What is read is logged first. rule: EVIDENCE, PIPL
"""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request
from pydantic import BaseModel, Field

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.interface import acting_as
from zhendao.gateway.alerts.values import plain
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.roles import Right
from zhendao.gateway.api.shapes import ErrorAnswer
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.tasks import MOST, Refused, Tasks

_Visit = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_Task = Annotated[str, Field(min_length=1, max_length=64)]
_CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": ErrorAnswer}}


class RefusedItem(BaseModel):
    """A task that was not done, and why."""

    task: _Task
    why: str = Field(min_length=1, max_length=200)


class TellingTasks(BaseModel):
    """What was done, and what was refused."""

    by: str = Field(default="", max_length=40)
    done: list[_Task] = Field(default=[], max_length=MOST)
    refused: list[RefusedItem] = Field(default=[], max_length=MOST)


class TasksItem(BaseModel):
    """What somebody told of a visit; times in UTC ms."""

    visit_id: str
    by: str
    at_ms: int
    done: list[str]
    refused: list[RefusedItem]


class TasksList(BaseModel):
    """All that was told of a visit: the first one stands, the others are what stood before."""

    items: list[TasksItem]


def _listed(several: list[Tasks]) -> TasksList:
    return TasksList(
        items=[
            TasksItem(
                visit_id=one.visit_id.hex(), by=one.by, at_ms=one.at_ms, done=list(one.done),
                refused=[RefusedItem(task=no.task, why=no.why) for no in one.refused],
            )
            for one in several
        ]
    )  # fmt: skip


def add(app: FastAPI, desk: Desk, clerk: Clerk, acts: Acts) -> None:
    """Add the addresses to ``app``; ``acts``: the thread that ingests."""

    @app.post("/api/v1/visits/{visit_id}/tasks", status_code=201, responses=_CONFLICT)
    def tell(
        visit_id: _Visit, asked: TellingTasks, bearer: Annotated[Bearer, Depends(desk.having(Right.CORRECT))]
    ) -> TasksList:
        """Tell what was done in a visit and what was refused."""
        refused = [Refused(plain(one.task), plain(one.why)) for one in asked.refused]
        done = [plain(one) for one in asked.done]
        telling = clerk.tell_tasks(bytes.fromhex(visit_id), done, refused, acting_as(bearer, asked.by))
        return _listed(acts.do(telling)[:1])

    @app.get("/api/v1/visits/{visit_id}/tasks")
    def tasks(
        request: Request, visit_id: _Visit, bearer: Annotated[Bearer, Depends(desk.having(Right.CASES))]
    ) -> TasksList:
        """All that was told of a visit, the last one first."""
        with desk.store.reading() as connection:
            found = clerk.casing.book.tasks(connection, bytes.fromhex(visit_id))
        acts.do(lambda connection, _now: desk.enter(connection, bearer, "tasks", request.url.path, items=len(found)))
        return _listed(found)
