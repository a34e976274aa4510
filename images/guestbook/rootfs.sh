#!/bin/bash
# Fills a directory with the root file system of the guestbook image: rootfs.sh DIR (root,
# mmdebstrap). Flask on gunicorn, all from Debian.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

debian_unpack "$dir" media-types python3-flask python3-gunicorn python3-pkg-resources python3-psycopg2
debian_slim "$dir"
ln -sf python3.11 "$dir/usr/bin/python3"
rm -rf "$dir"/usr/share/{javascript,python3,python-wheels} "$dir"/usr/lib/python3.11/{test,pydoc_data}
install -D -m 644 "$here/guestbook.py" "$dir/usr/local/lib/guestbook/guestbook.py"
# Compiled once here: the instances' file systems are read-only.
chroot "$dir" python3 -m compileall -q /usr/local/lib/guestbook /usr/lib/python3/dist-packages
