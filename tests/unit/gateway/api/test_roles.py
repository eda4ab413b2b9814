"""Who may see what: a closed list."""

from zhendao.gateway.api.roles import ROLES, Right, allows


def test_a_viewer_sees_no_facts_and_no_names_and_nobody_sees_what_his_role_does_not_name() -> None:
    assert {right for right in Right if allows("viewer", right)} == {
        Right.VISITS,
        Right.TERMINALS,
        Right.FINDINGS,
    }
    assert not allows("auditor", Right.ACCESSES)
    assert [right for right in Right if not allows("admin", right)] == [Right.CARD_KEYS, Right.ENROL]
    assert [right for right in Right if allows("engineer", right)] == [Right.CARD_KEYS]
    assert [right for right in Right if allows("enroller", right)] == [Right.ENROL]
    assert not any(allows("king", right) for right in Right)
    assert set(ROLES) == {
        "viewer",
        "auditor",
        "admin",
        "engineer",
        "enroller",
        "duty",
        "worker",
        "quality",
        "supervisor",
    }
    assert [right for right in Right if allows("worker", right)] == [Right.CORRECT]
    assert not any(allows("auditor", right) for right in (Right.CORRECT, Right.DECIDE, Right.SUPERVISE))
    assert not allows("quality", Right.SUPERVISE)
    assert [right for right in Right if allows("duty", right)] == [Right.ALERTS, Right.ANSWER]
    assert not allows("auditor", Right.ANSWER)
