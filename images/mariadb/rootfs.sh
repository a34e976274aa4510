#!/bin/bash
# Fills a directory with the root file system of the MariaDB image: rootfs.sh DIR (root,
# mmdebstrap).
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

# A data directory with the system tables, made once here instead of in each instance: an
# instance's first start then copies 30 MB instead of computing them. root has no password and is
# reached through the local socket by the system's root only.
bootstrap_data() {
  local sql=/usr/share/mysql
  mkdir -p "$dir/usr/share/mariadb-data"
  cat >"$dir/bootstrap.sh" <<END
{
  printf "create database mysql;\nuse mysql;\nSET @auth_root_socket='root';\n"
  cat $sql/mysql_system_tables.sql $sql/mysql_performance_tables.sql \
    $sql/mysql_system_tables_data.sql $sql/maria_add_gis_sp_bootstrap.sql $sql/mysql_sys_schema.sql
  # Entries for the name of the machine that happens to build the image.
  printf "DELETE FROM mysql.proxies_priv WHERE Host != 'localhost';\n"
} | mariadbd --defaults-file=/etc/mysql/my.cnf --bootstrap --user=root \
  --datadir=/usr/share/mariadb-data --enforce-storage-engine= --max-allowed-packet=8M
END
  chroot "$dir" sh -e /bootstrap.sh
  rm "$dir/bootstrap.sh" "$dir/usr/share/mariadb-data/ib_buffer_pool"
  # Says which version wrote the tables; without it a start would ask for an upgrade.
  chroot "$dir" mariadbd --version | sed 's/.*Ver \([^ ]*-MariaDB\).*/\1/' | tr -d '\n' \
    >"$dir/usr/share/mariadb-data/mysql_upgrade_info"
}

debian_unpack "$dir" mariadb-server-core mariadb-client-core sed
debian_account "$dir" mysql 999 /var/lib/mysql
debian_slim "$dir"

# Messages in English only; no tool that only helps whoever administers many servers.
find "$dir/usr/share/mysql" -mindepth 1 -maxdepth 1 -type d ! -name english ! -name charsets \
  -exec rm -rf {} +
rm -f "$dir"/usr/bin/{perl*,mysql_*,mariadb-install-db,innochecksum,my_print_defaults,resolveip} "$dir/usr/share/mysql/fill_help_tables.sql"

install -d "$dir/etc/mysql"
install -m 644 "$here/my.cnf" "$dir/etc/mysql/my.cnf"
install -m 755 "$here/entrypoint" "$here/healthcheck.sh" "$dir/usr/local/bin/"
bootstrap_data
rm -f "$dir"/usr/share/mysql/*.sql
install -d -o 999 -g 999 "$dir/var/lib/mysql" "$dir/run/mysqld"
chown -R 999:999 "$dir/usr/share/mariadb-data"
