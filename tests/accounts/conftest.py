import pytest

from tests.accounts.sides import Sides, make_sides
from tests.desk.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sides(db: None) -> Sides:
    return make_sides()
