#!/bin/bash
# Fills a directory with the root file system of the WordPress image: rootfs.sh DIR (root,
# mmdebstrap). Apache with PHP as a module, listening on 8080 without being root.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
dir=$1
source "$here/../debian/rootfs.sh"

# The package that asks for a web server, Perl and a database client of its own is unpacked without
# what it depends on.
# shellcheck disable=SC2016  # expanded by the shell that runs the hook
debian_options=(--extract-hook='set -e
  cd "$1/tmp"
  APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download wordpress \
    wordpress-theme-twentytwentythree libjs-underscore libjs-cropper php-getid3
  for package in *.deb; do dpkg-deb --extract "$package" "$1"; rm "$package"; done')

debian_unpack "$dir" sed media-types ca-certificates apache2-bin libapache2-mod-php8.2 \
  php8.2-cli php8.2-{curl,gd,mbstring,mysql,opcache,xml,zip}
debian_slim "$dir"
rm -rf "$dir"/usr/share/{perl,X11,fonts/truetype/dejavu} "$dir"/usr/bin/{perl*,ab,pinky} \
  "$dir"/etc/wordpress "$dir"/usr/lib/x86_64-linux-gnu/libperl* "$dir"/etc/{apache2,fonts}

# The bundle is normally written by a maintainer script.
mkdir -p "$dir/etc/ssl/certs"
cat "$dir"/usr/share/ca-certificates/mozilla/*.crt >"$dir/etc/ssl/certs/ca-certificates.crt"

# Every extension but the one that reaches into the process, in the order the packages ask for; one file for both PHP programs.
rm "$dir"/usr/share/php8.2-common/common/ffi.ini
for ini in "$dir"/usr/share/php8.2-*/*/*.ini; do
  printf '%s ' "$(sed -n 's/^; *priority=//p' "$ini")"
  grep extension= "$ini"
done | sort -n | cut -d' ' -f2- | cat "$here/php.ini" - >"$dir/tmp/php.ini"
rm -rf "$dir"/etc/php/8.2/* "$dir"/usr/share/php8.2-*
for program in apache2 cli; do
  install -D -m 644 "$dir/tmp/php.ini" "$dir/etc/php/8.2/$program/php.ini"
done
rm "$dir/tmp/php.ini"

wordpress=$dir/usr/share/wordpress
rm -rf "$wordpress"/{.htaccess,readme.html,wp-config-sample.php,wp-admin/setup-config.php}
# What an instance starts with; its own copy lives in its volume.
mv "$wordpress/wp-content" "$dir/usr/share/wordpress-content"
if [[ -d $dir/var/lib/wordpress/wp-content ]]; then
  cp -rn "$dir"/var/lib/wordpress/wp-content/. "$dir/usr/share/wordpress-content"
  rm -rf "$dir/var/lib/wordpress"
fi
install -m 644 "$here/wp-config.php" "$wordpress/wp-config.php"
install -D -m 644 "$here/must-use.php" "$dir/usr/share/wordpress-must-use/kuberlogic.php"
install -D -m 644 "$here/apache2.conf" "$dir/etc/apache2/apache2.conf"
install -D -m 644 "$here/install.php" "$dir/usr/local/lib/wordpress/install.php"
install -m 755 "$here/entrypoint" "$dir/usr/local/bin/entrypoint"
install -d -o 33 -g 33 "$dir/var/www/html/wp-content" "$dir/run/apache2"
