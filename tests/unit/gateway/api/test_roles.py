"""Who may see what: a closed list."""

from zhendao.gateway.api.roles import ROLES, Right, allows


def test_a_viewer_sees_no_facts_and_no_names_and_nobody_sees_what_his_role_does_not_name() -> None:
    assert {right for right in Right if allows("viewer", right)} == {Right.VISITS, Right.TERMINALS}
    assert not allows("auditor", Right.ACCESSES)
    assert all(allows("admin", right) for right in Right)
    assert not any(allows("king", right) for right in Right)
    assert set(ROLES) == {"viewer", "auditor", "admin"}
