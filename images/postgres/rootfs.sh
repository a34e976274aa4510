#!/bin/bash
# Fills a directory with the root file system of the PostgreSQL image: rootfs.sh DIR (root,
# mmdebstrap).
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

# Server and client are unpacked without what manages clusters of a machine (Perl) and without the
# compiler of expressions (LLVM, which is loaded only when it is there).
# shellcheck disable=SC2016  # expanded by the shell that runs the hook
debian_options=(--extract-hook='set -e
  cd "$1/tmp"
  APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download postgresql-15 postgresql-client-15
  for package in *.deb; do dpkg-deb --extract "$package" "$1"; rm "$package"; done')

debian_unpack "$dir" sed tzdata libc-bin libpq5 libicu72 libldap-2.5-0 libpam0g libselinux1 libsystemd0 \
  libxml2 libxslt1.1 libzstd1 liblz4-1 libgssapi-krb5-2 libssl3 libreadline8 libuuid1 libstdc++6
debian_account "$dir" postgres 999 /var/lib/postgresql
# Without the locale of Unicode there would be no upper and lower case beyond ASCII.
mv "$dir/usr/lib/locale" "$dir/tmp/locale"
debian_slim "$dir"
mv "$dir/tmp/locale" "$dir/usr/lib/locale"
postgres=$dir/usr/lib/postgresql/15
rm -rf "$postgres"/lib/{bitcode,llvmjit*,pgxs} "$dir"/usr/share/postgresql/15/man \
  "$dir"/usr/share/locale "$dir"/var/lib/postgresql
# What an instance needs: the server, its first start, and a client to ask with.
find "$postgres/bin" -type f ! -name postgres ! -name initdb ! -name psql ! -name pg_isready \
  ! -name pg_dump ! -name pg_restore ! -name pg_ctl -delete
install -m 755 "$here/entrypoint" "$dir/usr/local/bin/entrypoint"
install -d -o 999 -g 999 "$dir/var/lib/postgresql/data" "$dir/run/postgresql"
