#!/bin/sh
# Installs what the tests need from Debian's packages, as root: only what is missing, and no service is started.
#
#   tools/system.sh           everything `make test` needs
#   tools/system.sh python    only what making a virtual environment needs
#   tools/system.sh kerberos  only what building the extra [kerberos] needs
set -eu

python="${PYTHON:-python3}"
building="gcc libc6-dev libkrb5-dev"
header='import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
"$python" -c "$header" || building="$building python3-dev"
case "${1:-all}" in
python) wanted="" ;;
kerberos) wanted="$building" ;;
*) wanted="samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind krb5-user ldb-tools ldap-utils $building" ;;
esac
"$python" -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"

missing=""
for package in $wanted; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "system: not installed, as this is not root on Debian:$missing" >&2
	exit 0
fi

# Samba's packages start a file server when installed; the tests start what they need themselves.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
apt-get install -y -qq --no-install-recommends $missing </dev/null
if command -v systemctl >/dev/null; then
	for service in smbd nmbd winbind; do
		case "$missing" in *samba*) systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
	done
fi
