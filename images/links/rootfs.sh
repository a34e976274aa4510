#!/bin/bash
# Fills a directory with the root file system of the image of short links: rootfs.sh DIR (root,
# mmdebstrap). Node.js and its Redis client, all from Debian.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

# The interpreter is a small program in front of a library; its package wants documentation as well.
# shellcheck disable=SC2016  # expanded by the shell that runs the hook
debian_options=(--extract-hook='set -e
  cd "$1/tmp"
  APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download "nodejs=18.*" node-redis node-generic-pool node-yallist
  for package in *.deb; do dpkg-deb --extract "$package" "$1"; rm "$package"; done')

debian_unpack "$dir" ca-certificates libnode108
debian_slim "$dir"
install -D -m 644 "$here/links.js" "$dir/usr/local/lib/links/links.js"
