import ipaddress
from pathlib import Path

import pytest

from studio.launch.names import POOL, Names, free_subnet


def test_names_come_from_the_folder_and_not_from_how_it_is_spelled(tmp_path):
    (tmp_path / "data").mkdir()
    assert Names.of(tmp_path / "data") == Names.of(tmp_path / "data" / ".." / "data")


def test_two_data_folders_share_no_name(tmp_path):
    one, two = Names.of(tmp_path / "one"), Names.of(tmp_path / "two")
    assert not {one.bridge, one.chain, one.cgroup, one.run_dir} & {two.bridge, two.chain, two.cgroup, two.run_dir}


def test_the_bridge_fits_an_interface_name_and_the_socket_fits_a_socket_address():
    names = Names.of(Path("/srv") / ("deep/" * 60))
    assert len(names.bridge) <= 15
    assert len(str(names.socket)) < 100


def test_a_subnet_lies_in_the_pool_and_is_the_same_again():
    subnet = free_subnet("0badcafe", [])
    assert subnet.subnet_of(POOL)
    assert subnet.prefixlen == 24
    assert subnet == free_subnet("0badcafe", [])


def test_a_subnet_meets_no_route_of_the_machine():
    first = free_subnet("0badcafe", [])
    second = free_subnet("0badcafe", ["default", "via", "192.0.2.1", "dev", str(first), "scope", str(first[7])])
    assert not second.overlaps(first)


def test_a_search_that_starts_at_the_end_of_the_pool_goes_on_at_its_start():
    last = free_subnet("00001fff", [])
    assert last[-1] == POOL[-1]
    assert free_subnet("00001fff", [str(last)])[0] == POOL[0]


def test_a_machine_without_a_free_subnet_is_told_so():
    with pytest.raises(LookupError):
        free_subnet("0badcafe", [str(ipaddress.IPv4Network("10.0.0.0/8"))])
