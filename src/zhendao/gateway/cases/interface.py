"""``/api/v1/cases``: the queue, one case with its log, hearing and deciding, corrections, outages.

Promise: an act is answered after it was committed; what does not fit how a case stands is refused with the reason
(409). What is read is logged first. rule: SAME-DAY, CARE-LEVEL, PIPL
"""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.interface import acting_as
from zhendao.gateway.alerts.values import plain
from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk, asked_for
from zhendao.gateway.api.roles import Right
from zhendao.gateway.api.shapes import ErrorAnswer
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.cases import tasks_interface
from zhendao.gateway.cases.corrections import folded
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.errors import CaseError, NoCaseError
from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.shapes import (
    Answering,
    CaseDetail,
    CaseItem,
    CaseList,
    CorrectionItem,
    CorrectionList,
    Deciding,
    Hearing,
    OutageItem,
    Proposing,
    Unlocked,
    Unlocking,
    case_item,
    correction_item,
    line_item,
)
from zhendao.gateway.cases.values import Act, Decision, Side

_Number = Annotated[int, Path(ge=1, le=2**53)]
_CONFLICT: dict[int | str, dict[str, Any]] = {404: {"model": ErrorAnswer}, 409: {"model": ErrorAnswer}}


def add(app: FastAPI, desk: Desk, clerk: Clerk, acts: Acts) -> None:
    """Add the addresses to ``app``; ``acts``: the thread that ingests."""
    app.add_exception_handler(CaseError, _on_case)
    _add_reading(app, desk, clerk, acts)
    _add_deciding(app, desk, clerk, acts)
    _add_correcting(app, desk, clerk, acts)
    tasks_interface.add(app, desk, clerk, acts)


async def _on_case(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CaseError)  # noqa: S101 - what FastAPI registers it for
    status = 404 if isinstance(error, NoCaseError) else 409
    return problems.answer(status, said=(error.code, error.explained()))


def _add_reading(app: FastAPI, desk: Desk, clerk: Clerk, acts: Acts) -> None:
    book = clerk.casing.book

    def log(request: Request, bearer: Bearer, items: int) -> None:
        acts.do(lambda connection, _now: desk.enter(connection, bearer, "cases", asked_for(request), items=items))

    @app.get("/api/v1/cases")
    def cases(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.CASES))],
        open: Annotated[bool, Query(description="only those to be answered")] = True,  # noqa: A002, FBT002
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    ) -> CaseList:
        """Cases in the order of the queue: by care level, then by when they are due."""
        with desk.store.reading() as connection:
            items = [case_item(one) for one in book.queue(connection, waiting=open, most=limit)]
        log(request, bearer, len(items))
        return CaseList(items=items)

    @app.get("/api/v1/cases/{number}", responses=_CONFLICT)
    def case(
        request: Request, number: _Number, bearer: Annotated[Bearer, Depends(desk.having(Right.CASES))]
    ) -> CaseDetail:
        """One case with its log, and the corrections of its visit."""
        with desk.store.reading() as connection:
            found, lines = book.get(connection, number), book.lines(connection, number)
            stand = folded(one.deed for one in book.deeds(connection, visit_id=found.visit_id))
        log(request, bearer, 1)
        return CaseDetail(
            case=case_item(found),
            log=[line_item(one) for one in lines],
            corrections=[correction_item(one) for one in stand.values()],
        )

    @app.get("/api/v1/corrections")
    def corrections(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.CASES))],
        after: Annotated[int, Query(ge=0, le=2**53, description="numbers after this one")] = 0,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    ) -> CorrectionList:
        """Corrections as they stand, by number."""
        with desk.store.reading() as connection:
            stand = clerk.standing(connection)
        items = [correction_item(stand[number]) for number in sorted(stand) if number > after][:limit]
        log(request, bearer, len(items))
        return CorrectionList(items=items)


def _add_deciding(app: FastAPI, desk: Desk, clerk: Clerk, acts: Acts) -> None:
    @app.post("/api/v1/cases/{number}/heard", responses=_CONFLICT)
    def heard(
        number: _Number, asked: Hearing, bearer: Annotated[Bearer, Depends(desk.having(Right.DECIDE))]
    ) -> CaseItem:
        """Write down what one side said, or that it could not be reached."""
        by = acting_as(bearer, asked.by)
        return case_item(acts.do(clerk.hear(number, Side(asked.side), plain(asked.said), by, reached=asked.reached)))

    @app.post("/api/v1/cases/{number}/decision", responses=_CONFLICT)
    def decision(
        number: _Number, asked: Deciding, bearer: Annotated[Bearer, Depends(desk.having(Right.DECIDE))]
    ) -> CaseItem:
        """Decide a case."""
        by = acting_as(bearer, asked.by)
        return case_item(acts.do(clerk.decide(number, Decision(asked.decision), asked.reason, plain(asked.memo), by)))

    @app.post("/api/v1/cases/{number}/unlock", responses=_CONFLICT)
    def unlock(
        number: _Number, asked: Unlocking, bearer: Annotated[Bearer, Depends(desk.having(Right.SUPERVISE))]
    ) -> CaseItem:
        """Let the visit of a case be corrected after its time."""
        return case_item(acts.do(clerk.unlock(number, plain(asked.why), acting_as(bearer, asked.by))))

    @app.post("/api/v1/visits/{visit_id}/unlock", responses=_CONFLICT)
    def unlock_visit(
        visit_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
        asked: Unlocking,
        bearer: Annotated[Bearer, Depends(desk.having(Right.SUPERVISE))],
    ) -> Unlocked:
        """Let a visit be corrected after its time, whether it has a case or not."""
        by = acting_as(bearer, asked.by)
        until_ms = acts.do(clerk.unlock_visit(bytes.fromhex(visit_id), plain(asked.why), by))
        return Unlocked(visit_id=visit_id, unlocked_ms=until_ms)

    @app.post("/api/v1/outages", status_code=201, responses=_CONFLICT)
    def outages(asked: OutageItem, bearer: Annotated[Bearer, Depends(desk.having(Right.SUPERVISE))]) -> OutageItem:
        """Write down that something was down; the cases that it touched are given its reason."""
        device = None if asked.device is None else bytes.fromhex(asked.device)
        by = acting_as(bearer, asked.by)
        acts.do(clerk.outage(Outage(asked.what, asked.from_ms, asked.to_ms, device), by))
        return asked.model_copy(update={"by": by})


def _add_correcting(app: FastAPI, desk: Desk, clerk: Clerk, acts: Acts) -> None:
    @app.post("/api/v1/corrections", status_code=201, responses=_CONFLICT)
    def propose(asked: Proposing, bearer: Annotated[Bearer, Depends(desk.having(Right.CORRECT))]) -> CorrectionItem:
        """Propose other times of a visit."""
        times, by = (asked.begin_ms, asked.end_ms), acting_as(bearer, asked.by)
        visit, said = bytes.fromhex(asked.visit_id), (plain(asked.attested), plain(asked.memo))
        return correction_item(acts.do(clerk.propose(visit, times, asked.reason, *said, by)))

    @app.post("/api/v1/corrections/{number}", responses=_CONFLICT)
    def answer(
        number: _Number, asked: Answering, bearer: Annotated[Bearer, Depends(desk.having(Right.DECIDE))]
    ) -> CorrectionItem:
        """Approve, refuse or withdraw a correction."""
        by = acting_as(bearer, asked.by)
        return correction_item(acts.do(clerk.answer(number, Act(asked.act), plain(asked.memo), by)))
