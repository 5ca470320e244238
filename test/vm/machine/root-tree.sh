#!/usr/bin/env bash
# Unpacks a Debian system with the container engines into a folder: no mount, no virtual machine.
#
#   root-tree.sh FOLDER SUITE MIRROR PACKAGE...
#
# Needs root (for chroot and the owners of files) and debootstrap.
set -euo pipefail
tree="$1" suite="$2" mirror="$3"
shift 3

debootstrap --variant=minbase --include=ca-certificates "$suite" "$tree" "$mirror"

# Nobody reads these inside; leaving them out halves the time and the size.
mkdir -p "$tree/etc/dpkg/dpkg.cfg.d" "$tree/etc/initramfs-tools/conf.d"
cat >"$tree/etc/dpkg/dpkg.cfg.d/k3d-test" <<'CONF'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
CONF
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$tree/etc/resolv.conf"

in_tree() {
  chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

# Before the kernel, so that its initramfs is made once and small: only what a virtio machine boots from.
in_tree apt-get install -y --no-install-recommends initramfs-tools zstd
sed -i 's/^MODULES=.*/MODULES=list/' "$tree/etc/initramfs-tools/initramfs.conf"
printf '%s\n' virtio_pci virtio_blk virtio_net ext4 >>"$tree/etc/initramfs-tools/modules"
in_tree apt-get install -y --no-install-recommends "$@"
in_tree apt-get clean
rm -rf "$tree/var/lib/apt/lists/"* "$tree/usr/sbin/policy-rc.d"
