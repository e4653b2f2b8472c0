"""May each role see and bring in what it should, and no more?"""

import pytest

from twin.errors import NotAllowed
from twin.governance.session import Purpose, Role, Session, command_line_session, demo_session

MAY_SEE = {Role.CLINICIAN, Role.NURSE, Role.ADMIN}
MAY_CORRECT = {Role.CLINICIAN, Role.NURSE}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_identified_patients_and_import(role):
    session = Session("x", role, Purpose.TREATMENT)
    for check in (session.require_identified, session.require_import):
        if role in MAY_SEE:
            check()
        else:
            with pytest.raises(NotAllowed) as caught:
                check()
            assert role in caught.value.clinical


@pytest.mark.parametrize("role", list(Role))
def test_only_who_treats_may_correct(role):
    session = Session("x", role, Purpose.TREATMENT)
    if role in MAY_CORRECT:
        session.require_correction()
    else:
        with pytest.raises(NotAllowed) as caught:
            session.require_correction()
        assert role in caught.value.clinical


def test_the_identities_until_sign_in_exists():
    assert demo_session() == Session("demo", Role.CLINICIAN, Purpose.TREATMENT)
    assert command_line_session().role == Role.ADMIN
