#!/bin/sh
# The checkout becomes a service on any Linux with systemd: sudo deploy/install.sh [--no-start]
# To be run again after each update of the checkout: what is as it should be is left as it is, and your
# configuration always is. PREFIX (/opt/monitor) takes the program, DESTDIR puts all of it elsewhere.
set -eu
cd "$(dirname "$0")/.."
start=yes
case ${1:-} in
--no-start) start=no ;;
"") ;;
*) echo "usage: sudo deploy/install.sh [--no-start]" >&2; exit 2 ;;
esac
dest=${DESTDIR:-}
prefix=${PREFIX:-/opt/monitor}
venv=$dest$prefix
etc=$dest/etc/monitor
units=$dest/etc/systemd/system
python=${PYTHON:-python3}
export PIP_DISABLE_PIP_VERSION_CHECK=1

[ -n "$dest" ] || [ "$(id -u)" = 0 ] || { echo "run it as root: sudo deploy/install.sh" >&2; exit 1; }
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' ||
    { echo "monitor needs Python 3.11 to 3.13: PYTHON=/path/to/python3.11 deploy/install.sh" >&2; exit 1; }
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" ||
    { echo "cannot make a virtual environment: on Debian and Ubuntu, install python3-venv" >&2; exit 1; }

# The stamp says which lock and which program are in it.
stamp=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)-$(
    find monitor alembic config.toml -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
)
changed=no
if [ "$(cat "$venv/installed" 2>/dev/null || true)" != "$stamp" ]; then
    echo "installing into $venv"
    "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements.lock
    "$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --force-reinstall .
    echo "$stamp" >"$venv/installed"
    changed=yes
fi

install -d -m 755 "$etc" "$units"
install -d -m 700 "$etc/secrets" "$dest/var/backups/monitor"
if [ ! -e "$etc/config.toml" ]; then
    "$python" -c 'import sys; sys.path.insert(0, "deploy"); from service_config import for_service
open(sys.argv[1], "w", encoding="utf-8").write(for_service(open("config.toml", encoding="utf-8").read()))' "$etc/config.toml"
    chmod 644 "$etc/config.toml"
    echo "wrote $etc/config.toml: set fetch.contact, your receivers and routes there"
fi
for unit in deploy/*.service deploy/*.socket deploy/*.timer; do
    file=$units/$(basename "$unit")
    sed "s#/opt/monitor/bin/monitor#$prefix/bin/monitor#" "$unit" | cmp -s - "$file" || {
        sed "s#/opt/monitor/bin/monitor#$prefix/bin/monitor#" "$unit" >"$file"
        chmod 644 "$file"
        echo "wrote $file"
        changed=yes
    }
done

program=$dest/usr/local/bin/monitor
if [ ! -L "$program" ] && [ ! -e "$program" ]; then
    install -d -m 755 "$(dirname "$program")"
    ln -s "$prefix/bin/monitor" "$program"
    echo "wrote $program"
    changed=yes
fi

if [ -n "$dest" ] || [ ! -d /run/systemd/system ]; then
    [ "$changed" = yes ] || echo "nothing to do"
    exit 0
fi
systemctl daemon-reload
[ "$start" = yes ] || exit 0
systemctl enable --quiet monitor.service monitor-web.socket monitor-backup.timer
systemctl start monitor-web.socket monitor-backup.timer
if [ "$changed" = yes ]; then
    systemctl restart monitor.service
    systemctl try-restart monitor-web.service
elif systemctl is-active --quiet monitor.service; then
    echo "nothing to do"
else
    systemctl start monitor.service
fi
systemctl --no-pager --lines=0 status monitor.service
