#!/bin/sh
# The checkout becomes a Debian package with a virtual environment of its own: deploy/deb.sh [VERSION] → dist/*.deb
# To be run on the release of Debian that it is for. COMPRESS=none makes it at once, and large.
set -eu
cd "$(dirname "$0")/.."
version=${1:-$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)}
python=${PYTHON:-/usr/bin/python3}
arch=$(dpkg --print-architecture)
stage=${STAGE:-build/deb}
out=dist/monitor_${version}_${arch}.deb
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_WARN_SCRIPT_LOCATION=1
umask 022

# The environment is filled once; only the program itself is laid anew while the lock stays as it is.
root=$stage/root
venv=$root/opt/monitor
if ! cmp -s requirements.lock "$stage/requirements.lock"; then
    rm -rf "$stage"
    mkdir -p "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --no-compile --require-hashes -r requirements.lock
    cp requirements.lock "$stage/"
fi
"$venv/bin/python" -m pip install --quiet --no-compile --no-deps --no-build-isolation --force-reinstall .
find "$root" -depth -mindepth 1 -maxdepth 1 ! -name opt -exec rm -rf {} +
# Scripts and settings name the place where it was filled; it is to lie in /opt/monitor.
here=$(cd "$venv" && pwd)
grep -rIl --exclude-dir=site-packages "$here" "$venv" | while read -r file; do
    [ -L "$file" ] || sed -i "s#$here#/opt/monitor#g" "$file"
done
find "$venv" -name direct_url.json -delete
# The services may write no byte code, and would be slow to start without it.
find "$venv" -name __pycache__ -prune -exec rm -rf {} +
"$python" -m compileall -q -s "$root" -p / --invalidation-mode unchecked-hash "$venv/lib" >/dev/null || true

install -d "$root/etc/monitor" "$root/usr/bin" "$root/lib/systemd/system" "$root/usr/lib/tmpfiles.d"
"$python" - "$root/etc/monitor/config.toml" <<'PYTHON'
import sys
sys.path.insert(0, "deploy")
from service_config import for_service
open(sys.argv[1], "w", encoding="utf-8").write(for_service(open("config.toml", encoding="utf-8").read()))
PYTHON
ln -s /opt/monitor/bin/monitor "$root/usr/bin/monitor"
install -m 644 deploy/*.service deploy/*.socket deploy/*.timer "$root/lib/systemd/system/"
install -m 644 deploy/monitor.tmpfiles "$root/usr/lib/tmpfiles.d/monitor.conf"
doc=$root/usr/share/doc/monitor
install -d "$doc/examples" "$doc/docs"
install -m 644 deploy/debian/copyright README.md "$doc/"
cp -r docs/*.md "$doc/docs/"
for file in deploy/*; do
    case $file in *.service | *.socket | *.timer | *.sh | *.py | */debian) ;; *) [ -d "$file" ] || install -m 644 "$file" "$doc/examples/" ;; esac
done
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"

install -d "$root/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" deploy/debian/control >"$root/DEBIAN/control"
echo /etc/monitor/config.toml >"$root/DEBIAN/conffiles"
install -m 755 deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm "$root/DEBIAN/"
(cd "$root" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
mkdir -p dist
dpkg-deb --root-owner-group "-Z${COMPRESS:-xz}" --build "$root" "$out" >/dev/null
echo "$out"
