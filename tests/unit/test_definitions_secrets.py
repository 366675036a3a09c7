"""Which names of variables are taken for those of secrets."""

import pytest

from environments.definitions.secrets import is_secret_name


@pytest.mark.parametrize("name", ["HF_TOKEN", "api_key", "DB_PASSWORD", "TOKENIZER_TOKEN"])
def test_a_secret_is_known_by_its_name(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["CUDA_VERSION", "TOKENIZERS_VERSION", "TOKENISER"])
def test_what_is_no_secret_is_none(name):
    assert not is_secret_name(name)
