#!/bin/bash
# Fills a directory with the root file system of the Fossil image: rootfs.sh DIR (root, mmdebstrap).
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

debian_unpack "$dir" ca-certificates fossil
debian_account "$dir" fossil 999 /data
debian_slim "$dir"
install -m 755 "$here/entrypoint" "$dir/usr/local/bin/entrypoint"
install -d -o 999 -g 999 "$dir/data"
