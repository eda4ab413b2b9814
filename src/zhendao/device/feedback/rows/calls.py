"""Calls for help: what the elder, or the caregiver who reports an incident, hears of them.

Promise: only what is true: recorded here, with the gateway, with a person; and where nobody has it yet, that too, with
what to do meanwhile. They are heard at any hour.
"""

from zhendao.device.feedback.moment import Moment
from zhendao.device.feedback.shown import Origin, Page, Shown, Signal
from zhendao.protocol.wording import Text

CALLS: dict[Moment, Shown] = {
    Moment.SOS_CALLING: Shown(
        Signal.CALLING,
        Text("求助已记录，正在呼叫", "call recorded, calling now"),
        *(Origin.CALL, Page.CALLING),
        Text("正在为您呼叫", "calling for help"),
    ),
    Moment.SOS_ARRIVED: Shown(
        Signal.REACHED,
        Text("平台已收到求助，正在找值班人员", "the gateway has your call, the duty seat is being told"),
        *(Origin.CALL, Page.REACHED),
        Text("平台已收到，正在找人", "call arrived, finding someone"),
    ),
    Moment.SOS_RECEIVED: Shown(
        Signal.HEARD,
        Text("值班人员已收到求助", "a person at the duty seat has your call"),
        *(Origin.CALL, Page.CALL_TAKEN),
        Text("值班人员已收到", "the duty seat has your call"),
    ),
    Moment.SOS_NOBODY_YET: Shown(
        Signal.UNHEARD,
        Text("还没有人应答，仍在呼叫；危急请拨 120", "nobody has answered yet, still calling; in danger dial 120"),
        *(Origin.CALL, Page.CALL_ALONE),
        Text(
            "还没有人应答，仍在呼叫。危急请拨打一二零",
            "nobody has answered yet, still calling. In danger, dial one two zero",
        ),
    ),
    Moment.SOS_ESCALATED: Shown(
        Signal.REACHED,
        Text("已转下一级值班，仍在呼叫", "passed on to the next duty seat, still calling"),
        *(Origin.CALL, Page.REACHED),
        Text("已转下一级值班，仍在呼叫", "passed on to the next duty seat, still calling"),
    ),
    Moment.SOS_OFFLINE: Shown(
        Signal.UNHEARD,
        Text("没有网络，求助已记录，一直在试；请拨 120", "no network; your call is kept and tried again; dial 120"),
        *(Origin.CALL, Page.CALL_ALONE),
        Text("没有网络，一直在试。请拨打一二零", "no network, still trying. Please dial one two zero"),
    ),
    Moment.SOS_RESOLVED: Shown(
        Signal.HEARD,
        Text("值班人员已办结求助", "the duty seat has closed your call"),
        *(Origin.CALL, Page.CALL_OVER),
        Text("您的求助已办结", "your call is closed"),
    ),
    Moment.SOS_MISTAKE: Shown(
        Signal.REACHED,
        Text("已记下是误按；值班人员仍会核实", "noted as pressed by mistake; the duty seat looks all the same"),
        *(Origin.CALL, Page.CALL_OVER),
        Text("已记下是误按", "noted as a mistake"),
    ),
    Moment.SOS_NOT_RECORDED: Shown(
        Signal.UNHEARD,
        Text("求助没有发出！请拨 120", "the call could not be made! Dial 120"),
        *(Origin.CALL, Page.CALL_ALONE),
        Text("没有发出，请拨一二零", "call failed, dial one two zero"),
    ),
    Moment.INCIDENT_REPORTED: Shown(
        Signal.CALLING,
        Text("异常已记录，正在报告值班人员", "incident recorded, the duty seat is being told"),
        *(Origin.CALL, Page.CALLING),
        Text("异常已记录", "incident recorded"),
    ),
    Moment.INCIDENT_RECEIVED: Shown(
        Signal.HEARD,
        Text("值班人员已收到异常报告", "a person at the duty seat has your report"),
        *(Origin.CALL, Page.CALL_TAKEN),
        Text("值班人员已收到报告", "the duty seat has your report"),
    ),
    Moment.DRILL: Shown(
        Signal.EXERCISE,
        Text("这是演练，不是真的求助", "this is a drill, nobody is in danger"),
        *(Origin.CALL, Page.DRILL),
        Text("这是演练", "this is a drill"),
    ),
}
