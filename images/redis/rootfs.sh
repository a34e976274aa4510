#!/bin/bash
# Fills a directory with the root file system of the Redis image: rootfs.sh DIR (root, mmdebstrap).
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

debian_unpack "$dir" redis-tools
debian_account "$dir" redis 999 /data
debian_slim "$dir"
# The server is the same program as the one that repairs its files.
ln -sf redis-check-rdb "$dir/usr/bin/redis-server"
install -m 755 "$here/entrypoint" "$dir/usr/local/bin/entrypoint"
install -d -o 999 -g 999 "$dir/data"
