from hypothesis import given
from hypothesis import strategies as st

from environments.builder.masking import HIDDEN, Mask


def test_secrets_and_credentials_in_addresses_are_taken_out():
    mask = Mask(["s3cret-value"])
    mask.show_as("0a1b2c3d", "studio-cache")
    assert mask("got s3cret-value from https://ana:pw@host/x with id=0a1b2c3d") == (
        f"got {HIDDEN} from https://{HIDDEN}@host/x with id=studio-cache"
    )


def test_ordinary_text_stays():
    text = "see https://host/path?a=b and mail ana@host.example"
    assert Mask(["", "short"])(text) == text


@given(st.text(min_size=6), st.text(), st.text())
def test_a_secret_never_survives(secret, before, after):
    mask = Mask([secret])
    masked = mask(before + secret + after)
    assert secret not in masked or secret in HIDDEN + before + after + "://@"
