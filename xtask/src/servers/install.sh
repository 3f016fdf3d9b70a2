# Installs Debian packages, its arguments, and changes nothing that was there before.
#
# Packages start their daemons at installation and at every boot, on the standard ports. `policy-rc.d` prevents the start
# at installation, `disable` the start at boot, and `createcluster.d` an unused PostgreSQL cluster. The two files are
# removed afterwards. Units that existed before stay as they are: a Redis of this machine's owner starts at boot as ever.
# `{root}` is empty; tests put another folder there.
set -eu
policy={root}/usr/sbin/policy-rc.d
cluster={root}/etc/postgresql-common/createcluster.d/mercantile.conf
clean() { [ -z "${ours:-}" ] || rm -f "$policy"; rm -f "$cluster"; }
trap clean EXIT
trap 'exit 130' INT TERM HUP
new_units=
if [ -d {root}/run/systemd/system ]; then
    for unit in rabbitmq-server.service redis-server.service epmd.service epmd.socket; do
        systemctl cat "$unit" > /dev/null 2>&1 || new_units="$new_units $unit"
    done
fi
if [ ! -e "$policy" ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
mkdir -p "${cluster%/*}"
echo 'create_main_cluster = false' > "$cluster"
# needrestart would restart daemons that use an upgraded library.
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
install() {
    apt-get install --yes --quiet=2 --no-install-recommends --no-remove --no-upgrade -o Dpkg::Use-Pty=0 "$@" > /dev/null
}
if ! install "$@" 2> /dev/null; then
    apt-get update --quiet=2
    install "$@"
fi
for unit in $new_units; do
    systemctl disable --quiet "$unit" 2> /dev/null || true
done
