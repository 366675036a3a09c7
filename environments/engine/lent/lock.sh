# Lock /run/requirements.in with uv, within /run/constraints.in: lock.sh PYTHON [PREFIX]. Leaves the lock in
# /lock/requirements.lock and, with the sizes of files, in /lock/pylock.toml. What /run/kept.in pins stays where it fits;
# then only /run/new.in is looked up, and all else is known from the cache, where that suffices. PREFIX is a conda
# environment: what it holds counts as installed, as it does for pip, and is not locked again. Where the requirements
# need another version of something, that is replaced, as by pip, and everything else conda brought is kept where that
# can be.
set -eu
python=$1 prefix=${2:-} prereleases=if-necessary-or-explicit
export SSL_CERT_FILE=/run/studio/ca.crt UV_CONFIG_FILE=/run/studio/uv.toml UV_PYTHON_DOWNLOADS=never TMPDIR=/run
if grep -qx -e --pre /run/requirements.in; then prereleases=allow; fi
mkdir -p /lock
find /run/cache -maxdepth 1 -name '.tmp*' -mtime +0 -exec rm -rf {} + || true  # what uv was stopped in, a day ago

compile() {
    /run/studio/uv pip compile --quiet --no-progress --color never --no-annotate --no-header \
        --python "$python" --python-preference only-system --prerelease "$prereleases" \
        --cache-dir /run/cache --constraint /run/constraints.in "$@"
}

lock() {
    compile --generate-hashes --output-file /lock/requirements.lock "$@" /run/requirements.in
}

lock_from_cache() {
    if [ -s /run/new.in ]; then compile --constraint /run/kept.in /run/new.in; fi > /dev/null && lock --offline
}

# Into the cache, for the install that follows: the wheels of what is asked for, the newest, which most often are what
# the lock will say. uv waits for answers most of its time. Nothing is built, and no failure counts.
fetch_ahead() {
    grep -e '^-' /run/requirements.in > /run/ahead.in || true
    compile --no-deps /run/requirements.in >> /run/ahead.in
    exec /run/studio/uv pip install --quiet --no-deps --only-binary :all: --python "$python" --link-mode symlink \
        --prerelease "$prereleases" --cache-dir /run/cache --target /run/ahead -r /run/ahead.in
}

# Waits for what is still being fetched, if the lock asks for all of it.
end_fetching() {
    sed 's/ .*//' /lock/requirements.lock > /run/locked.txt
    if sed '/^-/d; s/ .*//' /run/ahead.in | grep -qvFx -f /run/locked.txt; then kill "$1"; fi 2> /dev/null || true
    wait
}

# `name==version` of every Python package in the prefix, as a lock spells it.
installed() {
    for path in "$prefix"/lib/python3*/site-packages/*.dist-info; do
        found=$(basename "$path" .dist-info)
        echo "$(echo "${found%-*}" | tr 'A-Z_.' 'a-z--')==${found##*-}"
    done
}

# Its arguments are the lines of installed.txt that hold; those packages are left out of the lock.
lock_without() {
    options=
    for pin in "$@"; do options="$options --no-emit-package ${pin%%==*}"; done
    lock $options
}

if [ -n "$prefix" ]; then
    installed > /run/installed.txt
    if lock --constraint /run/installed.txt 2> /run/refused; then
        lock_without $(cat /run/installed.txt)
    else
        cp /run/installed.txt /lock/requirements.lock  # uv prefers what stands there
        lock
        lock_without $(sed -n 's/^\([^ ]*==[^ ]*\).*/\1/p' /lock/requirements.lock | grep -Fx -f /run/installed.txt)
    fi
elif [ -s /run/kept.in ]; then
    cp /run/kept.in /lock/requirements.lock  # uv prefers what stands there
    lock_from_cache 2> /run/refused || lock
else
    fetch_ahead > /dev/null 2>&1 & fetching=$!
    lock
    end_fetching "$fetching"
fi
compile --offline --format pylock.toml --constraint /lock/requirements.lock --output-file /lock/pylock.toml \
    /run/requirements.in || touch /lock/pylock.toml
