# Lock /run/requirements.in with uv, within /run/constraints.in: lock.sh PYTHON [PREFIX]. Leaves /requirements.lock and, with the sizes of files,
# /pylock.toml. PREFIX is a conda environment: what it holds counts as installed, as it does for pip, and is not locked
# again. Where the requirements need another version of something, pip's wish wins, as with conda itself.
set -eu
python=$1 prefix=${2:-}
export SSL_CERT_FILE=/run/studio/ca.crt UV_CONFIG_FILE=/run/studio/uv.toml UV_PYTHON_DOWNLOADS=never TMPDIR=/run

compile() {
    /run/studio/uv pip compile --quiet --no-progress --color never --no-annotate --no-header \
        --python "$python" --python-preference only-system --cache-dir /run/cache --constraint /run/constraints.in "$@" /run/requirements.in
}

lock() {
    compile --generate-hashes --output-file /requirements.lock "$@"
}

if [ -n "$prefix" ]; then
    set --
    for path in "$prefix"/lib/python3*/site-packages/*.dist-info; do
        found=$(basename "$path" .dist-info)
        echo "${found%-*}==${found##*-}" >> /run/installed.txt
        set -- "$@" --no-emit-package "${found%-*}"
    done
    lock --constraint /run/installed.txt "$@" 2> /run/refused || lock
else
    lock
fi
compile --offline --format pylock.toml --constraint /requirements.lock --output-file /pylock.toml || touch /pylock.toml
