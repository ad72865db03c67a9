import pytest

from tests.desk.cast import Cast, make_cast
from tests.governance.sides import Sides, make_sides


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sides(db: None) -> Sides:
    return make_sides()
