import pytest
from django.core.exceptions import ValidationError

from outgoing.models import AllowedNetwork


@pytest.mark.django_db
def test_a_network_is_written_in_the_usual_way() -> None:
    network = AllowedNetwork(cidr=" 192.168.1.20")
    network.full_clean()
    assert network.cidr == "192.168.1.20/32"


@pytest.mark.django_db
@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "169.254.169.254", "8.8.8.0/24", "x"])
def test_what_cannot_be_allowed_is_named(cidr: str) -> None:
    with pytest.raises(ValidationError, match=cidr):
        AllowedNetwork(cidr=cidr).full_clean()
