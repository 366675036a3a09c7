from environments.locking.indexes import IndexSettings
from studio.launch.site import own_certificates, pip_configuration


def certificate(body):
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"


def test_only_certificates_that_debian_does_not_ship_are_taken_over_and_each_once():
    bundle = "\n".join(certificate(body) for body in ("AAA", "SITE", "BBB", "SITE"))
    shipped = [certificate("AAA") + "\n", certificate("BBB")]
    assert own_certificates(bundle, shipped) == [certificate("SITE") + "\n"]


def test_index_addresses_become_a_pip_configuration():
    indexes = IndexSettings(
        "https://one.example/simple", ("https://two.example/simple", "https://three.example/simple")
    )
    assert pip_configuration(indexes).splitlines() == [
        "[global]",
        "index-url = https://one.example/simple",
        "extra-index-url = https://two.example/simple https://three.example/simple",
    ]


def test_without_index_addresses_there_is_no_pip_configuration():
    assert pip_configuration(IndexSettings()) == ""
