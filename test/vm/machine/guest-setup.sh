#!/bin/bash
# Runs in the new system, without a booted one: users, network, access and the little that Debian
# leaves to the administrator.
#
#   guest-setup.sh PUBLIC_KEY [DOCKER_API_FLOOR]
set -euo pipefail
key="$1" docker_api_floor="${2:-}"

echo k3d-test >/etc/hostname
printf '127.0.0.1 localhost k3d-test\n::1 localhost ip6-localhost\n' >/etc/hosts
echo 'nameserver 10.0.2.3' >/etc/resolv.conf # QEMU's own
cat >/etc/fstab <<'CONF'
/dev/vda / ext4 rw,noatime 0 0
/dev/vdb /opt/k3d ext4 rw,noatime,x-systemd.device-timeout=30min 0 0
CONF
# Without hardware acceleration and beside other work, everything takes long.
for level in system user; do
  mkdir -p /etc/systemd/$level.conf.d
  printf '[Manager]\nDefaultTimeoutStartSec=30min\nDefaultDeviceTimeoutSec=30min\n' >/etc/systemd/$level.conf.d/k3d-test.conf
done
printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n' >/etc/systemd/network/20-outside.network
systemctl enable systemd-networkd ssh >/dev/null 2>&1
systemctl mask systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer >/dev/null 2>&1
mkdir -p /var/log/journal
printf 'UseDNS no\nMaxSessions 64\n' >/etc/ssh/sshd_config.d/k3d-test.conf

# Two users with a rootless engine each, and one who may use the machine's Docker.
useradd -m -s /bin/bash -G docker member
mkdir -p /var/lib/systemd/linger
for user in docker-user podman-user; do
  useradd -m -s /bin/bash "$user"
  touch "/var/lib/systemd/linger/$user"
done
for home in /root /home/*; do
  mkdir -p "$home/.ssh"
  echo "$key" >"$home/.ssh/authorized_keys"
  chmod -R go= "$home/.ssh"
  [ "$home" = /root ] || chown -R "${home##*/}:" "$home/.ssh"
done

# What docs/guides/rootless.md asks of an administrator.
mkdir -p /etc/systemd/system/user@.service.d
printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/delegate.conf
printf '%s\n' ip_tables iptable_nat ip6_tables ip6table_nat >/etc/modules-load.d/k3d-rootless.conf

if [ -n "$docker_api_floor" ]; then
  mkdir -p /etc/systemd/system/docker.service.d
  printf '[Service]\nEnvironment=DOCKER_MIN_API_VERSION=%s\n' "$docker_api_floor" \
    >/etc/systemd/system/docker.service.d/api-floor.conf
fi
