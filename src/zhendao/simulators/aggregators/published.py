"""Names of the fields that Alternate EVV aggregators publish, of the general form and of Ohio. Facts, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Names:
    """How a state calls what it takes; ``key`` and ``fields`` by endpoint."""

    key: Mapping[str, str]
    fields: Mapping[str, frozenset[str]]
    first: Mapping[str, tuple[str, str]]
    zone: str
    client: str
    employee: str
    call_type: frozenset[str]
    assignment: tuple[str, str]
    parts: Mapping[str, frozenset[str]]
    """Arrays of objects in the record of a client, with the names in each."""


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


CALL: Final = _words(
    "CallExternalID CallDateTime CallAssignment GroupCode CallType ProcedureCode ClientIdentifierOnCall MobileLogin "
    "CallLatitude CallLongitude TelephonyPIN OriginatingPhoneNumber Location VisitLocationType "
    "PatientIdentifierOnCall"
)
CHANGE: Final = _words(
    "SequenceID ChangeMadeBy ChangeMadeByEmail ChangeDateTime GroupCode ReasonCode ChangeReasonMemo ResolutionCode"
)
_VISIT: Final = (
    "VisitOtherID SequenceID EmployeeOtherID GroupCode ClientID ClientOtherID VisitCancelledIndicator PayerProgram "
    "ProcedureCode Modifier1 Modifier2 Modifier3 Modifier4 AdjInDateTime AdjOutDateTime BillVisit ScheduleStartTime "
    "ScheduleEndTime ContingencyPlan Reschedule HoursToBill HoursToPay Calls VisitExceptionAcknowledgement "
    "VisitChanges Tasks"
)
BASE: Final = Names(
    key={"clients": "ClientIdentifier", "employees": "EmployeeIdentifier", "visits": "VisitOtherID"},
    fields={
        "clients": _words(
            "ProviderIdentification ClientQualifier ClientIdentifier ClientFirstName ClientMiddleInitial "
            "ClientLastName SequenceID ClientOtherID ClientTimeZone ClientCustomID ClientSSN Coordinator "
            "ProviderAssentContPlan "
            "ClientAddress ClientPayerInformation ClientPhone"
        ),
        "employees": _words(
            "ProviderIdentification EmployeeQualifier EmployeeIdentifier EmployeeOtherID SequenceID EmployeeSSN "
            "EmployeeLastName EmployeeFirstName EmployeeEmail EmployeeManagerEmail EmployeeHireDate EmployeeEndDate "
            "EmployeeAPI EmployeePosition"
        ),
        "visits": _words(
            f"{_VISIT} ProviderIdentification EmployeeQualifier EmployeeIdentifier ClientIDQualifier ClientIdentifier "
            "PayerID VisitTimeZone Memo ClientVerifiedTimes ClientVerifiedTasks ClientVerifiedService "
            "ClientSignatureAvailable ClientVoiceRecording"
        ),
    },
    first={
        "clients": ("ClientFirstName", "ClientLastName"),
        "employees": ("EmployeeFirstName", "EmployeeLastName"),
    },
    zone="VisitTimeZone",
    client="ClientIdentifier",
    employee="EmployeeIdentifier",
    call_type=frozenset({"Telephony", "Mobile", "FVV", "Manual"}),
    assignment=("Time In", "Time Out"),
    parts={
        "ClientAddress": _words(
            "ClientAddressType ClientAddressIsPrimary ClientAddressLine1 ClientAddressLine2 ClientCounty ClientCity "
            "ClientState ClientZip ClientAddressLongitude ClientAddressLatitude"
        ),
        "ClientPayerInformation": _words(
            "PayerID PayerProgram ProcedureCode Modifier1 Modifier2 Modifier3 Modifier4 ClientPayerID ClientStatus "
            "EffectiveStartDate EffectiveEndDate ClientEligibilityDateBegin ClientEligibilityDateEnd"
        ),
        "ClientPhone": _words("ClientPhoneType ClientPhone"),
    },
)
OHIO: Final = Names(
    key={"clients": "PatientOtherID", "employees": "StaffOtherID", "visits": "VisitOtherID"},
    fields={
        "clients": _words(
            "BusinessEntityID BusinessEntityMedicaidIdentifier PatientOtherID SequenceID PatientMedicaidID "
            "IsPatientNewborn PatientLastName PatientFirstName PatientBirthDate PatientTimezone "
            "IndividualPayerInformation Address Phones"
        ),
        "employees": _words(
            "BusinessEntityID BusinessEntityMedicaidIdentifier StaffOtherID SequenceID StaffID StaffSSN EmployeeNPI "
            "StaffLastName StaffFirstName StaffEmail StaffPosition EmployeeMedicaidID"
        ),
        "visits": _words(
            f"{_VISIT} BusinessEntityID BusinessEntityMedicaidIdentifier StaffOtherID PatientOtherID Payer TimeZone "
            "VisitMemo MemberVerifiedTimes MemberVerifiedTasks MemberVerifiedService MemberSignatureAvailable "
            "MemberVoiceRecording ClientPayerID"
        ),
    },
    first={"clients": ("PatientFirstName", "PatientLastName"), "employees": ("StaffFirstName", "StaffLastName")},
    zone="TimeZone",
    client="PatientOtherID",
    employee="StaffOtherID",
    call_type=frozenset({"Telephony", "Mobile", "Manual", "Other"}),
    assignment=("Call In", "Call Out"),
    parts={
        "Address": _words(
            "PatientAddressType PatientAddressIsPrimary PatientAddressLine1 PatientAddressLine2 PatientCity "
            "PatientState PatientZip PatientLongitude PatientLatitude PatientTimezone"
        ),
        "IndividualPayerInformation": _words(
            "Payer PayerProgram ProcedureCode PayerClientIdentifier EffectiveStartDate EffectiveEndDate Modifier1"
        ),
    },
)
