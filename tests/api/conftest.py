import pytest

from tests.api.asking import Program, token_for
from tests.desk.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def agent(cast: Cast) -> Program:
    return Program(token_for(cast, cast.agent))
